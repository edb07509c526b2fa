/// Gives every lane of every chain its input: first a choice of block for each four lanes, shared by all rows, then one
/// input of 16 by the lane's own index. Of a single block a lane has its own input, of a pair the n-th of a half one of nine
/// (places rise); so some inputs have fewer blocks to choose from. Combinational. Packed from the highest down, so that an index
/// chooses as it is: four look-up tables of six inputs a bit and the multiplexers behind them.
`default_nettype none
module sparse_mux
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Chains = Rows
) (
    input  wire word_t             chunk_i [ChunkBlocks],
    input  wire beat_e             kind_i,
    input  wire              [1:0] block_i,
    input  wire lane_index_t       index_i [     Chains][Lanes],
    output digits_t                digits_o[     Chains][Lanes]
);
  localparam int unsigned Quarter = Lanes / ChunkBlocks;
  typedef digits_t [Lanes-1:0] block_t;

  block_t [ChunkBlocks-1:0] block;
  for (genvar b = 0; b < ChunkBlocks; b++) begin : gen_block
    assign block[b] = chunk_i[b].digits;
  end

  for (genvar q = 0; q < ChunkBlocks; q++) begin : gen_quarter
    localparam int unsigned First = q % 2 * Quarter;  // of a pair's places
    logic [1:0] which, of_pair;
    block_t chosen;
    assign of_pair = kind_i == BeatPair ? {block_i[1], 1'(q / 2)} : 2'(q);
    assign which   = kind_i == BeatSingle ? block_i : of_pair;
    for (genvar i = 0; i < Lanes; i++) begin : gen_input
      if (i / Quarter == q) begin : gen_every
        assign chosen[i] = block[which][i];
      end else if (i >= First && i < First + 12) begin : gen_sparse
        assign chosen[i] = block[of_pair][i];
      end else begin : gen_quad
        assign chosen[i] = block[q][i];
      end
    end
    for (genvar r = 0; r < Chains; r++) begin : gen_row
      for (genvar l = q * Quarter; l < (q + 1) * Quarter; l++) begin : gen_lane
        assign digits_o[r][l] = chosen[index_i[r][l]];
      end
    end
  end
endmodule
`default_nettype wire
