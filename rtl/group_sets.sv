/// Sets of group parameters that wait for their groups, whole when the last of their granules has come. The first four may come with
/// the beat before; so one more of them may wait, and they are never refused.
`default_nettype none
module group_sets
  import slice_pkg::*;
#(
    parameter int unsigned Sets = 4
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
    input  wire granule_t [3:0] four_i,
    input  wire                 four_valid_i,
    input  wire granule_t       last_i,
    input  wire                 valid_i,
    output logic                ready_o,
    output group_set_t          set_o,
    output logic                valid_o,
    input  wire                 ready_i
);
  granule_t [3:0] four;
  granule_t last;
  logic four_valid, four_ready;
  fifo #(
      .T(granule_t[3:0]),
      .Depth(2 * Sets)
  ) u_fours (
      .clk_i,
      .rst_ni,
      .data_i (four_i),
      .valid_i(four_valid_i),
      .ready_o(four_ready),
      .data_o (four),
      .valid_o(four_valid),
      .ready_i
  );
  fifo #(
      .T(granule_t),
      .Depth(Sets)
  ) u_lasts (
      .clk_i,
      .rst_ni,
      .data_i(last_i),
      .valid_i,
      .ready_o,
      .data_o(last),
      .valid_o,
      .ready_i
  );
  assign set_o = {last, four};

`ifndef SYNTHESIS
  FoursHaveRoom :
  assert property (@(posedge clk_i) disable iff (!rst_ni) four_valid_i |-> four_ready);
  SetsAreWhole :
  assert property (@(posedge clk_i) disable iff (!rst_ni) valid_o |-> four_valid);
`endif
endmodule
`default_nettype wire
