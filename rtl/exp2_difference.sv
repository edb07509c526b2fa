/// 2^(x - most) of two reals, x not above most, with ExponentialBits fraction bits, as isa::exp2_of: from 0 to 1. Five stages
/// that advance together when enabled.
`default_nettype none
module exp2_difference
  import godwit_isa_pkg::*;
(
    input  wire                     clk_i,
    input  wire                     enable_i,
    input  wire              [ 4:0] fraction_bits_i,
    input  wire logic signed [31:0] x_i,
    input  wire logic signed [31:0] most_i,
    output logic             [18:0] value_o
);
  localparam int More = int'(Exp2FractionBits) - int'(Exp2StepBits) - int'(ExponentialBits);
  localparam logic [5:0] ShiftMost = 6'd43;  // nothing is left of 42 bits

  // 1: n + f
  logic signed [32:0] difference1_q;
  // 2, 3: 2^f, and how far it is shifted for 2^n
  logic [32:0] below;
  logic [6:0] shift;
  logic [5:0] shift2_q, shift3_q, shift4_q;
  logic [41:0] begin3, gain3;
  assign below = ~(difference1_q >>> fraction_bits_i);  // -n - 1
  assign shift = 7'(int'(fraction_bits_i) + More) + (below[32] ? 7'd0 : 7'(below[5:0]) + 7'd1);
  // 4: their sum
  logic [41:0] sum4_q;
  logic odd4;  // the shifted one
  assign odd4 = 1'(sum4_q >> shift4_q);

  exp2_interval u_interval (
      .clk_i,
      .enable_i,
      .fraction_bits_i,
      .real_i (difference1_q[23:0]),
      .begin_o(begin3),
      .gain_o (gain3)
  );

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      difference1_q <= 33'(x_i) - 33'(most_i);

      shift2_q <= (!below[32] && below >= 33'(ShiftMost)) || shift >= 7'(ShiftMost) ? ShiftMost : 6'(shift);
      shift3_q <= shift2_q;

      sum4_q <= begin3 + gain3;
      shift4_q <= shift3_q;

      value_o <= 19'((sum4_q + ((42'd1 << (shift4_q - 1'b1)) - 1'b1) + 42'(odd4)) >> shift4_q);
    end
  end
endmodule
`default_nettype wire
