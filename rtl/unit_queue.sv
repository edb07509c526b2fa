/// Between control and a unit: holds instructions in program order, takes the semaphores of the oldest, starts the unit, and
/// raises when it is done. One instruction is under way at a time. Where only one waits, its semaphores are asked for from the
/// cycle after the end of the one before, so that from what ends a unit there is no way to the semaphores' grants.
`default_nettype none
module unit_queue
  import godwit_isa_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Depth = 4
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
    // from control
    input  wire op_t            op_i,
    input  wire                 op_valid_i,
    output logic                op_ready_o,
    // semaphores
    output logic                request_o,
    output logic     [1:0][3:0] want_o,
    input  wire                 grant_i,
    output logic                raise_o,
    output logic     [1:0][3:0] raised_o,
    // the unit
    output op_t                 op_o,        // stands while the unit is at work, and only then
    output logic                start_o,
    input  wire                 done_i,
    output logic                idle_o       // nothing waits and nothing is under way
);
  op_t head;
  header_t header, running;
  logic head_valid, busy_q;
  op_t op_q;

  fifo #(
      .T(op_t),
      .Depth(Depth)
  ) u_waiting (
      .clk_i,
      .rst_ni,
      .data_i (op_i),
      .valid_i(op_valid_i),
      .ready_o(op_ready_o),
      .data_o (head),
      .valid_o(head_valid),
      .ready_i(grant_i)
  );
  assign header  = header_t'(head.word[$bits(header_t)-1:0]);
  assign running = header_t'(op_q.word[$bits(header_t)-1:0]);

  logic over;  // the one before is
  assign over = !busy_q || (Depth > 1 && done_i);
  assign request_o = head_valid && over;
  assign want_o = {header.wait_b, header.wait_a};
  assign raise_o = busy_q && done_i;
  assign raised_o = {running.signal_b, running.signal_a};
  assign op_o = op_q;
  assign idle_o = !head_valid && !busy_q;

  always_ff @(posedge clk_i) begin
    if (over) op_q <= head;  // the one that is granted; not by grant_i, which is known late
    start_o <= grant_i && rst_ni;
    busy_q  <= rst_ni && (grant_i || (busy_q && !done_i));
  end

`ifndef SYNTHESIS
  DoneOnlyWhenBusy :
  assert property (@(posedge clk_i) disable iff (!rst_ni) done_i |-> busy_q);
`endif
endmodule
`default_nettype wire
