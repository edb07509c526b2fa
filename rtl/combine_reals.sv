/// One real and its second operand: the first alone, their saturating sum, or their product, rounded once and saturated, as
/// isa::add_reals and isa::multiply_reals. Three stages.
`default_nettype none
module combine_reals
  import godwit_isa_pkg::*;
(
    input  wire                     clk_i,
    input  wire                     enable_i,
    input  wire combine_e           combine_i,        // stands while numbers are under way
    input  wire              [ 4:0] fraction_bits_i,
    input  wire logic signed [31:0] a_i,
    input  wire logic signed [31:0] b_i,
    output logic signed      [31:0] real_o,
    output logic                    saturated_o
);
  typedef logic signed [63:0] wide_t;
  wide_t exact1_q;
  logic [5:0] right_q;
  always_ff @(posedge clk_i) begin
    right_q <= combine_i == CombineMultiply ? 6'(fraction_bits_i) : '0;
    if (enable_i) begin
      unique case (combine_i)
        CombineAdd: exact1_q <= wide_t'(a_i) + wide_t'(b_i);
        CombineMultiply: exact1_q <= wide_t'(a_i) * wide_t'(b_i);
        default: exact1_q <= wide_t'(a_i);
      endcase
    end
  end

  // 2, 3
  rounded_real #(
      .Bits     (64),
      .LeftMost (0),
      .RightMost(63)
  ) u_rounded (
      .clk_i,
      .enable_i,
      .value_i(exact1_q),
      .right_i(right_q),
      .real_o,
      .saturated_o
  );
endmodule
`default_nettype wire
