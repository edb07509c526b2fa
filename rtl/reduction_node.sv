/// What a group adds to its rows: step x (sum of code x) + offset x (sum of x), for the two digits of one token joined
/// (A15) or for two tokens apart (A8). One cycle of delay. Without groups the sums pass as they are.
`default_nettype none
module reduction_node
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned GroupSumBits = 22,
    parameter int unsigned InputSumBits = 15
) (
    input  wire                                 clk_i,
    input  wire                                 two_digits_i,
    input  wire                                 groups_i,
    input  wire group_t      [        Rows-1:0] group_i,
    input  wire logic signed [GroupSumBits-1:0] hi_i        [Rows],
    input  wire logic signed [GroupSumBits-1:0] lo_i        [Rows],
    input  wire logic signed [InputSumBits-1:0] inputs_hi_i,
    input  wire logic signed [InputSumBits-1:0] inputs_lo_i,
    output logic signed      [     SumBits-1:0] sum_o       [   2][Rows]  // even (or only) and odd token
);
  typedef logic signed [GroupSumBits+6:0] joined_t;
  typedef logic signed [InputSumBits+6:0] inputs_t;
  typedef logic signed [SumBits-1:0] sum_t;

  inputs_t inputs[2];
  assign inputs[0] = two_digits_i ? (inputs_t'(inputs_hi_i) <<< 7) + inputs_t'(inputs_lo_i) : inputs_t'(inputs_hi_i);
  assign inputs[1] = inputs_t'(inputs_lo_i);

  for (genvar r = 0; r < Rows; r++) begin : gen_row
    joined_t hi, lo, joined;
    logic signed [ 9:0] step;
    logic signed [10:0] offset;
    assign hi = joined_t'(hi_i[r]);
    assign lo = joined_t'(lo_i[r]);
    assign joined = two_digits_i ? (hi <<< 7) + lo : hi;
    assign step = groups_i ? signed'({1'b0, group_i[r].step}) : 10'sd1;
    assign offset = groups_i ? group_i[r].offset : 11'sd0;
    always_ff @(posedge clk_i) begin
      sum_o[0][r] <= sum_t'(step) * sum_t'(joined) + sum_t'(offset) * sum_t'(inputs[0]);
      sum_o[1][r] <= sum_t'(step) * sum_t'(lo) + sum_t'(offset) * sum_t'(inputs[1]);
    end
  end
endmodule
`default_nettype wire
