/// The slice's copy of the activations: four banks by input block mod 4, so that a chunk of 64 inputs is read a cycle, and
/// the scales of a row of chunks at the row's first chunk. Neighbouring words are written at once; a read answers a cycle later.
`default_nettype none
module activation_memory
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Chunks = 1024,
    parameter int unsigned Words  = 1      // at once: 1, 2 or 4
) (
    input  wire                     clk_i,
    // words from chunk x 4 + bank on, a multiple of `Words`
    input  wire                     write_i,
    input  wire         [     15:0] write_word_i,
    input  wire word_t  [Words-1:0] write_data_i,
    // scales of one token (A15) or two (A8)
    input  wire                     write_scales_i,
    input  wire         [     13:0] write_scales_chunk_i,
    input  wire scale_t [      1:0] write_scales_data_i,
    // lanes
    input  wire         [     13:0] read_chunk_i,
    output word_t                   read_data_o         [ChunkBlocks],
    // requantise
    input  wire         [     13:0] read_scales_chunk_i,
    output scale_t      [      1:0] read_scales_data_o
);
  localparam int unsigned AddressBits = $clog2(Chunks);

  for (genvar b = 0; b < ChunkBlocks; b++) begin : gen_bank
    word_t bank_q[Chunks];
    always_ff @(posedge clk_i) begin
      if (write_i && write_word_i[1:0] == 2'(b / Words * Words)) begin
        bank_q[write_word_i[2+:AddressBits]] <= write_data_i[b%Words];
      end
      read_data_o[b] <= bank_q[read_chunk_i[AddressBits-1:0]];
    end
  end

  scale_t [1:0] scales_q[Chunks];
  always_ff @(posedge clk_i) begin
    if (write_scales_i) scales_q[write_scales_chunk_i[AddressBits-1:0]] <= write_scales_data_i;
    read_scales_data_o <= scales_q[read_scales_chunk_i[AddressBits-1:0]];
  end

  initial begin
    assert (Chunks == 1 << AddressBits && Chunks <= 16384 && Words inside {1, 2, 4});
  end
endmodule
`default_nettype wire
