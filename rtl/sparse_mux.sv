/// Gives every lane of every chain its input: first a choice of block for each four lanes, shared by all rows, then one
/// input of 16 by the lane's own index. Combinational.
`default_nettype none
module sparse_mux
  import godwit_isa_pkg::*;
  import slice_pkg::*;
(
    input  wire word_t             chunk_i [ChunkBlocks],
    input  wire beat_e             kind_i,
    input  wire              [1:0] block_i,
    input  wire lane_index_t       index_i [       Rows][Lanes],
    output digits_t                digits_o[       Rows][Lanes]
);
  localparam int unsigned Quarter = Lanes / ChunkBlocks;

  digits_t chosen[ChunkBlocks][Lanes];

  always_comb begin
    for (int unsigned q = 0; q < ChunkBlocks; q++) begin
      logic [1:0] which;
      unique case (kind_i)
        BeatSingle: which = block_i;
        BeatPair: which = {block_i[1], 1'(q / 2)};
        default: which = 2'(q);
      endcase
      for (int unsigned i = 0; i < Lanes; i++) chosen[q][i] = chunk_i[which].digits[i];
    end
    for (int unsigned r = 0; r < Rows; r++) begin
      for (int unsigned l = 0; l < Lanes; l++) digits_o[r][l] = chosen[l/Quarter][index_i[r][l]];
    end
  end
endmodule
`default_nettype wire
