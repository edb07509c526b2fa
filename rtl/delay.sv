/// Gives what came in Cycles ago. No reset: what is inside after a reset belongs to no one.
`default_nettype none
module delay #(
    parameter type         T      = logic,
    parameter int unsigned Cycles = 1
) (
    input wire clk_i,
    input wire T data_i,
    output T data_o
);
  T stage_q[Cycles];

`ifdef GODWIT_QUICK
  // A ring: in a simulation what waits need not move.
  int unsigned at_q;  // wherever it begins
  always_ff @(posedge clk_i) begin
    stage_q[at_q] <= data_i;
    at_q <= at_q >= Cycles - 1 ? 0 : at_q + 1;
  end
  assign data_o = stage_q[at_q];
`else
  always_ff @(posedge clk_i) begin
    stage_q[0] <= data_i;
    for (int unsigned i = 1; i < Cycles; i++) stage_q[i] <= stage_q[i-1];
  end
  assign data_o = stage_q[Cycles-1];
`endif

  initial begin
    assert (Cycles >= 1);
  end
endmodule
`default_nettype wire
