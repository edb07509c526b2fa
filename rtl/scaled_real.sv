/// value x mantissa x 2^left as a real, as isa::requantise (left is exponent + fraction bits) and isa::code_of (a real x its
/// row's inverse, left its exponent). Three stages that advance together when enabled.
`default_nettype none
module scaled_real #(
    parameter int unsigned Bits     = 48,  // of value
    parameter int unsigned LeftMost = 32   // what left is at most where value is not zero; 32 and beyond are alike
) (
    input  wire                         clk_i,
    input  wire                         enable_i,
    input  wire logic signed [Bits-1:0] value_i,
    input  wire              [    15:0] mantissa_i,
    input  wire logic signed [    10:0] left_i,
    output logic signed      [    31:0] real_o,
    output logic                        saturated_o
);
  localparam int unsigned RightMost = Bits + 16 + LeftMost;  // nothing is left then
  typedef logic [$clog2(RightMost+1)-1:0] right_t;
  logic signed [Bits+15:0] product_q;
  logic signed [11:0] down;
  right_t right_q;
  assign down = 12'(LeftMost) - 12'(left_i);

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      product_q <= (Bits + 16)'((Bits + 17)'(value_i) * (Bits + 17)'(signed'({1'b0, mantissa_i})));
      right_q   <= down < 0 ? '0 : down > 12'(RightMost) ? right_t'(RightMost) : right_t'(down);
    end
  end

  rounded_real #(
      .Bits(Bits + 16),
      .LeftMost(LeftMost)
  ) u_rounded (
      .clk_i,
      .enable_i,
      .value_i(product_q),
      .right_i(right_q),
      .real_o,
      .saturated_o
  );
endmodule
`default_nettype wire
