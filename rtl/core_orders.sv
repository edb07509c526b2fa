/// The way of one unit's instructions to several cores and back: the same registers before each of them, and done when all are
/// done. One instruction at a time; it stands at the cores from its start to their done.
`default_nettype none
module core_orders
  import machine_pkg::*;
#(
    parameter int unsigned Cores = 2,
    parameter int unsigned Hops  = 2   // cycles there, and cycles back
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,
    // unit_queue
    input  wire op_t             op_i,
    input  wire                  start_i,
    output logic                 done_o,
    // the unit in every core
    output op_t                  op_o,
    output logic                 start_o,
    input  wire      [Cores-1:0] done_i
);
  delay #(
      .T(op_t),
      .Cycles(Hops)
  ) u_op (
      .clk_i,
      .data_i(op_i),
      .data_o(op_o)
  );

  logic [Hops-1:0] start_q;
  logic [Hops-1:0][Cores-1:0] done_q;
  logic [Cores-1:0] waits_q, done;
  assign start_o = start_q[Hops-1];
  assign done = waits_q | done_q[Hops-1];
  assign done_o = &done;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      start_q <= '0;
      done_q  <= '0;
      waits_q <= '0;
    end else begin
      start_q <= Hops'({start_q, start_i});
      done_q  <= (Hops * Cores)'({done_q, done_i});
      waits_q <= done_o ? '0 : done;
    end
  end

  initial begin
    assert (Cores >= 2 && Hops >= 1);
  end
`ifndef SYNTHESIS
  for (genvar c = 0; c < Cores; c++) begin : gen_check
    DoneOnce :
    assert property (@(posedge clk_i) disable iff (!rst_ni) done_q[Hops-1][c] |-> !waits_q[c]);
  end
`endif
endmodule
`default_nettype wire
