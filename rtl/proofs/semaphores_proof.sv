/// semaphores: no count is lost or made; one that is taken was there; the lowest requester that can be served is, and no other
/// in that cycle; going beyond a counter's range is said.
`default_nettype none
module semaphores_proof
  import godwit_isa_pkg::*;
#(
    parameter  int unsigned Requesters = 6,
    parameter  int unsigned CountBits  = 8,
    localparam int unsigned Counters   = Semaphores - 1
) (
    input wire                            clk_i,
    input wire                            rst_ni,
    input wire [Requesters-1:0]           request_i,
    input wire [Requesters-1:0][1:0][3:0] want_i,
    input wire [Requesters-1:0]           raise_i,
    input wire [Requesters-1:0][1:0][3:0] raised_i,
    input wire [           3:0]           watch_i
);
  typedef logic [CountBits+3:0] count_t;

  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic [Requesters-1:0] grant;
  logic zero, overflow;
  semaphores #(
      .Requesters(Requesters),
      .CountBits (CountBits)
  ) u_semaphores (
      .clk_i,
      .rst_ni,
      .request_i,
      .want_i,
      .grant_o   (grant),
      .raise_i,
      .raised_i,
      .zero_o    (zero),
      .overflow_o(overflow)
  );

  // ---- one counter, whichever, is counted once more ----
  logic [3:0] watched_q;
  count_t count_q, more, less;
  always_comb assume (watch_i < 4'(Counters));
  always_comb begin
    more = '0;
    less = '0;
    for (int unsigned r = 0; r < Requesters; r++) begin
      for (int unsigned k = 0; k < 2; k++) begin
        if (raise_i[r] && raised_i[r][k] == watched_q) more = more + 1'b1;
        if (grant[r] && want_i[r][k] == watched_q) less = less + 1'b1;
      end
    end
  end
  logic beyond;
  assign beyond = count_q + more - less >= count_t'(1 << CountBits);
  always_ff @(posedge clk_i) begin
    if (!begun_q) watched_q <= watch_i;
    if (!rst_ni) count_q <= '0;
    else count_q <= beyond ? count_t'((1 << CountBits) - 1) : count_q + more - less;
  end

  // ---- who can be served ----
  function automatic logic can(input logic [1:0][3:0] want, input logic [CountBits-1:0] count[Counters]);
    logic ok;
    ok = 1'b1;
    for (int unsigned c = 0; c < Counters; c++) begin
      if (want[0] == 4'(c) && want[1] == 4'(c) && count[c] < 2) ok = 1'b0;
      if ((want[0] == 4'(c) || want[1] == 4'(c)) && count[c] == 0) ok = 1'b0;
    end
    return ok;
  endfunction
  logic [Requesters-1:0] servable, lowest;
  always_comb begin
    for (int unsigned r = 0; r < Requesters; r++) servable[r] = request_i[r] && can(want_i[r], u_semaphores.count_q);
    lowest = servable & (~servable + 1'b1);
  end

  logic none, any_beyond;
  always_comb begin
    none = 1'b1;
    any_beyond = 1'b0;
    for (int unsigned c = 0; c < Counters; c++) begin
      if (u_semaphores.count_q[c] != 0) none = 1'b0;
      if (u_semaphores.next[c][CountBits]) any_beyond = 1'b1;
    end
  end

  always_comb begin
    if (begun_q) begin
      Watched : assert (watched_q < 4'(Counters));
      CountsAll : assert (count_t'(u_semaphores.count_q[watched_q]) == count_q);
      TakesWhatIsThere : assert (less <= count_q);
      LowestIsServed : assert (grant == lowest);
      SaysZero : assert (zero == none);
      // Whichever counter is watched, its next value's top bit says whether it goes beyond; overflow is any of them.
      KnowsItsRange : assert (u_semaphores.next[watched_q][CountBits] == beyond);
      SaysOverflow : assert (overflow == any_beyond);
    end
  end
endmodule
`default_nettype wire
