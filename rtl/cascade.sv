/// Eight multipliers in a cascade, the only module that knows how a part multiplies: sum of code x hi and of code x lo.
/// This is the behavioural twin of the `pair` form: one product of 8 x 27 bits carries both, fields of 18 bits, the sum at
/// once and then the delay of eight DSP48E2. Sums stay within 8 x 128 x 127, which is why codes do not reach -128.
`default_nettype none
module cascade
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Length  = 8,
    parameter int unsigned Latency = 8
) (
    input  wire                 clk_i,
    input  wire code_t          code_i  [Length],
    input  wire digits_t        digits_i[Length],
    output logic signed  [17:0] hi_o,
    output logic signed  [17:0] lo_o
);
  logic signed [47:0] sum, sum_late;

  always_comb begin
    sum = '0;
    for (int unsigned l = 0; l < Length; l++) begin
      sum += 48'(code_i[l]) * ((48'(digits_i[l].hi) <<< 18) + 48'(digits_i[l].lo));
    end
  end

  delay #(
      .T(logic signed [47:0]),
      .Cycles(Latency)
  ) u_delay (
      .clk_i,
      .data_i(sum),
      .data_o(sum_late)
  );

  assign lo_o = sum_late[17:0];
  assign hi_o = sum_late[35:18] + 18'(sum_late[17]);
endmodule
`default_nettype wire
