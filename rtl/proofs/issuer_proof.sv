/// issuer: a beat is taken once, with the first pass of its last turn, and stands for exactly the passes of its job in each turn; the ring's
/// slots are never oversubscribed and none is lost. The job stands, and has 1 to 16 tokens; a beat stands until it is taken; a block row
/// is drained only after the beat that ends it was issued.
`default_nettype none
module issuer_proof
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Slots = 16,
    parameter int unsigned Turns = 1
) (
    input wire        clk_i,
    input wire        rst_ni,
    input wire job_t  job_i,
    input wire        beat_valid_i,
    input wire beat_t beat_i,
    input wire        row_drained_i
);
  typedef logic [7:0] number_t;

  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  // ---- the job stands from the reset on ----
  job_t job_q;
  always_ff @(posedge clk_i) if (!rst_ni) job_q <= job_i;
  always_comb assume (job_i.tokens >= 5'd1 && job_i.tokens <= 5'(TokensMost));
  logic start_q;
  always_ff @(posedge clk_i) start_q <= !rst_ni;

  logic ready, issue, first_pass, last_pass;
  logic [3:0] pass;
  logic [2:0] turn;
  logic [13:0] chunk;
  place_t place;
  issuer #(
      .Slots(Slots),
      .Turns(Turns)
  ) u_issuer (
      .clk_i,
      .rst_ni,
      .job_i       (job_q),
      .start_i     (start_q),
      .beat_valid_i,
      .beat_i,
      .beat_ready_o(ready),
      .row_drained_i,
      .issue_o     (issue),
      .first_pass_o(first_pass),
      .place_o     (place),
      .last_pass_o (last_pass),
      .turn_o      (turn),
      .pass_o      (pass),
      .read_chunk_o(chunk)
  );

  // ---- beats come when the job has stood for two cycles ----
  logic [1:0] stood_q;
  always_ff @(posedge clk_i) stood_q <= {stood_q[0] && rst_ni, rst_ni};
  always_comb assume (!begun_q || stood_q == 2'b11 || !beat_valid_i);

  number_t slots, passes;
  logic takes, begins, reserves;
  assign slots  = number_t'((job_q.tokens + 5'd1) >> 1);
  assign passes = job_q.two_digits ? number_t'(job_q.tokens) : slots;
  assign takes  = beat_valid_i && ready;

  // ---- passes of the beat that stands ----
  number_t done_q, turn_q;  // passes of this turn that went by, and turns; both 0: none stands
  logic last_turn, waits_q;  // begun and not taken
  beat_t  beat_q;
  place_t place_q;
  assign begins = issue && done_q == 0 && turn_q == 0;
  assign last_turn = turn_q == number_t'(Turns - 1);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) done_q <= '0;
    else if (issue) done_q <= done_q + 1'b1 == passes ? '0 : done_q + 1'b1;
    if (!rst_ni) turn_q <= '0;
    else if (issue && done_q + 1'b1 == passes) turn_q <= last_turn ? '0 : turn_q + 1'b1;
    if (!rst_ni) waits_q <= 1'b0;
    else waits_q <= (begins || waits_q) && !takes;
    beat_q <= beat_i;
    if (begins) place_q <= beat_i.place;
  end
  always_comb assume (!waits_q || (beat_valid_i && beat_i == beat_q));

  // ---- block rows that have slots ----
  number_t rows_q;
  assign reserves = begins && beat_i.place.last_in_row;
  always_ff @(posedge clk_i) rows_q <= rst_ni ? rows_q + number_t'(reserves) - number_t'(row_drained_i) : '0;
  always_comb assume (!row_drained_i || rows_q != 0);

  always_comb begin
    if (begun_q) begin
      JobIsOne : assert (job_q.tokens >= 5'd1 && job_q.tokens <= 5'(TokensMost));
      SlotsAreCounted : assert (number_t'(u_issuer.used_q) == 8'(rows_q * slots));
      NothingBeforeItStands : assert (stood_q == 2'b11 || (done_q == 0 && turn_q == 0 && rows_q == 0 && !waits_q));
      KnowsTheJob :
      assert (!stood_q[0] || (number_t'(u_issuer.row_slots_q) == slots &&
              number_t'(u_issuer.last_pass_q) + 1'b1 == passes));
      KnowsItsRoom : assert (stood_q != 2'b11 || u_issuer.full_q == (8'(rows_q * slots) + slots > number_t'(Slots)));
      SlotsAreThere : assert (rows_q <= number_t'(Slots) && 8'(rows_q * slots) <= number_t'(Slots));
      PassesInOrder : assert (number_t'(pass) == done_q && done_q < passes);
      TurnsInOrder : assert (number_t'(turn) == turn_q && turn_q < number_t'(Turns));
      WaitsUntilItsLastTurn :
      assert (waits_q == (turn_q != 0 && (!last_turn || done_q == 0) || turn_q == 0 && !last_turn && done_q != 0));
      StandsAsItBegan : assert (!waits_q || beat_q.place == place_q);
      KnowsItsTake : assert (Turns == 1 || u_issuer.takes_q == (done_q == 0 && last_turn));
      TakesAtItsLastTurn : assert (takes == (issue && done_q == 0 && last_turn));
      FirstAndLast :
      assert (!stood_q[0] || (first_pass == (done_q == 0) && last_pass == (done_q + 1'b1 == passes && last_turn)));
      GoesOnToItsLast : assert ((done_q == 0 && turn_q == 0) || (issue && place == place_q));
      IssuesWhatIsThere : assert (!begins || (beat_valid_i && place == beat_i.place));
      WaitsOnlyForRoom :
      assert (issue || !beat_valid_i ||
              (beat_i.place.last_in_row && number_t'(u_issuer.used_q) + slots > number_t'(Slots)));
    end
  end
endmodule
`default_nettype wire
