/// The vector unit with its structs opened into plain ports, for a driver in C++. Adds no logic.
`default_nettype none
module sfu_bench
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter  int unsigned RealLanes       = 8,
    parameter  int unsigned VectorReals     = 16384,
    parameter  int unsigned ActivationWords = 2048,
    parameter  int unsigned ScaleDividers   = 2,
    localparam int unsigned Width           = RealLanes < 8 ? 8 : RealLanes,
    localparam int unsigned Words           = Width < 16 ? 1 : Width / 16
) (
    input  wire                        clk_i,
    input  wire                        rst_ni,
    input  wire  [                7:0] fault_i,
    input  wire  [                4:0] fraction_bits_i,
    input  wire  [InstructionBits-1:0] op_word_i,
    input  wire  [               31:0] op_index_i,
    input  wire  [                4:0] op_tokens_i,
    input  wire  [               19:0] op_length_i,
    input  wire  [               19:0] cache_capacity_i,
    input  wire  [                7:0] cache_kv_heads_i,
    input  wire                        start_i,
    output logic                       done_o,
    output logic                       error_valid_o,
    output logic [                3:0] error_code_o,
    output logic [                2:0] error_unit_o,
    output logic [               31:0] error_index_o,
    output logic [               23:0] read_address_o,
    output logic                       read_valid_o,
    input  wire                        read_ready_i,
    input  wire                        answer_valid_i,
    input  wire  [       32*Width-1:0] answer_i,
    output logic [               23:0] write_address_o,
    output logic [               63:0] write_strobe_o,
    output logic [       32*Width-1:0] write_data_o,
    output logic                       write_valid_o,
    input  wire                        write_ready_i,
    output logic                       word_valid_o,
    output logic [               15:0] word_o,
    output logic [      256*Words-1:0] word_digits_o,
    output logic [       12*Words-1:0] word_sum_hi_o,
    output logic [       12*Words-1:0] word_sum_lo_o,
    output logic                       scales_valid_o,
    output logic [               13:0] scales_chunk_o,
    output logic [               47:0] scales_o,
    output logic [                6:0] saturations_o
);
  op_t op;
  always_comb begin
    op = '0;
    op.word = op_word_i;
    op.index = op_index_i;
    op.tokens = op_tokens_i;
    op.length = op_length_i;
    op.cache.capacity = cache_capacity_i;
    op.cache.kv_heads = cache_kv_heads_i;
  end
  error_t error;
  assign error_code_o  = error.code;
  assign error_unit_o  = error.unit;
  assign error_index_o = error.index;
  word_t [Words-1:0] word;
  for (genvar w = 0; w < Words; w++) begin : gen_word
    assign word_digits_o[256*w+:256] = word[w].digits;
    assign word_sum_hi_o[12*w+:12]   = word[w].sum_hi;
    assign word_sum_lo_o[12*w+:12]   = word[w].sum_lo;
  end
  logic [Width-1:0] strobe;
  assign write_strobe_o = 64'(strobe);

  sfu #(
      .RealLanes(RealLanes),
      .ScaleDividers(ScaleDividers),
      .VectorReals(VectorReals),
      .ActivationWords(ActivationWords)
  ) u_sfu (
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
      .read_address_o,
      .read_valid_o,
      .read_ready_i,
      .answer_valid_i,
      .answer_i,
      .write_address_o,
      .write_strobe_o(strobe),
      .write_data_o,
      .write_valid_o,
      .write_ready_i,
      .word_valid_o,
      .word_o,
      .word_data_o(word),
      .scales_valid_o,
      .scales_chunk_o,
      .scales_o,
      .saturations_o
  );
endmodule
`default_nettype wire
