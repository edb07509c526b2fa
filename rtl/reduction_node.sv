/// What a group adds to its rows: step x (sum of code x) + offset x (sum of x), for the two digits of one token joined
/// (A15) or for two tokens apart (A8): of each digit by itself, and joined a cycle later, where it is added to the rows' totals.
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
    input wire group_t [Chains-1:0] group_i,  // without groups a step of 1 and no offset
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
  typedef logic signed [GroupSumBits+9:0] digit_sum_t;
  typedef logic signed [SumBits-1:0] sum_t;

  for (genvar r = 0; r < Chains; r++) begin : gen_row
    digit_sum_t step, offset, hi_q, lo_q;
    sum_t even, odd;
    assign step   = digit_sum_t'({1'b0, group_i[r].step});
    assign offset = digit_sum_t'(signed'(group_i[r].offset));
    always_ff @(posedge clk_i) begin
      hi_q <= step * digit_sum_t'(hi_i[r]) + offset * digit_sum_t'(inputs_hi_i);
      lo_q <= step * digit_sum_t'(lo_i[r]) + offset * digit_sum_t'(inputs_lo_i);
    end
    assign even = two_digits_i ? (sum_t'(hi_q) <<< 7) + sum_t'(lo_q) : sum_t'(hi_q);
    assign odd = odd_i ? even : sum_t'(lo_q);
    assign total_o[0][r] = (first_i ? sum_t'(0) : total_i[0][r]) + even;
    assign total_o[1][r] = (first_i ? sum_t'(0) : total_i[1][r]) + odd;
  end
endmodule
`default_nettype wire
