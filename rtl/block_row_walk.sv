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
    input  wire                start_i,  // at the first block row from the next cycle on
    input  wire                next_i,   // at the next one from the next cycle on
    output row_place_t         at_o,
    output logic        [13:0] from_o    // as it will be in the next cycle
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  row_place_t at_q, at_d;
  logic [9:0] inner;
  logic wraps;

  assign inner = at_q.inner + job_i.step.inner;
  assign wraps = inner >= job_i.inner_size;
  always_comb begin
    at_d = at_q;
    if (next_i) begin
      at_d.inner = wraps ? inner - job_i.inner_size : inner;
      at_d.outer = at_q.outer + job_i.step.outer + 20'(wraps);
      at_d.from  = at_q.from + job_i.step.from + (wraps && fault_i != FaultWalk ? job_i.from_wrap : '0);
    end
    if (start_i) at_d = job_i.first;
  end
  always_ff @(posedge clk_i) at_q <= at_d;
  assign at_o   = at_q;
  assign from_o = at_d.from;
endmodule
`default_nettype wire
