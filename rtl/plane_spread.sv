/// Puts a plane of few lanes where they belong among the 16 of each row: all of them, two of every four, or one of every
/// four; the others become zero. Which granule a packed plane comes from is the caller's choice. Combinational.
`default_nettype none
module plane_spread
  import godwit_isa_pkg::*;
  import slice_pkg::*;
(
    input  wire beat_e           kind_i,
    input  wire granule_t        full_i,     // the plane as its own granule
    input  wire           [63:0] half_i,     // of N = 2: 8 rows x 8
    input  wire           [31:0] quarter_i,  // of N = 1: 8 rows x 4
    output granule_t             plane_o
);
  always_comb begin
    plane_o = full_i;
    if (kind_i == BeatQuad2) begin
      for (int unsigned i = 0; i < 32; i++) plane_o[i*4+:4] = {2'b00, half_i[i*2+:2]};
    end else if (kind_i == BeatQuad1) begin
      for (int unsigned i = 0; i < 32; i++) plane_o[i*4+:4] = {3'b000, quarter_i[i]};
    end
  end
endmodule
`default_nettype wire
