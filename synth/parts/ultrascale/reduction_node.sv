/// rtl/reduction_node.sv on DSP48E2 (UG579): a column of five a row, whose products stand after a cycle and are added from DSP to DSP, and to the
/// totals, in the next. The first three join the digits of one token (the high one has its step x 2^7) or take the even token, the
/// other two add what the odd one has, or pass on what came. Every sum is that of rtl/ where the sums of a group are no larger than
/// they can be.
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
  localparam int unsigned Dsps = 5;
  typedef logic signed [26:0] factor_t;

  // ---- the two that are multiplied ----
  factor_t inputs_even;
  assign inputs_even = two_digits_i ? (factor_t'(inputs_hi_i) <<< 7) + factor_t'(inputs_lo_i) : factor_t'(inputs_hi_i);
  for (genvar r = 0; r < Chains; r++) begin : gen_row
    logic signed [17:0] step, offset;
    factor_t a[Dsps];
    logic signed [17:0] b[Dsps];
    assign step = 18'({1'b0, group_i[r].step});
    assign offset = 18'(signed'(group_i[r].offset));
    assign a = '{factor_t'(lo_i[r]), factor_t'(hi_i[r]), inputs_even, factor_t'(lo_i[r]), factor_t'(inputs_lo_i)};
    assign b = '{step, two_digits_i ? step <<< 7 : step, offset, step, offset};

    // ---- a cycle later: what is added ----
    logic [Dsps-1:0] add_product, add_carried, add_c;
    assign add_product = {!two_digits_i, !two_digits_i, 1'b1, 1'b1, two_digits_i};
    assign add_carried = {1'b1, two_digits_i, 3'b110};
    assign add_c = {!first_i, 1'b0, !first_i && !odd_i, 2'b00};
    logic [47:0] carried[Dsps+1];
    assign carried[0] = '0;
    for (genvar d = 0; d < Dsps; d++) begin : gen_dsp
      logic [47:0] sum;
      dsp_sum u_dsp (
          .clk_i,
          .a_i          (a[d]),
          .b_i          (b[d]),
          .add_product_i(add_product[d]),
          .add_carried_i(add_carried[d]),
          .add_c_i      (add_c[d]),
          .carried_i    (carried[d]),
          .c_i          (total_i[d/3][r]),
          .carried_o    (carried[d+1]),
          .sum_o        (sum)
      );
      if (d == 2) begin : gen_even
        assign total_o[0][r] = sum;
      end else if (d == Dsps - 1) begin : gen_odd
        assign total_o[1][r] = sum;
      end
    end
  end
endmodule
`default_nettype wire
