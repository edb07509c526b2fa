/// granule_slots: the n-th granule of a step is shown at the place n - last, unchanged, until the step is taken; what comes is taken in
/// as long as the step wants more, never for longer, and all that came counts. The ninth is counted and not kept. One granule,
/// whichever `mark_i` points at, is followed.
`default_nettype none
module granule_slots_proof
  import godwit_isa_pkg::*;
  import slice_pkg::*;
(
    input wire                 clk_i,
    input wire                 rst_ni,
    input wire granule_t       word_i,
    input wire                 valid_i,
    input wire           [2:0] last_i,
    input wire           [3:0] want_i,
    input wire                 take_i,
    input wire                 mark_i
);
  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic ready;
  granule_t shown[TakeMost];
  logic [5:0] available;
  logic [3:0] take;
  assign take = take_i ? want_i : '0;
  granule_slots u_slots (
      .clk_i,
      .rst_ni,
      .word_i,
      .valid_i,
      .ready_o    (ready),
      .granules_o (shown),
      .last_i,
      .want_i,
      .available_o(available),
      .take_i     (take)
  );

  // ---- whoever takes: a step stands from its first granule on, and is taken whole ----
  logic [3:0] held_q, want_q;
  logic [2:0] last_q;
  always_ff @(posedge clk_i) begin
    want_q <= want_i;
    last_q <= last_i;
    held_q <= !rst_ni || take != 0 ? '0 : held_q + 4'(valid_i && ready);
  end
  always_comb assume (want_i <= 4'(TakeMost + 1));
  always_comb assume (!begun_q || held_q == 0 || (want_i == want_q && last_i == last_q));
  always_comb assume (!take_i || held_q == want_i);

  // ---- the granule that is followed ----
  logic marked_q;
  logic [3:0] number_q;
  granule_t data_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || take != 0) begin
      marked_q <= 1'b0;
    end else if (!marked_q && mark_i && valid_i && ready && held_q < 4'(TakeMost)) begin
      marked_q <= 1'b1;
      number_q <= held_q;
      data_q   <= word_i;
    end
  end

  logic [2:0] place;
  assign place = 3'(number_q) - last_i;
  always_comb begin
    if (begun_q) begin
      CountsAll : assert (available == 6'(held_q));
      HoldsNoMoreThanAStep : assert (held_q == 0 || held_q <= want_i);
      WantsWhatIsMissing : assert (ready == (held_q < want_i));
      CameBefore : assert (!marked_q || (number_q < held_q && number_q < 4'(TakeMost)));
      IsShownUnchanged : assert (!marked_q || shown[place] == data_q);
    end
  end
endmodule
`default_nettype wire
