/// One output row of a block: 16 lanes as two cascades of eight, and the join node that adds them.
`default_nettype none
module chain
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned CascadeLatency = 8
) (
    input  wire                               clk_i,
    input  wire logic    [Lanes-1:0][7:0]     code_i,
    input  wire digits_t [Lanes-1:0]          digits_i,
    output logic signed  [18:0]               hi_o,
    output logic signed  [18:0]               lo_o
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
