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
  always_ff @(posedge clk_i) begin
    if (!begun_q) watched_q <= watch_i;
    if (!rst_ni) count_q <= '0;
    else count_q <= count_q + more - less;
  end
  // After an overflow control aborts, which is a reset.
  logic overflow_q = 1'b0;
  always_ff @(posedge clk_i) overflow_q <= overflow;
  always_comb assume (!overflow_q || !rst_ni);

  // ---- who can be served ----
  count_t count[Counters];
  always_comb begin
    for (int unsigned c = 0; c < Counters; c++) begin
      count[c] = count_t'(u_semaphores.count_q[c]) - count_t'(u_semaphores.down_q[c]);
    end
  end
  function automatic logic can(input logic [1:0][3:0] want, input count_t there[Counters]);
    logic ok;
    ok = 1'b1;
    for (int unsigned c = 0; c < Counters; c++) begin
      if (want[0] == 4'(c) && want[1] == 4'(c) && there[c] < 2) ok = 1'b0;
      if ((want[0] == 4'(c) || want[1] == 4'(c)) && there[c] == 0) ok = 1'b0;
    end
    return ok;
  endfunction
  logic [Requesters-1:0] servable, lowest;
  always_comb begin
    for (int unsigned r = 0; r < Requesters; r++) servable[r] = request_i[r] && can(want_i[r], count);
    lowest = servable & (~servable + 1'b1);
  end

  logic none, any_beyond, any_less;
  always_comb begin
    none = 1'b1;
    any_beyond = 1'b0;
    any_less = 1'b0;
    for (int unsigned c = 0; c < Counters; c++) begin
      if (count[c] != 0) none = 1'b0;
      if (count[c] >= count_t'(1 << CountBits) && u_semaphores.count_q[c] >= u_semaphores.down_q[c]) any_beyond = 1'b1;
      if (u_semaphores.count_q[c] < u_semaphores.down_q[c]) any_less = 1'b1;
    end
  end

  always_comb begin
    if (begun_q) begin
      Watched : assert (watched_q < 4'(Counters));
      CountsAll : assert (count[watched_q] == count_q);
      TakesWhatIsThere : assert (u_semaphores.down_q[watched_q] <= u_semaphores.count_q[watched_q] && less <= count_q);
      KnowsItsRange : assert (count_q < count_t'((1 << CountBits) + (overflow_q ? 4 : 2) * Requesters));
      // Whichever counter is watched takes no more than is there; of all of them:
      if (!any_less) begin
        LowestIsServed : assert (grant == lowest);
        SaysZero : assert (zero == none);
        SaysOverflow : assert (overflow == any_beyond);
      end
    end
  end
endmodule
`default_nettype wire
