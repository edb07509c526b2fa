/// best_logits twice, with eight lanes for the sum, and with one and a heap, of which the driver chooses one.
`default_nettype none
module best_logits_bench
  import machine_pkg::*;
  import fault_pkg::*;
(
    input  wire                 clk_i,
    input  wire                 rst_ni,
    input  wire         [  7:0] fault_i,
    input  wire                 narrow_i,
    input  wire         [  4:0] fraction_bits_i,
    input  wire                 clear_i,
    input  wire         [255:0] logit_i,
    input  wire         [  7:0] mask_i,
    input  wire         [ 23:0] token_i,
    input  wire                 valid_i,
    output logic                ready_o,
    input  wire                 finish_i,
    output logic                finished_o,
    output logic signed [ 31:0] best_logit_o,
    output logic        [ 23:0] best_token_o,
    output logic                best_valid_o,
    input  wire                 best_take_i,
    output logic        [  8:0] count_o,
    output logic signed [ 31:0] top_o,
    output logic        [ 63:0] total_o,
    output logic        [  3:0] saturations_o
);
  best_t [1:0] best;
  logic [1:0] ready, finished, best_valid;
  logic [1:0][8:0] count;
  logic signed [1:0][31:0] top;
  logic [1:0][63:0] total;
  logic [1:0][3:0] saturations;
  for (genvar i = 0; i < 2; i++) begin : gen_width
    best_logits #(
        .Lanes(i == 0 ? 8 : 1),
        .Heap (i == 1)
    ) u_best (
        .clk_i,
        .rst_ni,
`ifdef GODWIT_FAULTS
        .fault_i(fault_e'(fault_i)),
`endif
        .fraction_bits_i,
        .clear_i,
        .logit_i,
        .mask_i,
        .token_i,
        .valid_i(valid_i && narrow_i == 1'(i)),
        .ready_o(ready[i]),
        .finish_i(finish_i && narrow_i == 1'(i)),
        .finished_o(finished[i]),
        .best_o(best[i]),
        .best_valid_o(best_valid[i]),
        .best_take_i(best_take_i && narrow_i == 1'(i)),
        .count_o(count[i]),
        .top_o(top[i]),
        .total_o(total[i]),
        .saturations_o(saturations[i])
    );
  end
  assign ready_o = ready[narrow_i];
  assign finished_o = finished[narrow_i];
  assign best_valid_o = best_valid[narrow_i];
  assign best_logit_o = best[narrow_i].logit;
  assign best_token_o = best[narrow_i].token;
  assign count_o = count[narrow_i];
  assign top_o = top[narrow_i];
  assign total_o = total[narrow_i];
  assign saturations_o = saturations[narrow_i];
endmodule
`default_nettype wire
