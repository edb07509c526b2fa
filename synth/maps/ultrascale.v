// A choice of 4 or 16 words by an index, on UltraScale+ (AMD UG574): a table of six inputs chooses among four bits, the
// multiplexers behind the tables among those. Yosys' own mapping takes 7.5 tables a bit for 16 where these are 4. Choices of 8
// are left to it: the decoder's sign, written this way, kept tables apart that it joins (6,712 instead of 4,031).
(* techmap_celltype = "$bmux" *)
module _godwit_choice (A, S, Y);
  parameter WIDTH = 1;
  parameter S_WIDTH = 1;
  parameter _TECHMAP_CONSTMSK_A_ = 0;
  input [(WIDTH << S_WIDTH) - 1:0] A;
  input [S_WIDTH - 1:0] S;
  output [WIDTH - 1:0] Y;
  wire _TECHMAP_FAIL_ = S_WIDTH != 2 && S_WIDTH != 4 || _TECHMAP_CONSTMSK_A_ != 0;
  localparam FOURS = S_WIDTH == 4 ? 4 : 1;
  genvar b, q;
  generate
    for (b = 0; b < WIDTH; b = b + 1) begin : bits
      wire [FOURS - 1:0] four;
      for (q = 0; q < FOURS; q = q + 1) begin : fours
        LUT6 #(.INIT(64'hFF00F0F0CCCCAAAA)) choose (
            .I0(A[4 * q * WIDTH + b]), .I1(A[(4 * q + 1) * WIDTH + b]), .I2(A[(4 * q + 2) * WIDTH + b]),
            .I3(A[(4 * q + 3) * WIDTH + b]), .I4(S[0]), .I5(S[1]), .O(four[q]));
      end
      if (S_WIDTH == 2) begin : straight
        assign Y[b] = four[0];
      end else begin : sixteen
        wire [1:0] eight;
        MUXF7 choose_low (.I0(four[0]), .I1(four[1]), .S(S[2]), .O(eight[0]));
        MUXF7 choose_high (.I0(four[2]), .I1(four[3]), .S(S[2]), .O(eight[1]));
        MUXF8 choose (.I0(eight[0]), .I1(eight[1]), .S(S[3]), .O(Y[b]));
      end
    end
  endgenerate
endmodule
