/// store_unit with its structs opened into plain ports, for a driver in C++ that plays vector memory, gather and side bus.
`default_nettype none
module store_bench
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Slices      = 4,
    parameter int unsigned VectorReals = 4096,
    parameter int unsigned RealLanes   = 2
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    input  wire  [  7:0] fault_i,
    input  wire  [  4:0] fraction_bits_i,
    input  wire  [255:0] op_word_i,
    input  wire  [  4:0] op_tokens_i,
    input  wire  [ 19:0] op_position_i,
    input  wire  [ 35:0] op_key_offset_i,
    input  wire  [ 35:0] op_value_offset_i,
    input  wire  [ 31:0] op_layer_stride_i,
    input  wire  [ 19:0] op_capacity_i,
    input  wire  [  7:0] op_kv_heads_i,
    input  wire  [  9:0] op_head_dim_i,
    input  wire          start_i,
    output logic         done_o,
    output logic         error_valid_o,
    output logic [  3:0] error_code_o,
    output logic [ 23:0] vector_address_o,
    output logic         vector_valid_o,
    input  wire          vector_ready_i,
    input  wire          answer_valid_i,
    input  wire  [255:0] answer_i,
    input  wire  [ 39:0] spill_address_i,
    input  wire  [255:0] spill_logits_i,
    input  wire          spill_valid_i,
    output logic         spill_ready_o,
    output logic [  7:0] write_channel_o,
    output logic [ 39:0] write_address_o,
    output logic [127:0] write_data_o,
    output logic [ 15:0] write_strobe_o,
    output logic         write_valid_o,
    input  wire          write_ready_i,
    input  wire          writes_idle_i
);
  op_t op;
  always_comb begin
    op = '0;
    op.word = op_word_i;
    op.tokens = op_tokens_i;
    op.position = op_position_i;
    op.cache = '{
        key_offset: op_key_offset_i,
        value_offset: op_value_offset_i,
        layer_stride: op_layer_stride_i,
        capacity: op_capacity_i,
        kv_heads: op_kv_heads_i,
        head_dim: op_head_dim_i
    };
  end
  error_t error;
  spill_t spill;
  side_write_t write;
  store_unit #(
      .Slices(Slices),
      .VectorReals(VectorReals),
      .RealLanes(RealLanes)
  ) u_store (
      .clk_i,
      .rst_ni,
      .fault_i(fault_pkg::fault_e'(fault_i)),
      .fraction_bits_i,
      .op_i(op),
      .start_i,
      .done_o,
      .error_valid_o,
      .error_o(error),
      .read_address_o(vector_address_o),
      .read_valid_o(vector_valid_o),
      .read_ready_i(vector_ready_i),
      .answer_valid_i,
      .answer_i,
      .spill_i(spill),
      .spill_valid_i,
      .spill_ready_o,
      .write_o(write),
      .write_valid_o,
      .write_ready_i,
      .writes_idle_i
  );
  assign spill = '{address: spill_address_i, logits: spill_logits_i};
  assign error_code_o = error.code;
  assign write_channel_o = write.channel;
  assign write_address_o = write.address;
  assign write_data_o = write.data;
  assign write_strobe_o = write.strobe;
endmodule
`default_nettype wire
