/// Types that the parts of a slice share. Sizes of the machine, not of a card.
/* verilator lint_off UNUSEDPARAM */  // a package is there for all of its users
package slice_pkg;

  import godwit_isa_pkg::*;

  localparam int unsigned Rows = BlockRows;
  localparam int unsigned Lanes = BlockInputs;
  localparam int unsigned TakeMost = 8;  // granules that the unpacker uses in one cycle
  localparam int unsigned TokensMost = 16;
  localparam int unsigned SumBits = 48;  // of a row over all groups, before requantisation

  /// Words of a port that a slice takes in one cycle: two, so that what waited in the FIFO is caught up with.
  function automatic int unsigned stream_ways(input int unsigned port_bytes);
    return port_bytes < 16 ? 1 : 2;
  endfunction

  typedef logic [GranuleBits-1:0] granule_t;
  typedef logic signed [7:0] code_t;
  typedef logic [3:0] lane_index_t;  // which of a block's inputs
  typedef logic signed [18:0] chain_sum_t;  // of 16 lanes, one digit

  /// 16 inputs of one token (or of two, A8) and the sums of their digits.
  typedef struct packed {
    logic signed [11:0]  sum_hi;
    logic signed [11:0]  sum_lo;
    digits_t [Lanes-1:0] digits;
  } word_t;

  localparam scale_t ScaleOne = '{exponent: -8'sd15, mantissa: 16'h8000};

  typedef group_t [GroupSet-1:0][Rows-1:0] group_set_t;

  typedef struct packed {
    logic [Rows-1:0][31:0] bias;
    scale_t [Rows-1:0]     scale;
  } row_header_t;

  /// What the stream of a job holds (docs/rtl.md, "slice job").
  typedef enum logic [1:0] {
    JobMatrix,
    JobKeys,
    JobValues
  } job_kind_e;

  /// A block row among those of all slices, and its activations. Keys: inner is the head, outer the eight positions. Values:
  /// inner is the eight dimensions, outer the head. Matrix: outer is the block row, inner zero.
  typedef struct packed {
    logic [9:0] inner;
    logic [19:0] outer;
    logic [13:0] from;  // first chunk of the first vector in the activation memory
  } row_place_t;

  /// One product of this slice.
  typedef struct packed {
    job_kind_e   kind;
    row_place_t  first;          // block row
    row_place_t  step;           // from one block row of this slice to its next
    logic [9:0]  inner_size;     // where inner begins anew and outer is one more
    logic [13:0] from_wrap;      // what is added to from then
    logic [31:0] granules;       // of a matrix's stream, padding included
    logic [19:0] block_rows;     // of this slice, at least one
    logic [15:0] blocks;         // of 16 inputs
    logic [3:0]  bits;           // of a code
    logic [3:0]  group_blocks;   // blocks of a group: 1, 2, 4 or 8; 0 where there are no groups
    logic        sparse;
    logic        bias;
    logic        two_digits;
    logic [4:0]  tokens;         // vectors that meet a block row: 1 to 16
    logic [4:0]  fraction_bits;  // of a real
  } job_t;

  /// Where a beat stands among its neighbours.
  typedef struct packed {
    logic first_in_group;
    logic last_in_group;
    logic first_in_row;    // belongs to the first group of its block row
    logic last_in_row;
  } place_t;

  /// What goes with a pass down the pipeline.
  typedef struct packed {
    logic       valid;
    logic       last_pass;  // of its beat
    logic [2:0] turn;       // which of the block's rows the chains have; zero where they have all
    logic [3:0] pass;
    place_t     place;
  } pass_t;

  /// Which row of its block a chain has in a turn.
  function automatic logic [$clog2(Rows)-1:0] row_of(input logic [2:0] turn, input int unsigned chains,
                                                     input int unsigned chain);
    return ($clog2(Rows))'(32'(turn) * chains + chain);
  endfunction

  /// How a beat's codes lie in granules: a plane in one, in half or a quarter of one; a block of 8 bits in bytes.
  typedef enum logic [1:0] {
    LayoutWhole,
    LayoutHalves,
    LayoutQuarters,
    LayoutBytes
  } layout_e;

  function automatic layout_e layout_of(input beat_e kind, input logic [3:0] bits);
    case (kind)
      BeatQuad2: return LayoutHalves;
      BeatQuad1: return LayoutQuarters;
      BeatSingle: return bits == 4'd8 ? LayoutBytes : LayoutWhole;
      default: return LayoutWhole;
    endcase
  endfunction

  /// The last granule that has codes.
  function automatic logic [2:0] last_plane_of(input layout_e layout, input logic [3:0] bits);
    return 3'((bits - 4'd1) >> (layout == LayoutHalves ? 1 : layout == LayoutQuarters ? 2 : 0));
  endfunction

  /// One cycle of the lanes. Its granules travel beside it: four of positions, eight planes of codes.
  typedef struct packed {
    beat_e       kind;
    layout_e     layout;
    logic [2:0]  last_plane;
    logic [1:0]  block;  // in the chunk, of a single; half x 2 of a pair
    logic [13:0] chunk;
    place_t      place;
  } beat_t;

  /// Eight reals of one vector; or, once before those of a block row of keys, the scales of the values of its positions.
  typedef struct packed {
    logic                  scales;
    logic [3:0]            token;       // the vector's number among those that meet the block row
    logic [7:0]            head;        // of keys and values; zero of a matrix
    logic [19:0]           row;         // block row, among those of the head
    logic [Rows-1:0][31:0] real_value;
  } packet_t;

endpackage
/* verilator lint_on UNUSEDPARAM */
