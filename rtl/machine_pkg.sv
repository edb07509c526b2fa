/// Types that the units of the machine share (docs/rtl.md). Sizes of the machine, not of a card.
/* verilator lint_off UNUSEDPARAM */  // a package is there for all of its users
package machine_pkg;

  import godwit_isa_pkg::*;
  import slice_pkg::*;

  localparam int unsigned Units = 5;  // stream, load, mpe, sfu, store: those that have a queue

  typedef logic [23:0] vec_t;  // a real of the vector memory
  typedef logic [15:0] act_t;  // a word of the activation memory
  typedef logic [39:0] byte_address_t;  // in a channel
  typedef logic [7:0] channel_t;

  /// What the `cache` instruction said.
  typedef struct packed {
    logic [35:0] key_offset;    // granules
    logic [35:0] value_offset;
    logic [31:0] layer_stride;
    logic [19:0] capacity;      // positions
    logic [7:0]  kv_heads;
    logic [9:0]  head_dim;
  } cache_t;

  /// An instruction on its way to a unit: every affine operand is resolved into its base field, registers that a unit needs
  /// stand beside it.
  typedef struct packed {
    logic [InstructionBits-1:0] word;
    descriptor_t                descriptor;  // of stream, matmul and head
    cache_t                     cache;
    logic [31:0]                index;       // of the instruction in the program, for errors
    logic [4:0]                 tokens;      // its `tokens` register: 0 to 16
    logic [19:0]                position;    // its `position` register
    logic [19:0]                length;      // its `length` register
    logic                       spill;       // its `spill` register is not zero
  } op_t;

  /// What a port streams for one instruction: block rows at a fixed distance, each a sequence of granules.
  typedef struct packed {
    logic [35:0] address;       // in granules, a whole word of the port
    logic [31:0] row_granules;  // whole words of the port; none only where there are no rows
    logic [19:0] rows;
    logic [31:0] stride;        // granules
  } stream_job_t;

  /// One request to the memory beside the streams: a burst of reads, or one line written.
  typedef struct packed {
    channel_t      channel;
    byte_address_t address;   // a multiple of 16
    logic [11:0]   granules;  // of 16 bytes, at least one
  } side_read_t;

  typedef struct packed {
    channel_t               channel;
    byte_address_t          address;  // a multiple of 16
    logic [GranuleBits-1:0] data;
    logic [15:0]            strobe;   // a bit a byte
  } side_write_t;

  /// Eight reals on their way to the vector memory of every core.
  typedef struct packed {
    vec_t             address;  // a multiple of 8
    logic [7:0]       strobe;
    logic [7:0][31:0] data;
  } load_write_t;

  /// What becomes of the packets of one product (gather).
  typedef struct packed {
    logic          head;           // to best_logits and, with spill, to memory; else to the vector memory
    logic          spill;
    byte_address_t logits;
    logic [3:0]    last_token;     // whose logits are kept
    logic [23:0]   rows;           // of the matrix
    logic [20:0]   row_limit;      // block rows from here on are padding
    activation_e   activation;
    combine_e      combine;
    vec_t          to;
    vec_t          other;
    vec_t          scales;         // of values
    vec_t          head_stride;    // reals from one head of keys or values to the next
    vec_t          scales_stride;  // of their scales
    logic [4:0]    fraction_bits;
  } gather_job_t;

  typedef logic [27:0] place_offset_t;  // reals from the first vector's place to another's

  /// One of the best logits.
  typedef struct packed {
    logic signed [31:0] logit;
    logic [23:0] token;
  } best_t;

  /// The same so that a better one is a larger number; an empty cell is zero.
  typedef struct packed {
    logic        valid;
    logic [31:0] logit;  // sign bit inverted
    logic [23:0] token;  // inverted
  } best_key_t;

  /// Eight logits on their way to memory.
  typedef struct packed {
    byte_address_t    address;  // channel 0
    logic [7:0][31:0] logits;
  } spill_t;

  typedef enum logic [3:0] {
    ErrorNone,
    ErrorInstruction,  // no such opcode, or a field out of its range
    ErrorDescriptor,
    ErrorLoop,         // too deep, or a branch across one
    ErrorMemory,       // an address beyond its memory
    ErrorBus,          // SLVERR or DECERR
    ErrorWatchdog,     // nothing began or ended for long: a semaphore that does not come
    ErrorSemaphore     // one is not zero at the end
  } error_e;

  /// The first thing that went wrong.
  typedef struct packed {
    error_e      code;
    unit_e       unit;
    logic [31:0] index;
  } error_t;

endpackage
/* verilator lint_on UNUSEDPARAM */
