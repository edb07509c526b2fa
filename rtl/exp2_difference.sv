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
  localparam int unsigned SumBits = 41;  // 2^f, from 1 to 2
  localparam int unsigned Kept = 32'(ExponentialBits) + 1;  // of them where n is -1, with the bit of a half
  typedef logic [4:0] shift_t;
  localparam shift_t ShiftMost = shift_t'(Kept);  // nothing is left

  // 1: n + f
  logic signed [32:0] difference1_q;
  // 2, 3: 2^f, and how far it is shifted for 2^n: -n - 1; n is zero of zero alone
  logic [32:0] below;
  shift_t shift2_q, shift3_q, shift4_q;
  logic one2_q, one3_q, one4_q;
  logic [SumBits-1:0] begin3, gain3;
  assign below = ~(difference1_q >>> fraction_bits_i);
  // 4: their sum
  logic [SumBits-1:0] sum4_q;
  // 5: shifted and rounded
  logic [Kept-1:0] moved;
  logic lost;
  assign moved = sum4_q[SumBits-1-:Kept] >> shift4_q;
  assign lost  = sum4_q[SumBits-Kept-1:0] != 0 || (sum4_q[SumBits-1-:Kept] & ~({Kept{1'b1}} << shift4_q)) != 0;

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

      one2_q <= below[32];
      shift2_q <= below[31:5] != 0 || below[4:0] > ShiftMost ? ShiftMost : below[4:0];
      one3_q <= one2_q;
      shift3_q <= shift2_q;

      sum4_q <= begin3 + gain3;
      one4_q <= one3_q;
      shift4_q <= shift3_q;

      value_o <= one4_q ? 19'(1 << ExponentialBits) : 19'(moved[Kept-1:1]) + 19'(moved[0] && (lost || moved[1]));
    end
  end

  initial begin
    assert (ExponentialBits == 18);
  end
endmodule
`default_nettype wire
