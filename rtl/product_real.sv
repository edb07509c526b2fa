/// a x b / 2^right as a real, rounded once and saturated, as isa::multiply_reals and isa::times_coefficient; or, in two enabled
/// cycles one after the other, the sum or difference of two such products rounded together, as isa::turn. Four stages that
/// advance together when enabled.
`default_nettype none
module product_real (
    input  wire                     clk_i,
    input  wire                     enable_i,
    input  wire logic signed [31:0] a_i,
    input  wire logic signed [31:0] b_i,
    input  wire              [ 5:0] right_i,
    input  wire                     second_i,    // is added to the product before it
    input  wire                     subtract_i,  // or taken away from it
    output logic signed      [63:0] product_o,   // one cycle later, this one alone
    output logic signed      [31:0] real_o,
    output logic                    saturated_o
);
  typedef logic signed [65:0] total_t;

  // 1: the product
  logic second1_q, subtract1_q;
  logic [5:0] right1_q;
  // 2: with the one before
  total_t total2_q, addend;
  logic [5:0] right2_q;
  assign addend = subtract1_q ? -total_t'(product_o) : total_t'(product_o);

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      product_o <= 64'(a_i) * 64'(b_i);
      second1_q <= second_i;
      subtract1_q <= subtract_i;
      right1_q <= right_i;

      total2_q <= (second1_q ? total2_q : '0) + addend;
      right2_q <= right1_q;
    end
  end

  // 3, 4
  rounded_real #(
      .Bits     ($bits(total_t)),
      .LeftMost (0),
      .RightMost(63)
  ) u_rounded (
      .clk_i,
      .enable_i,
      .value_i(total2_q),
      .right_i(right2_q),
      .real_o,
      .saturated_o
  );
endmodule
`default_nettype wire
