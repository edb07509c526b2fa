/// granule_window: granules are shown in the order in which they came, each once, unchanged, however many are taken at a time; a
/// word is refused only while it has no place, the second of a cycle also where the first does not come. One granule, whichever
/// `mark_i` and `lane_i` point at, is followed on its way. No more is taken than there is.
`default_nettype none
module granule_window_proof
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned WordGranules = 4,
    parameter int unsigned Ways         = 2
) (
    input wire                                        clk_i,
    input wire                                        rst_ni,
    input wire granule_t [Ways-1:0][WordGranules-1:0] word_i,
    input wire           [Ways-1:0]                   valid_i,
    input wire           [     3:0]                   take_i,
    input wire           [     2:0]                   last_i,
    input wire                                        mark_i,
    input wire           [     2:0]                   lane_i
);
  localparam int unsigned Banks = 8;
  localparam int unsigned Depth = 4;
  localparam int unsigned Held = Banks * Depth;
  typedef logic [7:0] number_t;

  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic [Ways-1:0] ready;
  granule_t shown[TakeMost];
  logic [5:0] available;
  granule_window #(
      .WordGranules(WordGranules),
      .Ways        (Ways)
  ) u_window (
      .clk_i,
      .rst_ni,
      .word_i,
      .valid_i,
      .ready_o    (ready),
      .granules_o (shown),
      .last_i,
      .available_o(available),
      .take_i
  );
  always_comb assume (take_i <= 4'(TakeMost + 1) && 6'(take_i) <= available);

  // ---- how many there are, and whose turn it is, counted once more ----
  logic turn_q, first, second;
  number_t held_q, kept, come;
  assign first  = valid_i[turn_q] && ready[turn_q];
  assign second = Ways == 2 && valid_i[Ways-1-32'(turn_q)] && ready[Ways-1-32'(turn_q)];
  assign come   = (number_t'(first) + number_t'(second)) * number_t'(WordGranules);
  assign kept   = held_q - number_t'(take_i);
  always_ff @(posedge clk_i) begin
    held_q <= rst_ni ? kept + come : '0;
    turn_q <= rst_ni && Ways == 2 && (turn_q ^ first ^ second);
  end

  // ---- the granule that is followed ----
  logic marked_q;
  number_t ahead_q, lane;
  granule_t data_q;
  assign lane = number_t'(lane_i) % number_t'(WordGranules);
  always_ff @(posedge clk_i) begin
    if (marked_q) begin
      ahead_q <= ahead_q - number_t'(take_i);
      if (number_t'(take_i) > ahead_q) marked_q <= 1'b0;
    end else begin
      marked_q <= mark_i && number_t'(lane_i) < come;
      ahead_q  <= kept + number_t'(lane_i);
      data_q   <= word_i[turn_q^(number_t'(lane_i)>=number_t'(WordGranules))][lane];
    end
    if (!rst_ni) marked_q <= 1'b0;
  end

  // ---- where it lies ----
  number_t  place;
  granule_t there;
  granule_t memory[Banks][Depth];
  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    for (genvar d = 0; d < Depth; d++) begin : gen_row
      assign memory[b][d] = u_window.gen_bank[b].memory_q[d];
    end
  end
  assign place = (number_t'(u_window.read_q) + ahead_q) % number_t'(Held);
  always_comb begin
    there = '0;
    for (int unsigned b = 0; b < Banks; b++) begin
      for (int unsigned d = 0; d < Depth; d++) if (place == number_t'(d * Banks + b)) there = memory[b][d];
    end
  end
  granule_t seen;
  always_comb begin
    seen = '0;
    for (int unsigned g = 0; g < TakeMost; g++) begin
      if (ahead_q == (number_t'(g) + number_t'(last_i)) % number_t'(TakeMost)) seen = shown[g];
    end
  end

  always_comb begin
    if (begun_q) begin
      CountsWhatItHolds :
      assert (held_q <= number_t'(Held) && number_t'(available) == held_q &&
              (number_t'(u_window.read_q) + held_q) % number_t'(Held) == number_t'(u_window.written_q));
      WordsAreWhole : assert (number_t'(u_window.written_q) % number_t'(WordGranules) == 0);
      KnowsTheTurn : assert (u_window.turn == turn_q);
      SecondBehindFirst : assert (!second || first);
      IsStillThere : assert (!marked_q || ahead_q < held_q);
      IsUnchanged : assert (!marked_q || there == data_q);
      IsShown : assert (!marked_q || ahead_q >= number_t'(TakeMost) || seen == data_q);
      RefusesOnlyWhenFull : assert (ready[turn_q] || held_q > number_t'(Held - WordGranules));
      TakesTwo : assert (Ways == 1 || !first || ready == '1 || held_q > number_t'(Held - 2 * WordGranules));
    end
  end
endmodule
`default_nettype wire
