/// One real and its second operand: the first alone, their saturating sum, or their product, rounded once and saturated, as
/// isa::add_reals and isa::multiply_reals. Two stages.
`default_nettype none
module combine_reals
  import godwit_isa_pkg::*;
(
    input  wire                     clk_i,
    input  wire                     enable_i,
    input  wire combine_e           combine_i,        // stands while numbers are under way
    input  wire              [ 4:0] fraction_bits_i,  // at least one
    input  wire logic signed [31:0] a_i,
    input  wire logic signed [31:0] b_i,
    output logic signed      [31:0] real_o,
    output logic                    saturated_o
);
  typedef logic signed [63:0] wide_t;
  wide_t exact1_q, rounded;
  logic over, under;

  assign rounded = combine_i != CombineMultiply ? exact1_q :
      (exact1_q + ((64'sd1 <<< (fraction_bits_i - 1'b1)) - 64'sd1) +
       wide_t'(signed'({1'b0, exact1_q[6'(fraction_bits_i)]}))) >>> fraction_bits_i;
  assign over = rounded > 64'sh7fff_ffff;
  assign under = rounded < -64'sh8000_0000;

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      unique case (combine_i)
        CombineAdd: exact1_q <= wide_t'(a_i) + wide_t'(b_i);
        CombineMultiply: exact1_q <= wide_t'(a_i) * wide_t'(b_i);
        default: exact1_q <= wide_t'(a_i);
      endcase
      real_o <= over ? 32'sh7fff_ffff : under ? 32'sh8000_0000 : rounded[31:0];
      saturated_o <= over || under;
    end
  end
endmodule
`default_nettype wire
