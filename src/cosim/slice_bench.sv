/// The slice with its structs opened into plain ports, for a driver in C++. Adds no logic but the sums of a word's digits.
`default_nettype none
module slice_bench
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import fault_pkg::*;
#(
    parameter  int unsigned PortBytes = 64,
    parameter  int unsigned Chunks    = 1024,
    localparam int unsigned Ways      = stream_ways(PortBytes)
) (
    input  wire                         clk_i,
    input  wire                         rst_ni,
    input  wire  [                 1:0] job_kind_i,
    input  wire  [                 9:0] job_first_inner_i,
    input  wire  [                19:0] job_first_outer_i,
    input  wire  [                13:0] job_first_from_i,
    input  wire  [                 9:0] job_step_inner_i,
    input  wire  [                19:0] job_step_outer_i,
    input  wire  [                13:0] job_step_from_i,
    input  wire  [                 9:0] job_inner_size_i,
    input  wire  [                13:0] job_from_wrap_i,
    input  wire  [                31:0] job_granules_i,
    input  wire  [                19:0] job_block_rows_i,
    input  wire  [                15:0] job_blocks_i,
    input  wire  [                 3:0] job_bits_i,
    input  wire  [                 3:0] job_group_blocks_i,
    input  wire                         job_sparse_i,
    input  wire                         job_bias_i,
    input  wire                         job_two_digits_i,
    input  wire  [                 4:0] job_tokens_i,
    input  wire  [                 4:0] job_fraction_bits_i,
    input  wire                         job_valid_i,
    output logic                        job_ready_o,
    input  wire  [8*PortBytes*Ways-1:0] stream_i,
    input  wire  [            Ways-1:0] stream_valid_i,
    output logic [            Ways-1:0] stream_ready_o,
    input  wire                         write_i,
    input  wire  [                15:0] write_word_i,
    input  wire  [               255:0] write_digits_i,
    input  wire                         write_scales_i,
    input  wire  [                13:0] write_scales_chunk_i,
    input  wire  [                47:0] write_scales_data_i,
    output logic                        packet_scales_o,
    output logic [                 3:0] packet_token_o,
    output logic [                 7:0] packet_head_o,
    output logic [                19:0] packet_row_o,
    output logic [               255:0] packet_reals_o,
    output logic                        packet_valid_o,
    input  wire                         packet_ready_i,
    output logic                        saturated_o,
    input  wire  [                 7:0] fault_i
);
  job_t job;
  assign job = '{
          kind: job_kind_e'(job_kind_i),
          first: '{inner: job_first_inner_i, outer: job_first_outer_i, from : job_first_from_i},
          step: '{inner: job_step_inner_i, outer: job_step_outer_i, from : job_step_from_i},
          inner_size: job_inner_size_i,
          from_wrap: job_from_wrap_i,
          granules: job_granules_i,
          block_rows: job_block_rows_i,
          blocks: job_blocks_i,
          bits: job_bits_i,
          group_blocks: job_group_blocks_i,
          sparse: job_sparse_i,
          bias: job_bias_i,
          two_digits: job_two_digits_i,
          tokens: job_tokens_i,
          fraction_bits: job_fraction_bits_i
      };

  word_t word;
  always_comb begin
    word.digits = write_digits_i;
    word.sum_hi = '0;
    word.sum_lo = '0;
    for (int unsigned l = 0; l < Lanes; l++) begin
      word.sum_hi += 12'(word.digits[l].hi);
      word.sum_lo += 12'(word.digits[l].lo);
    end
  end

  packet_t packet;
  assign packet_token_o = packet.token;
  assign packet_scales_o = packet.scales;
  assign packet_head_o = packet.head;
  assign packet_row_o = packet.row;
  assign packet_reals_o = packet.real_value;

  slice #(
      .PortBytes(PortBytes),
      .Chunks   (Chunks)
  ) u_slice (
      .clk_i,
      .rst_ni,
      .fault_i     (fault_e'(fault_i)),
      .job_i       (job),
      .job_valid_i,
      .job_ready_o,
      .stream_i,
      .stream_valid_i,
      .stream_ready_o,
      .write_i,
      .write_word_i,
      .write_data_i(word),
      .write_scales_i,
      .write_scales_chunk_i,
      .write_scales_data_i,
      .packet_o    (packet),
      .packet_valid_o,
      .packet_ready_i,
      .saturated_o
  );
endmodule
`default_nettype wire
