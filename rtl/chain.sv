/// One output row of a block: 16 lanes as two cascades of eight, and the join node that adds them.
`default_nettype none
module chain
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned CascadeLatency = 8
) (
    input  wire          clk_i,
    input  wire code_t   code_i  [Lanes],
    input  wire digits_t digits_i[Lanes],
    output chain_sum_t   hi_o,
    output chain_sum_t   lo_o
);
  logic signed [17:0] hi[2];
  logic signed [17:0] lo[2];

  for (genvar h = 0; h < 2; h++) begin : gen_half
    cascade #(
        .Length (Lanes / 2),
        .Latency(CascadeLatency)
    ) u_cascade (
        .clk_i,
        .code_i  (code_i[h*Lanes/2+:Lanes/2]),
        .digits_i(digits_i[h*Lanes/2+:Lanes/2]),
        .hi_o    (hi[h]),
        .lo_o    (lo[h])
    );
  end

  always_ff @(posedge clk_i) begin
    hi_o <= 19'(hi[0]) + 19'(hi[1]);
    lo_o <= 19'(lo[0]) + 19'(lo[1]);
  end
endmodule
`default_nettype wire
