/// What a group adds to its rows: step x (sum of code x) + offset x (sum of x), for the two digits of one token joined
/// (A15) or for two tokens apart (A8). Without groups the sums pass as they are. A cycle later it is added to the rows' totals.
`default_nettype none
module reduction_node
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned GroupSumBits = 22,
    parameter int unsigned InputSumBits = 15,
    parameter int unsigned Chains       = Rows
) (
    input wire clk_i,
    input wire two_digits_i,
    input wire groups_i,
    input wire group_t [Chains-1:0] group_i,
    input wire logic signed [GroupSumBits-1:0] hi_i[Chains],
    input wire logic signed [GroupSumBits-1:0] lo_i[Chains],
    input wire logic signed [InputSumBits-1:0] inputs_hi_i,
    input wire logic signed [InputSumBits-1:0] inputs_lo_i,
    // a cycle later; even and odd token
    input wire first_i,  // nothing was added to the totals yet
    input wire odd_i,  // the two digits are the odd token's: of two digits one total counts
    input wire logic signed [SumBits-1:0] total_i[2][Chains],
    output logic signed [SumBits-1:0] total_o[2][Chains]
);
  typedef logic signed [GroupSumBits+6:0] joined_t;
  typedef logic signed [InputSumBits+6:0] inputs_t;
  typedef logic signed [SumBits-1:0] sum_t;

  inputs_t inputs[2];
  assign inputs[0] = two_digits_i ? (inputs_t'(inputs_hi_i) <<< 7) + inputs_t'(inputs_lo_i) : inputs_t'(inputs_hi_i);
  assign inputs[1] = inputs_t'(inputs_lo_i);

  for (genvar r = 0; r < Chains; r++) begin : gen_row
    joined_t hi, lo, joined;
    logic signed [ 9:0] step;
    logic signed [10:0] offset;
    assign hi = joined_t'(hi_i[r]);
    assign lo = joined_t'(lo_i[r]);
    assign joined = two_digits_i ? (hi <<< 7) + lo : hi;
    assign step = groups_i ? signed'({1'b0, group_i[r].step}) : 10'sd1;
    assign offset = groups_i ? group_i[r].offset : 11'sd0;
    sum_t sum_q[2];
    always_ff @(posedge clk_i) begin
      sum_q[0] <= sum_t'(step) * sum_t'(joined) + sum_t'(offset) * sum_t'(inputs[0]);
      sum_q[1] <= sum_t'(step) * sum_t'(lo) + sum_t'(offset) * sum_t'(inputs[1]);
    end
    assign total_o[0][r] = (first_i ? sum_t'(0) : total_i[0][r]) + sum_q[0];
    assign total_o[1][r] = (first_i ? sum_t'(0) : total_i[1][r]) + (odd_i ? sum_q[0] : sum_q[1]);
  end
endmodule
`default_nettype wire
