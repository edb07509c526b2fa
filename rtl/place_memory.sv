/// A value for each place, read where it will be needed in the next cycle, so that it may lie in block RAM. What is read of a place
/// that is written in the same cycle is undefined: nobody may use it.
`default_nettype none
module place_memory #(
    parameter  type         T         = logic,
    parameter  int unsigned Places    = 16,
    localparam int unsigned PlaceBits = $clog2(Places)
) (
    input  wire                   clk_i,
    input  wire                   next_read_i,    // without it data_o stays as it is
    input  wire                   next_zero_i,    // instead
    input  wire   [PlaceBits-1:0] next_place_i,
    output T                      data_o,
    input  wire                   write_i,
    input  wire   [PlaceBits-1:0] write_place_i,
    input  wire T                 data_i
);
  T value_q[Places];
  always_ff @(posedge clk_i) begin
    if (write_i) value_q[write_place_i] <= data_i;
    if (next_read_i) data_o <= value_q[next_place_i];
    if (next_zero_i) data_o <= '0;
  end
endmodule
`default_nettype wire
