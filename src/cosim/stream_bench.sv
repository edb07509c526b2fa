/// stream_unit with its structs opened into plain ports.
`default_nettype none
module stream_bench
  import godwit_isa_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Slices = 4
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    input  wire  [  7:0] fault_i,
    input  wire  [255:0] op_word_i,
    input  wire  [255:0] op_descriptor_i,
    input  wire  [  4:0] op_tokens_i,
    input  wire  [ 19:0] op_length_i,
    input  wire  [ 35:0] op_key_offset_i,
    input  wire  [ 35:0] op_value_offset_i,
    input  wire  [ 31:0] op_layer_stride_i,
    input  wire  [ 19:0] op_capacity_i,
    input  wire  [  7:0] op_kv_heads_i,
    input  wire  [  9:0] op_head_dim_i,
    input  wire          start_i,
    output logic         done_o,
    output logic         error_valid_o,
    output logic [ 35:0] job_address_o     [Slices],
    output logic [ 31:0] job_row_granules_o[Slices],
    output logic [ 19:0] job_rows_o        [Slices],
    output logic [ 31:0] job_stride_o      [Slices],
    output logic         job_valid_o       [Slices],
    input  wire          job_ready_i       [Slices]
);
  op_t op;
  always_comb begin
    op = '0;
    op.word = op_word_i;
    op.descriptor = op_descriptor_i;
    op.tokens = op_tokens_i;
    op.length = op_length_i;
    op.cache = '{
        key_offset: op_key_offset_i,
        value_offset: op_value_offset_i,
        layer_stride: op_layer_stride_i,
        capacity: op_capacity_i,
        kv_heads: op_kv_heads_i,
        head_dim: op_head_dim_i
    };
  end
  stream_job_t [Slices-1:0] job;
  logic [Slices-1:0] valid, ready;
  error_t error;
  stream_unit #(
      .Slices(Slices)
  ) u_stream (
      .clk_i,
      .rst_ni,
      .fault_i(fault_pkg::fault_e'(fault_i)),
      .op_i(op),
      .start_i,
      .done_o,
      .error_valid_o,
      .error_o(error),
      .job_o(job),
      .job_valid_o(valid),
      .job_ready_i(ready)
  );
  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    assign job_address_o[s] = job[s].address;
    assign job_row_granules_o[s] = job[s].row_granules;
    assign job_rows_o[s] = job[s].rows;
    assign job_stride_o[s] = job[s].stride;
    assign job_valid_o[s] = valid[s];
    assign ready[s] = job_ready_i[s];
  end
endmodule
`default_nettype wire
