/// The reduction node in the form of a part, or rtl/'s own, its rows in words.
`default_nettype none
module reduction_parts
  import godwit_isa_pkg::*;
  import slice_pkg::*;
(
    input  wire                               clk_i,
    input  wire                               two_digits_i,
    input  wire              [Rows-1:0][19:0] group_i,
    input  wire              [Rows-1:0][21:0] hi_i,
    input  wire              [Rows-1:0][21:0] lo_i,
    input  wire logic signed [    14:0]       inputs_hi_i,
    input  wire logic signed [    14:0]       inputs_lo_i,
    input  wire                               first_i,
    input  wire                               odd_i,
    input  wire              [Rows-1:0][47:0] total_even_i,
    input  wire              [Rows-1:0][47:0] total_odd_i,
    output logic             [Rows-1:0][47:0] total_even_o,
    output logic             [Rows-1:0][47:0] total_odd_o
);
  logic signed [21:0] hi[Rows], lo[Rows];
  logic signed [SumBits-1:0] total_in[2][Rows], total_out[2][Rows];
  always_comb begin
    for (int unsigned r = 0; r < Rows; r++) begin
      hi[r] = hi_i[r];
      lo[r] = lo_i[r];
      total_in[0][r] = total_even_i[r];
      total_in[1][r] = total_odd_i[r];
      total_even_o[r] = total_out[0][r];
      total_odd_o[r] = total_out[1][r];
    end
  end
  reduction_node u_node (
      .clk_i,
      .two_digits_i,
      .group_i,
      .hi_i(hi),
      .lo_i(lo),
      .inputs_hi_i,
      .inputs_lo_i,
      .first_i,
      .odd_i,
      .total_i(total_in),
      .total_o(total_out)
  );
endmodule
`default_nettype wire
