/// The unit of `append` and `store`, and of the logits that a head spills: what is written to external memory, a granule a cycle
/// at the most. An instruction is done when all writes were answered. How keys and values lie in the cache is cache_append's.
`default_nettype none
module store_unit
  import godwit_isa_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices      = 2,
    parameter int unsigned VectorReals = 65536,
    parameter int unsigned RealLanes   = 2,      // reals a cycle into codes: 1, 2, 4 or 8
    parameter int unsigned Depth       = 4,      // groups that are read ahead
    parameter int unsigned Dividers    = 2       // of a head's scale and its inverse
) (
    input  wire                     clk_i,
    input  wire                     rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e             fault_i,
`endif
    input  wire         [4:0]       fraction_bits_i,
    // unit_queue
    input  wire op_t                op_i,
    input  wire                     start_i,
    output logic                    done_o,
    output logic                    error_valid_o,
    output error_t                  error_o,
    // vector memory
    output vec_t                    read_address_o,   // a multiple of 8
    output logic                    read_valid_o,
    input  wire                     read_ready_i,
    input  wire                     answer_valid_i,   // two cycles after
    input  wire         [7:0][31:0] answer_i,
    // spilled logits
    input  wire spill_t             spill_i,
    input  wire                     spill_valid_i,
    output logic                    spill_ready_o,
    // side bus
    output side_write_t             write_o,
    output logic                    write_valid_o,
    input  wire                     write_ready_i,
    input  wire                     writes_idle_i     // all that was taken there was answered
);
  typedef logic [7:0][31:0] reals_t;

  header_t header;
  store_instr_t store;
  logic is_store;
  assign header = header_t'(op_i.word[$bits(header_t)-1:0]);
  assign store = op_i.word;
  assign is_store = header.opcode == OpStore;

  typedef enum logic [2:0] {
    Rest,
    Prepare,  // while an append finds out whether it can be
    Check,
    Append,
    Store,
    Finish
  } state_e;
  state_e state_q;
  logic [1:0] prepared_q;

  // ---- groups of eight reals ----
  logic store_begin, append_begin, append_take, store_take, group_valid, group_last;
  vec_t append_from;
  logic [17:0] append_groups;
  reals_t group;
  group_reader #(
      .Depth(Depth)
  ) u_groups (
      .clk_i,
      .rst_ni,
      .begin_i (store_begin || append_begin),
      .from_i  (is_store ? store.from : append_from),
      .groups_i(is_store ? 18'((21'(store.count) + 21'd7) >> 3) : append_groups),
      .read_address_o,
      .read_valid_o,
      .read_ready_i,
      .answer_valid_i,
      .answer_i,
      .group_o (group),
      .valid_o (group_valid),
      .take_i  (is_store ? store_take : append_take),
      .last_o  (group_last)
  );

  // ---- append ----
  logic append_wrong, append_beyond, append_done, append_valid, emit_ready;
  side_write_t append_write;
  cache_append #(
      .Slices     (Slices),
      .VectorReals(VectorReals),
      .RealLanes  (RealLanes),
      .Dividers   (Dividers)
  ) u_append (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i,
      .op_i,
      .start_i      (start_i && !is_store),
      .wrong_o      (append_wrong),
      .beyond_o     (append_beyond),
      .done_o       (append_done),
      .read_begin_o (append_begin),
      .read_from_o  (append_from),
      .read_groups_o(append_groups),
      .group_i      (group),
      .group_valid_i(group_valid),
      .group_take_o (append_take),
      .group_last_i (group_last),
      .write_o      (append_write),
      .write_valid_o(append_valid),
      .write_ready_i(emit_ready)
  );

  // ---- what cannot be: of a store it is known long before Check ----
  logic store_wrong_q, store_beyond_q, store_empty_q, wrong, beyond;
  assign wrong  = is_store ? store_wrong_q : append_wrong;
  assign beyond = is_store ? store_beyond_q : append_beyond;
  always_ff @(posedge clk_i) begin
    store_wrong_q  <= store.address[3:0] != 0 || store.from[2:0] != 0;
    store_beyond_q <= 25'(store.from) + 25'(store.count) > 25'(VectorReals);
    store_empty_q  <= store.count == 0;
    error_valid_o  <= rst_ni && state_q == Check && (wrong || beyond);
    error_o.code   <= wrong ? ErrorInstruction : ErrorMemory;
  end
  assign error_o.unit  = UnitStore;
  assign error_o.index = op_i.index;

  // ---- store: two granules a group ----
  logic second_q, group_ends;
  byte_address_t address_q;
  logic [19:0] left_q;  // reals
  side_write_t store_write;
  assign store_begin = state_q == Check && is_store && !wrong && !beyond;
  assign group_ends  = second_q || left_q <= 20'd4;
  assign store_take  = state_q == Store && group_valid && emit_ready && group_ends;
  always_comb begin
    store_write = '0;
    store_write.address = address_q;
    store_write.data = second_q ? group[7:4] : group[3:0];
    for (int unsigned i = 0; i < 4; i++) begin
      if (20'(i) < left_q) store_write.strobe[4*i+:4] = '1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Rest) begin
      address_q <= store.address;
      left_q <= store.count;
      second_q <= 1'b0;
    end else if (state_q == Store && group_valid && emit_ready) begin
      address_q <= address_q + 40'd16;
      left_q <= left_q - 20'd4;
      second_q <= !group_ends;
    end
  end

  // ---- out: spilled logits go first, because the chains wait for them ----
  logic spill_half_q;
  assign emit_ready = write_ready_i && !spill_valid_i;
  assign spill_ready_o = write_ready_i && spill_half_q;
  assign write_valid_o = spill_valid_i || append_valid || (state_q == Store && group_valid);
  always_comb begin
    write_o = is_store ? store_write : append_write;
    if (spill_valid_i) begin
      write_o = '{
          channel: '0,
          address: spill_i.address + (spill_half_q ? 40'd16 : 40'd0),
          data: spill_half_q ? spill_i.logits[7:4] : spill_i.logits[3:0],
          strobe: '1
      };
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) spill_half_q <= 1'b0;
    else if (spill_valid_i && write_ready_i) spill_half_q <= !spill_half_q;
  end
  assign done_o = state_q == Finish && writes_idle_i;

  // ---- step by step ----
  always_ff @(posedge clk_i) begin
    prepared_q <= state_q == Prepare ? prepared_q + 1'b1 : '0;
    unique case (state_q)
      Rest: if (start_i) state_q <= Prepare;
      Prepare: if (prepared_q == 2'd2) state_q <= Check;
      Check: begin
        if (wrong || beyond || (is_store && store_empty_q)) state_q <= Finish;
        else state_q <= is_store ? Store : Append;
      end
      Append: if (append_done) state_q <= Finish;
      Store: if (group_last) state_q <= Finish;
      default: if (done_o) state_q <= Rest;
    endcase
    if (!rst_ni) state_q <= Rest;
  end

`ifndef SYNTHESIS
  StartsWhenIdle :
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> state_q == Rest);
`endif
endmodule
`default_nettype wire
