/// Holds of the stream what the unpacker's next step needs and no more, for a port of less than a granule a cycle: each granule goes
/// to the place where the step looks for it (granule_window shows the same places), so nothing is chosen or turned. The
/// unpacker's own registers take a step whole, so the next one's granules come while it is worked on.
`default_nettype none
module granule_slots
  import godwit_isa_pkg::*;
  import slice_pkg::*;
(
    input wire clk_i,
    input wire rst_ni,
    input wire granule_t word_i,
    input wire valid_i,
    output logic ready_o,
    output granule_t granules_o[TakeMost],
    input wire [2:0] last_i,  // of the step's granules, shown last; stands until they are taken
    input wire [3:0] want_i,  // granules of the step; stands, too
    output logic [5:0] available_o,
    input wire [3:0] take_i  // all that are there
);
  typedef logic [$clog2(TakeMost)-1:0] slot_t;

  granule_t granules_q[TakeMost];
  logic [3:0] held_q;
  slot_t slot;

  assign ready_o = held_q < want_i;
  assign slot = slot_t'(held_q) - last_i;
  assign granules_o = granules_q;
  assign available_o = 6'(held_q);

  always_ff @(posedge clk_i) begin
    for (int unsigned g = 0; g < TakeMost; g++) begin
      // More than eight: what is taken and not needed.
      if (valid_i && ready_o && slot == slot_t'(g) && held_q < 4'(TakeMost)) granules_q[g] <= word_i;
    end
    if (!rst_ni || take_i != 0) held_q <= '0;
    else held_q <= held_q + 4'(valid_i && ready_o);
  end

`ifndef SYNTHESIS
  TakesAll :
  assert property (@(posedge clk_i) disable iff (!rst_ni) take_i != 0 |-> take_i == want_i && take_i == held_q);
  StepStands :
  assert property (@(posedge clk_i) disable iff (!rst_ni) held_q != 0 |-> $stable(want_i) && $stable(last_i));
`endif
endmodule
`default_nettype wire
