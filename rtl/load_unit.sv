/// `load` and `embed`: rows of external memory into the vector memory, eight reals at a time. A row is whole granules: reals,
/// four a granule; or a scale and then codes of 16 bits, eight a granule, each requantised. Of `embed` a row's place is its
/// token's id, which is read first.
`default_nettype none
module load_unit
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices      = 2,      // channels that the embedding table is dealt over
    parameter int unsigned VectorReals = 65536,
    parameter int unsigned RealLanes   = 8,      // codes a cycle: 1, 2, 4 or 8
    parameter int unsigned Depth       = 2       // groups that wait for the vector memory
) (
    input  wire                       clk_i,
    input  wire                       rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e               fault_i,
`endif
    input  wire           [4:0]       fraction_bits_i,
    // unit_queue
    input  wire op_t                  op_i,
    input  wire                       start_i,
    output logic                      done_o,
    output logic                      error_valid_o,
    output error_t                    error_o,
    // side bus
    output side_read_t                read_o,
    output logic                      read_valid_o,
    input  wire                       read_ready_i,
    input  wire granule_t             granule_i,
    input  wire                       granule_valid_i,
    output logic                      granule_ready_o,
    // vector memory
    output vec_t                      write_address_o,  // a multiple of 8
    output logic          [7:0]       write_strobe_o,
    output logic          [7:0][31:0] write_data_o,
    output logic                      write_valid_o,
    input  wire                       write_ready_i,
    output logic          [3:0]       saturations_o     // in this cycle
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned SliceBits = $clog2(Slices);
  localparam int unsigned ReadMost = 2048;  // granules of one read
  typedef logic [7:0][31:0] reals_t;

  // ---- the instruction ----
  load_instr_t  load;
  embed_instr_t embed;
  assign load  = op_i.word;
  assign embed = op_i.word;
  logic is_embed, is_real, is_real_q;
  logic [19:0] count, row_granules;  // row_granules from the cycle after the start on
  byte_address_t address;
  vec_t to;
  assign is_embed = load.header.opcode == OpEmbed;
  assign is_real = (is_embed ? embed.format : load.format) == VectorReal;
  assign count = is_embed ? embed.count : load.count;
  assign address = is_embed ? embed.address : load.address;
  assign to = is_embed ? embed.to : load.to;
  always_ff @(posedge clk_i) is_real_q <= is_real;
  always_ff @(posedge clk_i) row_granules <= is_real ? (count + 20'd3) >> 2 : ((count + 20'd7) >> 3) + 20'd1;

  typedef enum logic [3:0] {
    Rest,
    Check,
    Row,       // what is next: a row, or the end
    AskId,
    TakeId,
    Multiply,
    Place,
    Ask,
    Take,
    Finish
  } state_e;
  state_e state_q;

  logic [4:0] token_q;
  byte_address_t row_address_q, next_address_q;  // of the next row; of embed, the one that is read; behind this read
  channel_t channel_q;
  logic [19:0] remain_q, rest_q;  // granules of this row that were not asked for; behind this read
  logic [11:0] asked_q;  // granules of this read that did not come
  logic [11:0] piece;
  assign piece = remain_q > 20'(ReadMost) ? 12'(ReadMost) : 12'(remain_q);

  // ---- ids: a granule has four ----
  byte_address_t id_base_q, id_address, id_address_q;  // of the first one; of this one, from the cycle after Row on
  logic [35:0] id_granule_q;
  logic id_known_q;
  granule_t ids_q;
  logic [31:0] id;
  logic [43:0] row_offset_q;
  assign id_address = id_base_q + (40'(token_q) << 2);
  assign id = ids_q[{id_address_q[3], id_address_q[2]&&fault_i!=FaultId}*32+:32];

  // ---- what cannot be ----
  logic [24:0] row_reals;  // of the vector memory
  logic [28:0] reals_q;  // of all rows
  logic signed [29:0] room_q;  // from its place to the end of the vector memory
  logic wrong_q, empty_q, refused, id_beyond;  // what cannot be of the word alone; nothing is to be done
  assign row_reals = (25'(count) + 25'd7) & ~25'd7;
  assign refused   = wrong_q || signed'({1'b0, reals_q}) > room_q;
  assign id_beyond = id[31:24] != 0;
  always_ff @(posedge clk_i) begin  // the instruction comes with its start: these stand from Check on
    wrong_q <= address[3:0] != 0 || to[2:0] != 0 || (is_embed && embed.ids[1:0] != 0);
    empty_q <= count == 0;
    room_q <= 30'(VectorReals) - 30'(to);
    error_valid_o <= rst_ni && ((state_q == Check && refused) || (state_q == Multiply && id_beyond));
    error_o.code <= state_q == Check && wrong_q ? ErrorInstruction : ErrorMemory;
  end
  assign error_o.unit  = UnitLoad;
  assign error_o.index = op_i.index;

  logic row_done;  // its last reals were made
  logic empty;  // all that was made is written
  assign read_valid_o = state_q == AskId || state_q == Ask;
  assign read_o = state_q == AskId ? side_read_t
