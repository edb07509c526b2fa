/// granule_window: granules are shown in the order in which they came, each once, unchanged, however many are taken at a time; a
/// word is refused only while it has no place. One granule, whichever `mark_i` points at, is followed on its way. No more is
/// taken than there is.
`default_nettype none
module granule_window_proof
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter  int unsigned WordGranules = 4,
    localparam int unsigned LaneBits     = WordGranules > 1 ? $clog2(WordGranules) : 1
) (
    input wire                              clk_i,
    input wire                              rst_ni,
    input wire granule_t [WordGranules-1:0] word_i,
    input wire                              valid_i,
    input wire           [             2:0] take_i,
    input wire                              mark_i,
    input wire           [    LaneBits-1:0] lane_i
);
  localparam int unsigned Words = (TakeMost + 2 * WordGranules - 2) / WordGranules;
  typedef logic [7:0] number_t;

  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic ready;
  granule_t shown[TakeMost];
  logic [3:0] available;
  granule_window #(
      .WordGranules(WordGranules)
  ) u_window (
      .clk_i,
      .rst_ni,
      .word_i,
      .valid_i,
      .ready_o    (ready),
      .granules_o (shown),
      .available_o(available),
      .take_i
  );
  always_comb assume (take_i <= 3'(TakeMost) && 4'(take_i) <= available);
  always_comb assume (number_t'(lane_i) < WordGranules);

  // ---- how many there are, counted once more ----
  number_t held_q, kept;
  logic push;
  assign push = valid_i && ready;
  assign kept = held_q - number_t'(take_i);
  always_ff @(posedge clk_i) held_q <= rst_ni ? kept + (push ? number_t'(WordGranules) : '0) : '0;

  // ---- the granule that is followed ----
  logic marked_q;
  number_t ahead_q;
  granule_t data_q;
  always_ff @(posedge clk_i) begin
    if (marked_q) begin
      ahead_q <= ahead_q - number_t'(take_i);
      if (number_t'(take_i) > ahead_q) marked_q <= 1'b0;
    end else begin
      marked_q <= push && mark_i;
      ahead_q  <= kept + number_t'(lane_i);
      data_q   <= word_i[lane_i];
    end
    if (!rst_ni) marked_q <= 1'b0;
  end

  // ---- where it lies ----
  number_t offset, words, place;
  granule_t there;
  assign offset = number_t'(u_window.offset_q);
  assign words  = number_t'(u_window.words_q);
  assign place  = offset + ahead_q;
  always_comb begin
    there = '0;
    for (int unsigned w = 0; w < Words; w++) begin
      for (int unsigned g = 0; g < WordGranules; g++) begin
        if (place == number_t'(w * WordGranules + g)) there = u_window.word_q[w][g];
      end
    end
  end
  granule_t seen;
  always_comb begin
    seen = '0;
    for (int unsigned g = 0; g < TakeMost; g++) if (ahead_q == number_t'(g)) seen = shown[g];
  end

  always_comb begin
    if (begun_q) begin
      WordsAreInside : assert (words <= number_t'(Words) && offset < number_t'(WordGranules));
      CountsWhatItHolds : assert (held_q + offset == words * number_t'(WordGranules) && number_t'(available) == held_q);
      IsStillThere : assert (!marked_q || ahead_q < held_q);
      IsUnchanged : assert (!marked_q || there == data_q);
      IsShown : assert (!marked_q || ahead_q >= number_t'(TakeMost) || seen == data_q);
      RefusesOnlyWhenFull : assert (ready || kept > number_t'((Words - 1) * WordGranules));
      MostCanBeTaken : assert (ready || number_t'(available) >= number_t'(TakeMost));
    end
  end
endmodule
`default_nettype wire
