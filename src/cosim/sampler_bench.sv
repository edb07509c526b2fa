/// sampler with its structs opened into plain ports, for a driver in C++ that plays head, control and side bus.
`default_nettype none
module sampler_bench
  import godwit_isa_pkg::*;
  import machine_pkg::*;
(
    input  wire                      clk_i,
    input  wire                      rst_ni,
    input  wire              [  7:0] fault_i,
    input  wire                      clear_i,
    input  wire                      greedy_i,
    input  wire              [ 19:0] count_i,
    input  wire              [  3:0] stop_valid_i,
    input  wire              [ 95:0] stop_i,
    input  wire              [255:0] sample_i,
    input  wire              [ 19:0] position_i,
    input  wire                      start_i,
    output logic                     done_o,
    output logic                     go_o,
    output logic                     error_o,
    input  wire                      ready_i,
    input  wire logic signed [ 31:0] best_logit_i,
    input  wire              [ 23:0] best_token_i,
    output logic                     best_take_o,
    input  wire              [  8:0] best_count_i,
    input  wire logic signed [ 31:0] sum_top_i,
    input  wire              [ 63:0] sum_total_i,
    output logic             [  7:0] write_channel_o,
    output logic             [ 39:0] write_address_o,
    output logic             [127:0] write_data_o,
    output logic             [ 15:0] write_strobe_o,
    output logic                     write_valid_o,
    input  wire                      write_ready_i,
    input  wire                      writes_idle_i
);
  best_t best;
  side_write_t write;
  assign best = '{logit: best_logit_i, token: best_token_i};
  sampler u_sampler (
      .clk_i,
      .rst_ni,
      .fault_i (fault_pkg::fault_e'(fault_i)),
      .clear_i,
      .greedy_i,
      .count_i,
      .stop_valid_i,
      .stop_i,
      .start_i,
      .sample_i(sample_instr_t'(sample_i)),
      .position_i,
      .done_o,
      .go_o,
      .error_o,
      .ready_i,
      .best_i  (best),
      .best_take_o,
      .best_count_i,
      .sum_top_i,
      .sum_total_i,
      .write_o (write),
      .write_valid_o,
      .write_ready_i,
      .writes_idle_i
  );
  assign write_channel_o = write.channel;
  assign write_address_o = write.address;
  assign write_data_o = write.data;
  assign write_strobe_o = write.strobe;
endmodule
`default_nettype wire
