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
    output logic                                   overflow_o  // one was raised beyond its range: a reset must follow
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Counters = Semaphores - 1;
  // What is taken is subtracted a cycle later: from a request to a counter would be too far for one cycle.
  typedef logic [CountBits+1:0] held_t;
  held_t count_q[Counters];
  logic [1:0] down[Counters], down_q[Counters];
  typedef logic [$clog2(2*Requesters+1)-1:0] up_t;
  up_t up[Counters];
  logic [Counters-1:0] none, one;  // is there of it

  // Whose wants are of which counter; at most two of one are wanted: none or one alone is too few.
  logic [Requesters-1:0][1:0][Counters-1:0] of;
  logic [Requesters-1:0] ok;
  always_comb begin
    for (int unsigned c = 0; c < Counters; c++) begin
      none[c] = count_q[c] >> 2 == 0 && count_q[c][1:0] == down_q[c];
      one[c]  = count_q[c] >> 2 == 0 && count_q[c][1:0] == down_q[c] + 2'd1;
    end
    for (int unsigned r = 0; r < Requesters; r++) begin
      for (int unsigned c = 0; c < Counters; c++) begin
        of[r][0][c] = want_i[r][0] == 4'(c);
        of[r][1][c] = want_i[r][1] == 4'(c) && fault_i != FaultWait;
      end
      ok[r] = request_i[r] && ((of[r][0] | of[r][1]) & none | of[r][0] & of[r][1] & one) == '0;
    end
  end

  // Each sees for itself whether a lower one is served, and each counter who takes of it: no chain from one to the next.
  always_comb begin
    logic [1:0] taken;
    up_t sum[Requesters];
    for (int unsigned r = 0; r < Requesters; r++) begin
      grant_o[r] = ok[r] && (ok & Requesters'((1 << r) - 1)) == '0;
    end
    for (int unsigned c = 0; c < Counters; c++) begin
      taken = '0;
      for (int unsigned r = 0; r < Requesters; r++) begin
        for (int unsigned k = 0; k < 2; k++) taken[k] |= grant_o[r] && of[r][k][c];
      end
      down[c] = 2'(taken[0]) + 2'(taken[1]);
      for (int unsigned r = 0; r < Requesters; r++) begin
        sum[r] = up_t'(raise_i[r] && raised_i[r][0] == 4'(c)) + up_t'(raise_i[r] && raised_i[r][1] == 4'(c));
      end
      // Pairs of sums, until one is left.
      for (int unsigned n = Requesters; n > 1; n = (n + 1) / 2) begin
        for (int unsigned i = 0; i < n / 2; i++) sum[i] = sum[2*i] + sum[2*i+1];
        if (n % 2 != 0) sum[n/2] = sum[n-1];
      end
      up[c] = fault_i == FaultRaise && sum[0] != 0 ? up_t'(1) : sum[0];
    end
  end

  logic [Counters-1:0] less;  // the bits that are in range, than what is subtracted of them
  always_comb begin
    overflow_o = 1'b0;
    for (int unsigned c = 0; c < Counters; c++) begin
      less[c] = count_q[c][CountBits-1:2] == 0 && count_q[c][1:0] < down_q[c];
      if (count_q[c][CountBits+1] || (count_q[c][CountBits] && !less[c])) overflow_o = 1'b1;
    end
  end
  assign zero_o = &none;

  always_ff @(posedge clk_i) begin
    for (int unsigned c = 0; c < Counters; c++) begin
      count_q[c] <= rst_ni ? count_q[c] + held_t'(up[c]) - held_t'(down_q[c]) : '0;
      down_q[c]  <= rst_ni ? down[c] : '0;
    end
  end

  initial begin
    assert (2 * Requesters <= 1 << CountBits);  // one bit more holds what all raise at once
  end
endmodule
`default_nettype wire
