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
`ifdef GODWIT_QUICK
  // In a simulation: who asks, what is raised and what is taken one after the other, and nothing where there is none.
  typedef logic [CountBits+1:0] held_t;
  typedef logic [$clog2(2*Requesters+1)-1:0] up_t;
  held_t count_q[Counters];
  logic [Counters-1:0][1:0] down, down_q;
  up_t [Counters-1:0] up;

  // Whether there is of both; whoever wants nothing has it.
  always_comb begin
    logic [3:0] a, b;
    held_t of_a, of_b;
    {a, b, of_a, of_b} = '0;
    grant_o = '0;
    down = '0;
    for (int unsigned r = 0; r < Requesters; r++) begin
      if (request_i[r] && grant_o == '0) begin
        a = want_i[r][0];
        b = fault_i == FaultWait ? NoSemaphore : want_i[r][1];
        of_a = a == NoSemaphore ? held_t'(1) : count_q[a] - held_t'(down_q[a]);
        of_b = b == NoSemaphore ? held_t'(1) : count_q[b] - held_t'(down_q[b]);
        if (of_a != 0 && of_b != 0 && (a != b || a == NoSemaphore || of_a != 1)) begin
          grant_o[r] = 1'b1;
          if (a != NoSemaphore) down[a] += 2'd1;
          if (b != NoSemaphore) down[b] += 2'd1;
        end
      end
    end
  end
  always_comb begin
    up = '0;
    if (raise_i != '0) begin
      for (int unsigned r = 0; r < Requesters; r++) begin
        for (int unsigned k = 0; k < 2; k++) begin
          if (raise_i[r] && raised_i[r][k] != NoSemaphore && (fault_i != FaultRaise || up[raised_i[r][k]] == 0)) begin
            up[raised_i[r][k]] += 1'b1;
          end
        end
      end
    end
  end
  always_comb begin
    held_t all;
    all = '0;
    for (int unsigned c = 0; c < Counters; c++) all |= count_q[c];
    overflow_o = 1'b0;
    if (all[CountBits+1:CountBits] != 0) begin
      for (int unsigned c = 0; c < Counters; c++) begin
        if (count_q[c] >> CountBits > 1) overflow_o = 1'b1;
        if (count_q[c][CountBits] && count_q[c][CountBits-1:0] >= CountBits'(down_q[c])) overflow_o = 1'b1;
      end
    end
    zero_o = all >> 2 == 0;
    if (zero_o) for (int unsigned c = 0; c < Counters; c++) if (count_q[c][1:0] != down_q[c]) zero_o = 1'b0;
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int unsigned c = 0; c < Counters; c++) count_q[c] <= '0;
    end else if (up != '0 || down_q != '0) begin
      for (int unsigned c = 0; c < Counters; c++) count_q[c] <= count_q[c] + held_t'(up[c]) - held_t'(down_q[c]);
    end
    down_q <= rst_ni ? down : '0;
  end
`else
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
`endif

  initial begin
    assert (2 * Requesters <= 1 << CountBits);  // one bit more holds what all raise at once
  end
endmodule
`default_nettype wire
