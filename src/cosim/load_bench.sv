/// load_unit with its structs opened into plain ports, for a driver in C++ that plays side bus and vector memory.
`default_nettype none
module load_bench
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Slices      = 4,
    parameter int unsigned VectorReals = 4096,
    parameter int unsigned RealLanes   = 8
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    input  wire  [  7:0] fault_i,
    input  wire  [  4:0] fraction_bits_i,
    input  wire  [255:0] op_word_i,
    input  wire  [  4:0] op_tokens_i,
    input  wire  [ 19:0] op_position_i,
    input  wire          start_i,
    output logic         done_o,
    output logic         error_valid_o,
    output logic [  3:0] error_code_o,
    output logic [  7:0] read_channel_o,
    output logic [ 39:0] read_address_o,
    output logic [ 11:0] read_granules_o,
    output logic         read_valid_o,
    input  wire          read_ready_i,
    input  wire  [127:0] granule_i,
    input  wire          granule_valid_i,
    output logic         granule_ready_o,
    output logic [ 23:0] vector_address_o,
    output logic [  7:0] vector_strobe_o,
    output logic [255:0] vector_data_o,
    output logic         vector_valid_o,
    input  wire          vector_ready_i,
    output logic [  3:0] saturations_o
);
  op_t op;
  always_comb begin
    op = '0;
    op.word = op_word_i;
    op.tokens = op_tokens_i;
    op.position = op_position_i;
  end
  error_t error;
  side_read_t read;
  load_unit #(
      .Slices(Slices),
      .VectorReals(VectorReals),
      .RealLanes(RealLanes)
  ) u_load (
      .clk_i,
      .rst_ni,
      .fault_i(fault_pkg::fault_e'(fault_i)),
      .fraction_bits_i,
      .op_i(op),
      .start_i,
      .done_o,
      .error_valid_o,
      .error_o(error),
      .read_o(read),
      .read_valid_o,
      .read_ready_i,
      .granule_i,
      .granule_valid_i,
      .granule_ready_o,
      .write_address_o(vector_address_o),
      .write_strobe_o(vector_strobe_o),
      .write_data_o(vector_data_o),
      .write_valid_o(vector_valid_o),
      .write_ready_i(vector_ready_i),
      .saturations_o
  );
  assign error_code_o = error.code;
  assign read_channel_o = read.channel;
  assign read_address_o = read.address;
  assign read_granules_o = read.granules;
endmodule
`default_nettype wire
