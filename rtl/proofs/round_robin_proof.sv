/// round_robin: gives to one that asks, whenever one asks; and who asks without pause waits for each other requester at most
/// once.
`default_nettype none
module round_robin_proof #(
    parameter  int unsigned Requesters = 4,
    localparam int unsigned IndexBits  = Requesters > 1 ? $clog2(Requesters) : 1
) (
    input wire                  clk_i,
    input wire                  rst_ni,
    input wire [Requesters-1:0] request_i,
    input wire                  take_i,
    input wire [ IndexBits-1:0] watch_i
);
  typedef logic [31:0] number_t;

  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic [IndexBits-1:0] index;
  logic valid;
  round_robin #(
      .Requesters(Requesters)
  ) u_turn (
      .clk_i,
      .rst_ni,
      .request_i,
      .take_i,
      .valid_o(valid),
      .index_o(index)
  );

  // ---- one requester, whichever, is watched from the reset on ----
  logic [IndexBits-1:0] watched_q;
  number_t others_q;  // times that others were given, since it asks
  logic asks, given;
  assign asks  = request_i[watched_q];
  assign given = valid && take_i;
  always_comb assume (number_t'(watch_i) < Requesters);
  always_ff @(posedge clk_i) begin
    if (!begun_q) watched_q <= watch_i;
    if (!rst_ni || !asks || (given && index == watched_q)) others_q <= '0;
    else others_q <= others_q + number_t'(given);
  end

  // ---- those that come before it after the last one ----
  number_t last, watched, between;
  assign last = number_t'(u_turn.last_q);
  assign watched = number_t'(watched_q);
  assign between = watched > last ? watched - last - 1 : watched + Requesters - last - 1;

  always_comb begin
    if (begun_q) begin
      GivesWhenAsked : assert (valid == (request_i != '0));
      GivesToOneThatAsks : assert (!valid || (number_t'(index) < Requesters && request_i[index]));
      LastIsOne : assert (last < Requesters && watched < Requesters);
      TurnComes : assert (others_q + between < Requesters);
      WaitsOnceForEach : assert (others_q < Requesters);
    end
  end
endmodule
`default_nettype wire
