// A product of one factor of 28 to 52 bits and one of 18 at most: two DSP48E2 (27 x 18, AMD UG579) and a sum of their words that overlap.
// Yosys' own mapping cuts the wide factor into words of 18, which takes three of 48 bits and two sums.
(* techmap_celltype = "$mul" *)
module _godwit_product (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  input [A_WIDTH - 1:0] A;
  input [B_WIDTH - 1:0] B;
  output [Y_WIDTH - 1:0] Y;
  localparam CUT = 26;
  wire _TECHMAP_FAIL_ = !A_SIGNED || !B_SIGNED || A_WIDTH < 28 || A_WIDTH > 52 || B_WIDTH > 18 || Y_WIDTH <= CUT;
  wire signed [CUT:0] low = {1'b0, A[CUT - 1:0]};
  wire signed [A_WIDTH - CUT - 1:0] high = A[A_WIDTH - 1:CUT];
  wire signed [B_WIDTH - 1:0] factor = B;
  wire signed [CUT + B_WIDTH:0] of_low = low * factor;
  wire signed [A_WIDTH + B_WIDTH - CUT - 1:0] of_high = high * factor;
  wire signed [A_WIDTH + B_WIDTH - CUT:0] sum = of_high + (of_low >>> CUT);
  wire signed [A_WIDTH + B_WIDTH:0] whole = {sum, of_low[CUT - 1:0]};
  assign Y = whole;
endmodule
