/// Turns the granules of a beat into a signed code and an input's index for each lane: wiring, a sign fill, and for N = 8
/// the rank of each bit of a bitmap. Combinational.
`default_nettype none
module beat_decoder
  import godwit_isa_pkg::*;
  import slice_pkg::*;
(
    input  wire beat_e          kind_i,
    input  wire           [3:0] bits_i,
    input  wire granule_t       positions_i[   4],
    input  wire granule_t       planes_i   [   8],
    output code_t               code_o     [Rows][Lanes],
    output lane_index_t         index_o    [Rows][Lanes]
);
  // ---- planes of all 128 lanes ----
  granule_t code_plane[8], code_filled[8], index_plane[8];
  for (genvar p = 0; p < 8; p++) begin : gen_code_plane
    plane_spread u_spread (
        .kind_i,
        .full_i   (planes_i[p]),
        .half_i   (planes_i[p/2][p%2*64+:64]),
        .quarter_i(planes_i[p/4][p%4*32+:32]),
        .plane_o  (code_plane[p])
    );
  end
  for (genvar p = 0; p < 4; p++) begin : gen_index_plane
    plane_spread u_spread (
        .kind_i,
        .full_i   (positions_i[p]),
        .half_i   (positions_i[p/2][p%2*64+:64]),
        .quarter_i(positions_i[p/4][p%4*32+:32]),
        .plane_o  (index_plane[p])
    );
    assign index_plane[p+4] = '0;
  end

  // A block of 8 bits that has a cycle for itself lies in bytes, all rows of an input side by side.
  logic in_bytes;
  assign in_bytes = kind_i == BeatSingle && bits_i == 4'd8;

  granule_t sign;
  assign sign = code_plane[3'(bits_i-4'd1)];
  always_comb begin
    for (int unsigned p = 0; p < 8; p++) code_filled[p] = p < 32'(bits_i) ? code_plane[p] : sign;
  end

  // The places of the eight set bits of a bitmap, in rising order.
  function automatic logic [7:0][3:0] set_bits(input logic [Lanes-1:0] bitmap);
    logic [7:0][3:0] places;
    logic [4:0] rank;
    places = '0;
    rank   = '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (bitmap[i]) begin
        if (!rank[3]) places[rank[2:0]] = 4'(i);
        rank = rank + 1'b1;
      end
    end
    return places;
  endfunction

  // ---- numbers of eight lanes ----
  for (genvar r = 0; r < Rows; r++) begin : gen_row
    for (genvar h = 0; h < 2; h++) begin : gen_half
      localparam int unsigned First = r * Lanes + h * 8;
      logic [7:0][7:0] code_planes, codes, index_planes, indices;
      for (genvar p = 0; p < 8; p++) begin : gen_plane
        assign code_planes[p]  = code_filled[p][First+:8];
        assign index_planes[p] = index_plane[p][First+:8];
      end
      transpose8 u_codes (
          .plane_i(code_planes),
          .lane_o (codes)
      );
      transpose8 u_indices (
          .plane_i(index_planes),
          .lane_o (indices)
      );
      always_comb begin
        logic [7:0][3:0] places;
        places = '0;
        if (kind_i == BeatPair) places = set_bits(positions_i[h][r*Lanes+:Lanes]);
        if (in_bytes) begin
          for (int unsigned l = 0; l < 8; l++) code_o[r][h*8+l] = code_t'(planes_i[h*4+l/2][l%2*64+r*8+:8]);
        end else begin
          for (int unsigned l = 0; l < 8; l++) code_o[r][h*8+l] = code_t'(codes[l]);
        end
        unique case (kind_i)
          BeatSingle: for (int unsigned l = 0; l < 8; l++) index_o[r][h*8+l] = 4'(h * 8 + l);
          BeatPair: for (int unsigned l = 0; l < 8; l++) index_o[r][h*8+l] = places[l];
          default: for (int unsigned l = 0; l < 8; l++) index_o[r][h*8+l] = indices[l][3:0];
        endcase
      end
    end
  end
endmodule
`default_nettype wire
