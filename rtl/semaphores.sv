/// The counters at which units meet. A requester wants one from each of two counters (the same one twice: two); of those
/// whose wants can be met, the lowest gets them, one a cycle. Any number may be raised in a cycle.
`default_nettype none
module semaphores
  import godwit_isa_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Requesters = 6,
    parameter int unsigned CountBits  = 8
) (
    input  wire                                    clk_i,
    input  wire                                    rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                            fault_i,
`endif
    input  wire         [Requesters-1:0]           request_i,
    input  wire         [Requesters-1:0][1:0][3:0] want_i,     // NoSemaphore wants nothing
    output logic        [Requesters-1:0]           grant_o,    // in the cycle of the request
    input  wire         [Requesters-1:0]           raise_i,
    input  wire         [Requesters-1:0][1:0][3:0] raised_i,
    output logic                                   zero_o,     // all counters are
    output logic                                   overflow_o  // one was raised beyond its range
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Counters = Semaphores - 1;
  typedef logic [CountBits-1:0] count_t;

  count_t count_q[Counters];
  logic [1:0] down[Counters];
  logic [$clog2(2*Requesters+1)-1:0] up[Counters];

  // At most two of one are wanted: none or one alone is too few.
  function automatic logic enough(input logic [1:0][3:0] want, input logic [Counters-1:0] none,
                                  input logic [Counters-1:0] one, input fault_e fault);
    logic ok, first, second;
    ok = 1'b1;
    for (int unsigned c = 0; c < Counters; c++) begin
      first  = want[0] == 4'(c);
      second = want[1] == 4'(c) && fault != FaultWait;
      if (none[c] && (first || second)) ok = 1'b0;
      if (one[c] && first && second) ok = 1'b0;
    end
    return ok;
  endfunction
  logic [Counters-1:0] none, one;
  always_comb begin
    for (int unsigned c = 0; c < Counters; c++) begin
      none[c] = count_q[c] == 0;
      one[c]  = count_q[c] == count_t'(1);
    end
  end

  always_comb begin
    logic given;
    given   = 1'b0;
    grant_o = '0;
    for (int unsigned c = 0; c < Counters; c++) down[c] = '0;
    for (int unsigned r = 0; r < Requesters; r++) begin
      if (request_i[r] && !given && enough(want_i[r], none, one, fault_i)) begin
        given = 1'b1;
        grant_o[r] = 1'b1;
        for (int unsigned c = 0; c < Counters; c++) begin
          down[c] = 2'(want_i[r][0] == 4'(c)) + 2'(want_i[r][1] == 4'(c) && fault_i != FaultWait);
        end
      end
    end
    for (int unsigned c = 0; c < Counters; c++) begin
      up[c] = '0;
      for (int unsigned r = 0; r < Requesters; r++) begin
        for (int unsigned k = 0; k < 2; k++) begin
          if (raise_i[r] && raised_i[r][k] == 4'(c) && !(fault_i == FaultRaise && up[c] != 0)) up[c] = up[c] + 1'b1;
        end
      end
    end
  end

  logic [CountBits:0] next[Counters];
  always_comb begin
    zero_o = 1'b1;
    overflow_o = 1'b0;
    for (int unsigned c = 0; c < Counters; c++) begin
      next[c] = (CountBits + 1)'(count_q[c]) + (CountBits + 1)'(up[c]) - (CountBits + 1)'(down[c]);
      if (!none[c]) zero_o = 1'b0;
      if (next[c][CountBits]) overflow_o = 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned c = 0; c < Counters; c++) begin
      if (!rst_ni) count_q[c] <= '0;
      else count_q[c] <= next[c][CountBits] ? '1 : next[c][CountBits-1:0];
    end
  end

  initial begin
    assert (2 * Requesters <= 1 << CountBits);  // one bit more holds what all raise at once
  end
endmodule
`default_nettype wire