'{channel: '0, address: {id_address_q[39:4], 4'b0}, granules: 12'd1}
      : side_read_t
'{channel: channel_q, address: row_address_q, granules: piece};
  assign done_o = state_q == Finish && empty;

  logic take, make_ready;  // a granule of a row
  assign take = state_q == Take && granule_valid_i && make_ready;
  assign granule_ready_o = state_q == TakeId || (state_q == Take && make_ready);

  always_ff @(posedge clk_i) begin
    reals_q <= 29'(row_reals) * 29'(op_i.tokens);
    id_base_q <= embed.ids + (40'(op_i.position) << 2);
    id_address_q <= id_address;
    row_offset_q <= 44'(id[23:0] >> SliceBits) * 44'(row_granules);
    unique case (state_q)
      Rest: begin
        token_q <= '0;
        id_known_q <= 1'b0;
        channel_q <= '0;
        row_address_q <= address;
      end
      Row: begin
        remain_q <= row_granules;
      end
      AskId:   id_granule_q <= id_address_q[39:4];
      TakeId: begin
        if (granule_valid_i) ids_q <= granule_i;
        id_known_q <= 1'b1;
      end
      Place: begin
        row_address_q <= address + {row_offset_q[35:0], 4'b0};
        channel_q <= channel_t'(id & 32'(Slices - 1));
      end
      Ask: begin
        asked_q <= piece;
        rest_q <= remain_q - 20'(piece);
        next_address_q <= row_address_q + (40'(piece) << 4);
      end
      Take: begin
        remain_q <= rest_q;
        row_address_q <= next_address_q;
        if (take) asked_q <= asked_q - 1'b1;
        if (take && asked_q == 1 && rest_q == 0) token_q <= token_q + 1'b1;
      end
      default: ;
    endcase
    if (!rst_ni) begin
      state_q <= Rest;
    end else begin
      unique case (state_q)
        Rest: if (start_i) state_q <= Check;
        // The product is there a cycle after the operands were; op_i came with start_i.
        Check: state_q <= refused || empty_q ? Finish : Row;
        Row: begin
          if (token_q == op_i.tokens) state_q <= Finish;
          else if (!is_embed) state_q <= Ask;
          else if (id_known_q && id_granule_q == id_address[39:4]) state_q <= Multiply;
          else state_q <= AskId;
        end
        AskId: if (read_ready_i) state_q <= TakeId;
        TakeId: if (granule_valid_i) state_q <= Multiply;
        Multiply: state_q <= id_beyond ? Finish : Place;
        Place: state_q <= Ask;
        Ask: if (read_ready_i) state_q <= Take;
        Take: if (take && asked_q == 1) state_q <= rest_q == 0 ? Row : Ask;
        default: if (empty) state_q <= Rest;
      endcase
    end
  end

  // ---- granules of a row to groups of eight reals, one group under way behind `make` ----
  vec_t group_q;  // where the next group goes
  logic [19:0] left_q;  // reals of the row that were not made
  logic head_q;  // the scale of the row comes first
  logic second_q;  // of the two granules of reals of a group
  scale_t scale_q;
  logic [3:0][31:0] low_q;
  logic [7:0] strobe;
  always_comb begin
    for (int unsigned i = 0; i < 8; i++) strobe[i] = 20'(i) < left_q;
  end

  typedef struct packed {
    vec_t       address;
    logic [7:0] strobe;
  } place_t;

  // Reals: a group is whole with its second granule, or with the first one if nothing is left.
  logic real_group, code_group;
  assign real_group = take && is_real_q && (second_q || left_q <= 20'd4);
  assign code_group = take && !is_real_q && !head_q;
  assign row_done   = (real_group || code_group) && left_q <= 20'd8;

  always_ff @(posedge clk_i) begin
    if (state_q == Rest) group_q <= to;
    else if (real_group || code_group) group_q <= group_q + 24'd8;
    if (state_q == Rest || row_done) begin
      left_q   <= count;
      head_q   <= !is_real;
      second_q <= 1'b0;
    end else if (take) begin
      head_q <= 1'b0;
      if (real_group || code_group) left_q <= left_q - 20'd8;
      second_q <= is_real_q && !second_q;
    end
    if (take && head_q && (token_q == 0 || fault_i != FaultRowScale)) scale_q <= scale_t'(granule_i[23:0]);
    if (take) low_q <= granule_i;
  end

  // ---- codes ----
  place_t place, coded_place;
  logic codes_ready, coded_valid, codes_idle, out_free;
  reals_t coded;
  logic [7:0][16:0] codes;
  for (genvar i = 0; i < 8; i++) begin : gen_code
    assign codes[i] = {granule_i[16*i+15], granule_i[16*i+:16]};
  end
  assign place = '{address: group_q, strobe: strobe};
  requantise_eight #(
      .T(place_t),
      .Bits(17),
      .RealLanes(RealLanes)
  ) u_requantise (
      .clk_i,
      .rst_ni,
      .fraction_i({1'b0, fraction_bits_i}),
      .value_i(codes),
      .scale_i(scale_q),
      .wanted_i(strobe),
      .tag_i(place),
      .valid_i(code_group),
      .ready_o(codes_ready),
      .real_o(coded),
      .tag_o(coded_place),
      .valid_o(coded_valid),
      .ready_i(out_free),
      .saturations_o,
      .idle_o(codes_idle)
  );

  // ---- out: one instruction has one format ----
  typedef struct packed {
    place_t place;
    reals_t reals;
  } out_t;
  out_t made, out;
  always_comb begin
    made.place = is_real_q ? place : coded_place;
    made.reals = !is_real_q ? coded : second_q ? {granule_i, low_q} : {128'b0, granule_i};
  end
  fifo #(
      .T(out_t),
      .Depth(Depth)
  ) u_out (
      .clk_i,
      .rst_ni,
      .data_i (made),
      .valid_i(is_real_q ? real_group : coded_valid),
      .ready_o(out_free),
      .data_o (out),
      .valid_o(write_valid_o),
      .ready_i(write_ready_i)
  );
  assign make_ready = is_real_q ? out_free : codes_ready;
  assign empty = !write_valid_o && codes_idle;
  assign write_data_o = out.reals;
  assign write_address_o = out.place.address;
  assign write_strobe_o = out.place.strobe;

  initial begin
    assert (Slices == 1 << SliceBits);
  end
`ifndef SYNTHESIS
  StartsWhenIdle :
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> state_q == Rest);
`endif
endmodule
`default_nettype wire
