/// The modules of the vector unit that compute one number, side by side.
`default_nettype none
module sfu_numbers_bench
  import godwit_isa_pkg::*;
(
    input  wire                      clk_i,
    input  wire                      rst_ni,
    input  wire                      enable_i,
    input  wire              [  4:0] fraction_bits_i,
    input  wire logic signed [ 31:0] a_i,
    input  wire logic signed [ 31:0] b_i,
    // three enabled cycles later
    input  wire logic signed [ 47:0] sum_i,
    input  wire              [ 15:0] mantissa_i,
    input  wire logic signed [ 10:0] left_i,
    output logic signed      [ 31:0] scaled_o,
    output logic                     scaled_saturated_o,
    output logic signed      [ 31:0] code_o,                // of a, its left -40 to 0
    // four
    input  wire              [  5:0] right_i,
    input  wire                      second_i,
    input  wire                      subtract_i,
    output logic signed      [ 31:0] product_o,
    output logic                     product_saturated_o,
    // five
    output logic             [ 18:0] exp2_o,                // 2^(a - b)
    // when done
    input  wire                      quotient_start_i,
    input  wire              [ 46:0] numerator_i,
    input  wire              [ 46:0] denominator_i,
    input  wire logic signed [  9:0] exponent_i,
    output logic                     quotient_done_o,
    output logic             [ 23:0] quotient_o,
    output logic                     quotient_saturated_o,
    input  wire                      row_start_i,           // largest magnitude: a
    input  wire              [ 13:0] limit_i,
    output logic                     row_done_o,
    output logic             [ 23:0] row_scale_o,
    output logic             [ 23:0] row_inverse_o,
    input  wire                      root_start_i,
    input  wire              [126:0] radicand_i,
    output logic                     root_done_o,
    output logic             [ 23:0] root_o,
    input  wire                      norm_start_i,
    input  wire logic signed [ 45:0] shift_i,
    input  wire              [ 76:0] squares_i,
    input  wire              [ 14:0] count_i,
    input  wire              [ 31:0] epsilon_i,
    output logic                     norm_done_o,
    output logic             [ 23:0] factor_o
);
  scaled_real u_scaled (
      .clk_i,
      .enable_i,
      .value_i(sum_i),
      .mantissa_i,
      .left_i,
      .real_o(scaled_o),
      .saturated_o(scaled_saturated_o)
  );
  logic unused_saturated;
  scaled_real #(
      .Bits(32),
      .LeftMost(0)
  ) u_code (
      .clk_i,
      .enable_i,
      .value_i(a_i),
      .mantissa_i,
      .left_i,
      .real_o(code_o),
      .saturated_o(unused_saturated)
  );
  logic [63:0] unused_product;
  product_real u_product (
      .clk_i,
      .enable_i,
      .a_i,
      .b_i,
      .right_i,
      .second_i,
      .subtract_i,
      .product_o(unused_product),
      .real_o(product_o),
      .saturated_o(product_saturated_o)
  );
  exp2_difference u_exp2 (
      .clk_i,
      .enable_i,
      .fraction_bits_i,
      .x_i(a_i),
      .most_i(b_i),
      .value_o(exp2_o)
  );
  quotient u_quotient (
      .clk_i,
      .rst_ni,
      .start_i(quotient_start_i),
      .numerator_i,
      .denominator_i,
      .exponent_i,
      .done_o(quotient_done_o),
      .scale_o(quotient_o),
      .saturated_o(quotient_saturated_o)
  );
  row_scale u_row_scale (
      .clk_i,
      .rst_ni,
      .start_i(row_start_i),
      .largest_i(a_i),
      .limit_i,
      .divisor_i(47'(limit_i)),
      .exponent_i(-10'(fraction_bits_i)),
      .done_o(row_done_o),
      .scale_o(row_scale_o),
      .inverse_o(row_inverse_o)
  );
  reciprocal_root u_root (
      .clk_i,
      .rst_ni,
      .start_i(root_start_i),
      .value_i(radicand_i),
      .done_o (root_done_o),
      .scale_o(root_o)
  );
  normaliser u_normaliser (
      .clk_i,
      .rst_ni,
      .start_i(norm_start_i),
      .fraction_bits_i,
      .shift_i,
      .squares_i,
      .count_i,
      .epsilon_i,
      .done_o (norm_done_o),
      .factor_o
  );
endmodule
`default_nettype wire
