/// mpe_unit with its structs opened into plain ports, for a driver in C++ that plays slices, vector memory and store unit.
`default_nettype none
module mpe_bench
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices      = 8,
    parameter int unsigned Chunks      = 1024,
    parameter int unsigned VectorReals = 65536,
    parameter int unsigned RealLanes   = 8,
    parameter int unsigned SumLanes    = 8
) (
    input wire clk_i,
    input wire rst_ni,
    input wire [7:0] fault_i,
    input wire [4:0] fraction_bits_i,
    // the instruction
    input wire [255:0] op_word_i,
    input wire [255:0] op_descriptor_i,
    input wire [19:0] op_capacity_i,
    input wire [7:0] op_kv_heads_i,
    input wire [9:0] op_head_dim_i,
    input wire [31:0] op_index_i,
    input wire [4:0] op_tokens_i,
    input wire [19:0] op_length_i,
    input wire op_spill_i,
    input wire start_i,
    output logic done_o,
    output logic error_valid_o,
    output logic [3:0] error_code_o,
    output logic [31:0] error_index_o,
    // slices
    output logic [1:0] job_kind_o[Slices],
    output logic [9:0] job_inner_o[Slices],
    output logic [19:0] job_outer_o[Slices],
    output logic [13:0] job_from_o[Slices],
    output logic [9:0] step_inner_o[Slices],
    output logic [19:0] step_outer_o[Slices],
    output logic [13:0] step_from_o[Slices],
    output logic [9:0] inner_size_o[Slices],
    output logic [13:0] from_wrap_o[Slices],
    output logic [31:0] job_granules_o[Slices],
    output logic [19:0] job_block_rows_o[Slices],
    output logic [15:0] job_blocks_o[Slices],
    output logic [17:0] job_rest_o[Slices],  // bits, group_blocks, sparse, bias, two_digits, fraction_bits
    output logic [4:0] job_tokens_o[Slices],
    output logic job_valid_o[Slices],
    input wire job_ready_i[Slices],
    input wire packet_scales_i[Slices],
    input wire [3:0] packet_token_i[Slices],
    input wire [7:0] packet_head_i[Slices],
    input wire [19:0] packet_row_i[Slices],
    input wire [255:0] packet_reals_i[Slices],
    input wire packet_valid_i[Slices],
    output logic packet_ready_o[Slices],
    // vector memory
    output logic [23:0] read_address_o,
    output logic read_valid_o,
    input wire read_ready_i,
    input wire answer_valid_i,
    input wire [255:0] answer_i,
    output logic [23:0] write_address_o,
    output logic [255:0] write_data_o,
    output logic write_valid_o,
    input wire write_ready_i,
    // store unit
    output logic [39:0] spill_address_o,
    output logic [255:0] spill_logits_o,
    output logic spill_valid_o,
    input wire spill_ready_i,
    // what a head gave
    output logic signed [31:0] best_logit_o,
    output logic [23:0] best_token_o,
    output logic best_valid_o,
    input wire best_take_i,
    output logic [8:0] best_count_o,
    output logic signed [31:0] sum_top_o,
    output logic [63:0] sum_total_o,
    output logic [4:0] saturations_o
);
  op_t op;
  error_t error;
  job_t [Slices-1:0] job;
  packet_t [Slices-1:0] packet;
  logic [Slices-1:0] job_valid, job_ready, packet_valid, packet_ready;
  logic sent, unused_took_all;
  spill_t spill;
  best_t  best;

  always_comb begin
    op = '0;
    op.word = op_word_i;
    op.descriptor = op_descriptor_i;
    op.cache.capacity = op_capacity_i;
    op.cache.kv_heads = op_kv_heads_i;
    op.cache.head_dim = op_head_dim_i;
    op.index = op_index_i;
    op.tokens = op_tokens_i;
    op.length = op_length_i;
    op.spill = op_spill_i;
  end
  assign error_code_o = error.code;
  assign error_index_o = error.index;
  assign spill_address_o = spill.address;
  assign spill_logits_o = spill.logits;
  assign best_logit_o = best.logit;
  assign best_token_o = best.token;
  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    assign job_kind_o[s] = job[s].kind;
    assign job_inner_o[s] = job[s].first.inner;
    assign job_outer_o[s] = job[s].first.outer;
    assign job_from_o[s] = job[s].first.from;
    assign step_inner_o[s] = job[s].step.inner;
    assign step_outer_o[s] = job[s].step.outer;
    assign step_from_o[s] = job[s].step.from;
    assign inner_size_o[s] = job[s].inner_size;
    assign from_wrap_o[s] = job[s].from_wrap;
    assign job_granules_o[s] = job[s].granules;
    assign job_block_rows_o[s] = job[s].block_rows;
    assign job_blocks_o[s] = job[s].blocks;
    assign job_rest_o[s] = 18'({
      job[s].bits, job[s].group_blocks, job[s].sparse, job[s].bias, job[s].two_digits, job[s].fraction_bits
    });
    assign job_tokens_o[s] = job[s].tokens;
    assign job_valid_o[s] = job_valid[s];
    assign job_ready[s] = job_ready_i[s];
    assign packet[s].scales = packet_scales_i[s];
    assign packet[s].token = packet_token_i[s];
    assign packet[s].head = packet_head_i[s];
    assign packet[s].row = packet_row_i[s];
    assign packet[s].real_value = packet_reals_i[s];
    assign packet_valid[s] = packet_valid_i[s];
    assign packet_ready_o[s] = packet_ready[s];
  end

  mpe_unit #(
      .Slices(Slices),
      .Chunks(Chunks),
      .VectorReals(VectorReals),
      .RealLanes(RealLanes),
      .SumLanes(SumLanes)
  ) u_mpe (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i(fault_e'(fault_i)),
`endif
      .fraction_bits_i,
      .op_i(op),
      .start_i,
      .done_o,
      .error_valid_o,
      .error_o(error),
      .job_o(job),
      .job_valid_o(job_valid),
      .job_ready_i(job_ready),
      .sent_o(sent),
      .all_sent_i(sent),
      .took_all_o(unused_took_all),
      .packet_i(packet),
      .packet_valid_i(packet_valid),
      .packet_ready_o(packet_ready),
      .read_address_o,
      .read_valid_o,
      .read_ready_i,
      .answer_valid_i,
      .answer_i,
      .write_address_o,
      .write_data_o,
      .write_valid_o,
      .write_ready_i,
      .spill_o(spill),
      .spill_valid_o,
      .spill_ready_i,
      .best_o(best),
      .best_valid_o,
      .best_take_i,
      .best_count_o,
      .sum_top_o,
      .sum_total_o,
      .saturations_o
  );
endmodule
`default_nettype wire
