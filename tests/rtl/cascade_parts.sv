/// The cascade in the form of a part, its lanes and digits in words.
`default_nettype none
module cascade_parts
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Length = 8
) (
    input  wire                            clk_i,
    input  wire         [Length-1:0][ 7:0] code_i,
    input  wire         [Length-1:0][15:0] digits_i,
    output logic signed [      17:0]       hi_o,
    output logic signed [      17:0]       lo_o
);
  code_t   code  [Length];
  digits_t digits[Length];
  always_comb begin
    for (int unsigned l = 0; l < Length; l++) begin
      code[l]   = code_i[l];
      digits[l] = digits_i[l];
    end
  end
  cascade #(
      .Length (Length),
      .Latency(Length + 3)
  ) u_cascade (
      .clk_i,
      .code_i  (code),
      .digits_i(digits),
      .hi_o,
      .lo_o
  );
endmodule
`default_nettype wire
