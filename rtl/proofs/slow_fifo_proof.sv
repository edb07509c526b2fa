/// slow_fifo: what went in comes out once, unchanged and in order; what is on show stands until it is taken; it never says yes when
/// it is full or empty. One entry, whichever `mark_i` points at, is followed on its way; while nothing is taken the oldest one is
/// on show after Depth cycles.
`default_nettype none
module slow_fifo_proof #(
    parameter int unsigned Depth = 3,
    parameter int unsigned Bits  = 4
) (
    input wire            clk_i,
    input wire            rst_ni,
    input wire [Bits-1:0] data_i,
    input wire            valid_i,
    input wire            ready_i,
    input wire            mark_i
);
  typedef logic [Bits-1:0] data_t;
  typedef logic [31:0] number_t;

  logic begun_q = 1'b0;  // it was reset
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  data_t shown;
  logic ready, valid;
  slow_fifo #(
      .T    (data_t),
      .Depth(Depth)
  ) u_fifo (
      .clk_i,
      .rst_ni,
      .data_i,
      .valid_i,
      .ready_o(ready),
      .data_o (shown),
      .valid_o(valid),
      .ready_i
  );
  logic push, pop;
  assign push = valid_i && ready;
  assign pop  = valid && ready_i;

  // ---- how many there are, counted once more ----
  number_t held_q;
  always_ff @(posedge clk_i) held_q <= rst_ni ? held_q + number_t'(push) - number_t'(pop) : '0;

  // ---- the entry that is followed ----
  logic marked_q;
  number_t ahead_q;  // entries before it
  data_t data_q;
  always_ff @(posedge clk_i) begin
    if (marked_q) begin
      ahead_q <= ahead_q - number_t'(pop);
      if (pop && ahead_q == 0) marked_q <= 1'b0;
    end else begin
      marked_q <= push && mark_i;
      ahead_q  <= held_q - number_t'(pop);
      data_q   <= data_i;
    end
    if (!rst_ni) marked_q <= 1'b0;
  end

  // ---- what was on show ----
  logic  waited_q;
  data_t shown_q;
  always_ff @(posedge clk_i) begin
    waited_q <= rst_ni && valid && !ready_i;
    shown_q  <= shown;
  end

  // ---- for how long something was there and nothing on show ----
  number_t hidden_q;
  always_ff @(posedge clk_i) hidden_q <= rst_ni && held_q != 0 && !valid ? hidden_q + 1 : '0;

  // ---- where the entries lie: what the induction needs to know ----
  number_t held, first;
  data_t followed;
  always_comb begin
    held = '0;
    first = Depth;
    followed = data_q;
    for (int unsigned i = 0; i < Depth; i++) begin
      if (u_fifo.valid_q[i]) begin
        if (held == 0) first = i;
        if (held == ahead_q) followed = u_fifo.stage_q[i];
        held += 1;
      end
    end
  end

  always_comb begin
    if (begun_q) begin
      CountsWhatItHolds : assert (held == held_q);
      FullSaysNo : assert (held_q != Depth || !ready);
      EmptySaysNo : assert (held_q != 0 || !valid);
      StandsUntilTaken : assert (!waited_q || (valid && shown == shown_q));
      IsStillThere : assert (!marked_q || ahead_q < held_q);
      IsUnchanged : assert (!marked_q || followed == data_q);
      ComesOut : assert (!marked_q || ahead_q != 0 || !valid || shown == data_q);
      ComesNear : assert (held_q == 0 || valid || hidden_q + first < Depth);
    end
  end
endmodule
`default_nettype wire
