/// Turns eight planes of eight lanes into a byte a lane: wiring. Verilator gets the same as three exchanges of bits in a
/// 64-bit word, because wiring a bit at a time is its slowest way.
`default_nettype none
module transpose8 (
    input  wire  [7:0][7:0] plane_i,  // [plane][lane]
    output logic [7:0][7:0] lane_o    // [lane][plane]
);
`ifdef VERILATOR
  // Each step exchanges the two squares off the diagonal: of 1 x 1, 2 x 2 and 4 x 4 bits.
  function automatic logic [63:0] exchange(input logic [63:0] x, input logic [63:0] mask, input int unsigned distance);
    logic [63:0] both;
    both = (x ^ (x >> distance)) & mask;
    return x ^ both ^ (both << distance);
  endfunction
  assign lane_o = exchange(
      exchange(exchange(plane_i, 64'h00aa_00aa_00aa_00aa, 7), 64'h0000_cccc_0000_cccc, 14), 64'h0000_0000_f0f0_f0f0, 28
  );
`else
  for (genvar p = 0; p < 8; p++) begin : gen_plane
    for (genvar l = 0; l < 8; l++) begin : gen_lane
      assign lane_o[l][p] = plane_i[p][l];
    end
  end
`endif
endmodule
`default_nettype wire
