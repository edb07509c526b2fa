/// What an instruction asks of the scalar registers: which ones, and its affine operand. Combinational; where an opcode has
/// none the register is 0, which is zero.
`default_nettype none
module operands
  import godwit_isa_pkg::*;
  import machine_pkg::*;
(
    input  wire         [InstructionBits-1:0] word_i,
    output logic                              affine_o,    // it has an affine operand: base + register x stride
    output logic signed [               41:0] base_o,
    output logic        [                3:0] register_o,
    output logic signed [               32:0] stride_o,
    output logic        [                5:0] width_o,     // of the field that it goes back into; 0: of any value
    output logic                              chunk_o,     // it is about a chunk of tokens
    output logic        [                3:0] tokens_o,    // registers
    output logic        [                3:0] position_o,
    output logic        [                3:0] length_o,
    output logic        [                3:0] spill_o,
    output logic        [                3:0] first_o,     // of add, least, branch
    output logic        [                3:0] second_o,
    output logic                              described_o  // needs a matrix descriptor
);
  set_instr_t set;
  add_instr_t add;
  least_instr_t least;
  loop_instr_t loop;
  branch_instr_t branch;
  sample_instr_t sample;
  stream_instr_t stream;
  stream_kv_instr_t stream_kv;
  load_instr_t load;
  embed_instr_t embed;
  matmul_instr_t matmul;
  head_instr_t head;
  scores_instr_t scores;
  mix_instr_t mix;
  norm_instr_t norm;
  quantise_instr_t quantise;
  softmax_instr_t softmax;
  rope_instr_t rope;
  combine_instr_t combine;
  append_instr_t append;
  store_instr_t store;
  assign set = word_i;
  assign add = word_i;
  assign least = word_i;
  assign loop = word_i;
  assign branch = word_i;
  assign sample = word_i;
  assign stream = word_i;
  assign stream_kv = word_i;
  assign load = word_i;
  assign embed = word_i;
  assign matmul = word_i;
  assign head = word_i;
  assign scores = word_i;
  assign mix = word_i;
  assign norm = word_i;
  assign quantise = word_i;
  assign softmax = word_i;
  assign rope = word_i;
  assign combine = word_i;
  assign append = word_i;
  assign store = word_i;

  always_comb begin
    affine_o = 1'b0;
    base_o = '0;
    register_o = '0;
    stride_o = '0;
    width_o = '0;
    tokens_o = '0;
    position_o = '0;
    length_o = '0;
    spill_o = '0;
    first_o = '0;
    second_o = '0;
    described_o = 1'b0;
    case (set.header.opcode)
      OpSet: begin
        affine_o = 1'b1;
        base_o = 42'(set.value);
        register_o = set.value_reg;
        stride_o = 33'(set.value_stride);
      end
      OpAdd: begin
        first_o  = add.rs;
        second_o = add.second;
      end
      OpLeast: first_o = least.rs;
      OpLoop: begin
        affine_o = 1'b1;
        base_o = 42'({1'b0, loop.count});
        register_o = loop.count_reg;
        stride_o = 33'(loop.count_stride);
        width_o = 6'd32;
      end
      OpBranch: first_o = branch.rs;
      OpSample: position_o = sample.position;
      OpStream: begin
        affine_o = 1'b1;
        base_o = 42'({1'b0, stream.matrix});
        register_o = stream.matrix_reg;
        stride_o = 33'(stream.matrix_stride);
        width_o = 6'd24;
        described_o = 1'b1;
      end
      OpStreamKv: begin
        affine_o = 1'b1;
        base_o = 42'({1'b0, stream_kv.layer});
        register_o = stream_kv.layer_reg;
        stride_o = 33'(stream_kv.layer_stride);
        width_o = 6'd24;
        tokens_o = stream_kv.tokens;
        length_o = stream_kv.length;
      end
      OpLoad: begin
        affine_o = 1'b1;
        base_o = 42'({1'b0, load.address});
        register_o = load.address_reg;
        stride_o = {1'b0, load.address_stride};
        width_o = 6'd40;
        tokens_o = load.tokens;
      end
      OpEmbed: begin
        tokens_o   = embed.tokens;
        position_o = embed.position;
      end
      OpMatmul: begin
        affine_o = 1'b1;
        base_o = 42'({1'b0, matmul.matrix});
        register_o = matmul.matrix_reg;
        stride_o = 33'(matmul.matrix_stride);
        width_o = 6'd24;
        tokens_o = matmul.tokens;
        described_o = 1'b1;
      end
      OpHead: begin
        affine_o = 1'b1;
        base_o = 42'({1'b0, head.matrix});
        register_o = head.matrix_reg;
        stride_o = 33'(head.matrix_stride);
        width_o = 6'd24;
        tokens_o = head.tokens;
        spill_o = head.spill;
        described_o = 1'b1;
      end
      OpScores: begin
        tokens_o = scores.tokens;
        length_o = scores.length;
      end
      OpMix: begin
        tokens_o = mix.tokens;
        length_o = mix.length;
      end
      OpNorm: tokens_o = norm.tokens;
      OpQuantise: tokens_o = quantise.tokens;
      OpSoftmax: begin
        tokens_o = softmax.tokens;
        length_o = softmax.length;
      end
      OpRope: tokens_o = rope.tokens;
      OpCombine: tokens_o = combine.tokens;
      OpAppend: begin
        affine_o = 1'b1;
        base_o = 42'({1'b0, append.layer});
        register_o = append.layer_reg;
        stride_o = 33'(append.layer_stride);
        width_o = 6'd24;
        tokens_o = append.tokens;
        position_o = append.position;
      end
      OpStore: begin
        affine_o = 1'b1;
        base_o = 42'({1'b0, store.address});
        register_o = store.address_reg;
        stride_o = {1'b0, store.address_stride};
        width_o = 6'd40;
      end
      default: ;
    endcase
    chunk_o = set.header.opcode inside {
      OpStreamKv, OpLoad, OpEmbed, OpMatmul, OpHead, OpScores, OpMix, OpNorm, OpQuantise, OpSoftmax, OpRope, OpCombine,
      OpAppend
    };
  end
endmodule
`default_nettype wire
