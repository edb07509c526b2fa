/// All multipliers of a slice: the sparse mux, a register, and a chain a row. Sums of 16 lanes come CascadeLatency + 2 cycles
/// after their pass; a pass that is not valid gives whatever was there before. It does not know groups.
`default_nettype none
module lanes
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned CascadeLatency = 8,
    parameter int unsigned Chains         = Rows
) (
    input  wire                    clk_i,
    input  wire                    valid_i,                      // weights and inputs of a pass stand
    input  wire beat_e             kind_i,
    input  wire              [1:0] block_i,
    input  wire code_t             code_i [     Chains][Lanes],
    input  wire lane_index_t       index_i[     Chains][Lanes],
    input  wire word_t             chunk_i[ChunkBlocks],
    output chain_sum_t             hi_o   [     Chains],
    output chain_sum_t             lo_o   [     Chains]
);
`ifdef GODWIT_QUICK
  // In a simulation: a digit pair as one number of 64 bits, hi above lo, so that a lane is one product; only for a pass that
  // is valid; and a ring of sums in place of what moves through the chains.
  localparam int unsigned Cycles = CascadeLatency + 2;
  localparam int unsigned Quarter = Lanes / ChunkBlocks;
  typedef logic signed [63:0] both_t;
  function automatic void multiply(input beat_e kind, input logic [1:0] block, input code_t code[Chains][Lanes],
                                   input lane_index_t index[Chains][Lanes], input word_t chunk[ChunkBlocks],
                                   output both_t sum[Chains]);
    both_t chosen[ChunkBlocks][Lanes];
    logic [ChunkBlocks-1:0][1:0] which;
    logic [ChunkBlocks-1:0] used;
    used = '0;
    for (int unsigned q = 0; q < ChunkBlocks; q++) begin
      which[q] = kind == BeatSingle ? block : kind == BeatPair ? {block[1], 1'(q / 2)} : 2'(q);
      used[which[q]] = 1'b1;
    end
    // Signs by what is added to make them positive and taken away again.
    for (int unsigned b = 0; b < ChunkBlocks; b++) begin
      if (used[b]) begin
        for (int unsigned i = 0; i < Lanes; i++) begin
          chosen[b][i] = {24'b0, chunk[b].digits[i].hi ^ 8'h80, 24'b0, chunk[b].digits[i].lo ^ 8'h80};
          chosen[b][i] -= 64'h80_0000_0080;
        end
      end
    end
    for (int unsigned r = 0; r < Chains; r++) begin
      sum[r] = '0;
      for (int unsigned l = 0; l < Lanes; l++) begin
        sum[r] += both_t'({56'b0, code[r][l] ^ 8'h80} - 64'h80) * chosen[which[l/Quarter]][index[r][l]];
      end
    end
  endfunction

  int unsigned at_q;  // wherever it begins
  both_t sum_q[Cycles][Chains];
  always_ff @(posedge clk_i) begin
    at_q <= at_q >= Cycles - 1 ? 0 : at_q + 1;
    if (valid_i) begin
      both_t sum[Chains];
      multiply(kind_i, block_i, code_i, index_i, chunk_i, sum);
      for (int unsigned r = 0; r < Chains; r++) sum_q[at_q][r] <= sum[r];
    end
  end
  for (genvar r = 0; r < Chains; r++) begin : gen_row
    both_t sum;
    assign sum = sum_q[at_q][r];
    assign lo_o[r] = sum[18:0];
    assign hi_o[r] = sum[50:32] + 19'(sum[31]);
  end
`else
  digits_t digits[Chains][Lanes], digits_q[Chains][Lanes];
  code_t code_q[Chains][Lanes];
  sparse_mux #(
      .Chains(Chains)
  ) u_mux (
      .chunk_i,
      .kind_i,
      .block_i,
      .index_i,
      .digits_o(digits)
  );
  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      code_q   <= code_i;
      digits_q <= digits;
    end
  end
  for (genvar r = 0; r < Chains; r++) begin : gen_chain
    chain #(
        .CascadeLatency(CascadeLatency)
    ) u_chain (
        .clk_i,
        .code_i(code_q[r]),
        .digits_i(digits_q[r]),
        .hi_o(hi_o[r]),
        .lo_o(lo_o[r])
    );
  end
`endif
endmodule
`default_nettype wire
