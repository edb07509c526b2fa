/// Goes through the block rows of one slice's job, and where their activations begin: only adds, what divides and
/// multiplies has been done by who made the job.
`default_nettype none
module block_row_walk
  import slice_pkg::*;
  import fault_pkg::*;
(
    input  wire                clk_i,
`ifdef GODWIT_FAULTS
    input  wire fault_e        fault_i,
`endif
    input  wire job_t          job_i,
    input  wire                start_i,     // at the first block row from the next cycle on
    input  wire                next_i,      // at the next one from the next cycle on
    output row_place_t         at_o,
    output logic        [13:0] next_from_o  // of the next one
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  row_place_t at_q, next;
  logic [9:0] inner;
  logic wraps;

  assign inner = at_q.inner + job_i.step.inner;
  assign wraps = inner >= job_i.inner_size;
  always_comb begin
    next.inner = wraps ? inner - job_i.inner_size : inner;
    next.outer = at_q.outer + job_i.step.outer + 20'(wraps);
    next.from  = at_q.from + job_i.step.from + (wraps && fault_i != FaultWalk ? job_i.from_wrap : '0);
  end
  always_ff @(posedge clk_i) begin
    if (start_i) at_q <= job_i.first;
    else if (next_i) at_q <= next;
  end
  assign at_o = at_q;
  assign next_from_o = next.from;
endmodule
`default_nettype wire
