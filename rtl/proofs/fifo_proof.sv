/// fifo: what went in comes out once, unchanged and in order; what is on show stands until it is taken; it says no only when
/// it is full or empty. One entry, whichever `mark_i` points at, is followed on its way.
`default_nettype none
module fifo_proof #(
    parameter int unsigned Depth = 4,
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
  fifo #(
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

  // ---- where the entries lie: what the induction needs to know ----
  number_t read, write, place;
  assign read  = number_t'(u_fifo.read_q);
  assign write = number_t'(u_fifo.write_q);
  assign place = read + ahead_q < Depth ? read + ahead_q : read + ahead_q - Depth;

  always_comb begin
    if (begun_q) begin
      CountsWhatItHolds : assert (number_t'(u_fifo.count_q) == held_q && held_q <= Depth);
      PlacesAreInside : assert (read < Depth && write < Depth);
      EntriesLieTogether : assert (write == (read + held_q < Depth ? read + held_q : read + held_q - Depth));
      FullSaysNo : assert (ready == (held_q != Depth));
      EmptySaysNo : assert (valid == (held_q != 0));
      StandsUntilTaken : assert (!waited_q || (valid && shown == shown_q));
      IsStillThere : assert (!marked_q || ahead_q < held_q);
      IsUnchanged : assert (!marked_q || u_fifo.memory_q[place] == data_q);
      ComesOut : assert (!marked_q || ahead_q != 0 || shown == data_q);
    end
  end
endmodule
`default_nettype wire
