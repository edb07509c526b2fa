/// Turns the granules of a beat into a signed code and an input's index for each lane: wiring, a sign fill, and for N = 8
/// the rank of each bit of a bitmap. Combinational.
`default_nettype none
module beat_decoder
  import godwit_isa_pkg::*;
  import slice_pkg::*;
(
    input  wire beat_t                          beat_i,
    input  wire  [3:0]                          bits_i,
    output logic [Rows-1:0][Lanes-1:0][7:0]     code_o,
    output logic [Rows-1:0][Lanes-1:0][3:0]     index_o
);
  localparam int unsigned Quarter = Lanes / ChunkBlocks;

  // One bit of the number of a lane: full planes, or planes of two or one lanes a block packed into fewer granules.
  function automatic logic bit_of(input logic [7:0][GranuleBits-1:0] granule, input kind_e kind, input int unsigned plane,
                                  input int unsigned row, input int unsigned lane);
    unique case (kind)
      KindQuad2:
      return lane % Quarter < 2 ? granule[plane/2][plane%2*64+row*8+lane/Quarter*2+lane%2] : 1'b0;
      KindQuad1: return lane % Quarter < 1 ? granule[plane/4][plane%4*32+row*4+lane/Quarter] : 1'b0;
      default: return granule[plane][row*Lanes+lane];
    endcase
  endfunction

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

  always_comb begin
    for (int unsigned r = 0; r < Rows; r++) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        logic [7:0] stored;
        for (int unsigned b = 0; b < 8; b++) stored[b] = bit_of(beat_i.planes, beat_i.kind, b, r, l);
        for (int unsigned b = 0; b < 8; b++) begin
          code_o[r][l][b] = b < 32'(bits_i) ? stored[b] : stored[3'(bits_i-4'd1)];
        end
      end
    end
  end

  always_comb begin
    for (int unsigned r = 0; r < Rows; r++) begin
      for (int unsigned l = 0; l < Lanes; l++) index_o[r][l] = 4'(l);
      if (beat_i.kind == KindPair) begin
        index_o[r] = {set_bits(beat_i.positions[1][r*Lanes+:Lanes]), set_bits(beat_i.positions[0][r*Lanes+:Lanes])};
      end else if (beat_i.kind != KindSingle) begin
        for (int unsigned l = 0; l < Lanes; l++) begin
          for (int unsigned b = 0; b < 4; b++) begin
            index_o[r][l][b] = bit_of({512'd0, beat_i.positions}, beat_i.kind, b, r, l);
          end
        end
      end
    end
  end
endmodule
`default_nettype wire
