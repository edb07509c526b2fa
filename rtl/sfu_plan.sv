/// Reads an instruction of the vector unit: where its vectors lie, and whether it is one that can be done. Vectors of attention
/// are numbered by head of keys and values, then token, then query head; their number a head is found by adding, a cycle each.
`default_nettype none
module sfu_plan
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import sfu_pkg::*;
(
    input  wire      clk_i,
    input  wire      rst_ni,
    input  wire op_t op_i,     // stands
    input  wire      start_i,
    output logic     done_o,   // one cycle; the rest stands from then on
    output logic     wrong_o,
    output logic     empty_o,  // nothing to do
    output plan_t    plan_o
);
  localparam int unsigned NormMost = 1 << 14;
  localparam int unsigned ScoresMost = 32768;

  header_t header;
  norm_instr_t norm;
  quantise_instr_t quantise;
  softmax_instr_t softmax;
  rope_instr_t rope;
  combine_instr_t combine;
  assign header = header_t'(op_i.word[$bits(header_t)-1:0]);
  assign norm = norm_instr_t'(op_i.word);
  assign quantise = quantise_instr_t'(op_i.word);
  assign softmax = softmax_instr_t'(op_i.word);
  assign rope = rope_instr_t'(op_i.word);
  assign combine = combine_instr_t'(op_i.word);

  // ---- query heads a head of keys and values ----
  logic grouped_q, busy_q;
  logic [7:0] heads_q, kv_heads_q;
  logic [ 7:0] group_q;
  logic [ 8:0] counted_q;
  logic [19:0] head_stride_q;
  spot_t group_stride_q, token_stride_q;
  always_ff @(posedge clk_i) begin  // the cycle after the start is the first that looks at them
    grouped_q <= header.opcode inside {OpQuantise, OpSoftmax};
    heads_q <= header.opcode == OpSoftmax ? softmax.heads : quantise.vectors;
    kv_heads_q <= header.opcode == OpSoftmax ? op_i.cache.kv_heads : quantise.kv_heads;
    head_stride_q <= header.opcode == OpSoftmax ? op_i.cache.capacity : quantise.count;
  end
  logic ended;
  assign ended = !grouped_q || counted_q >= 9'(heads_q) || kv_heads_q == 0;

  function automatic logic [19:0] eights(input logic [19:0] count);
    return {17'((21'(count) + 21'd7) >> 3), 3'b0};
  endfunction
  function automatic logic [16:0] words_of(input logic [19:0] count);
    return {15'((21'(count) + 21'd63) >> 6), 2'b0};
  endfunction

  // ---- what it says ----
  logic wrong, empty;
  plan_t plan;
  logic [19:0] past;
  assign past = op_i.length - 20'(op_i.tokens);
  always_comb begin
    plan = '0;
    plan.middle = 5'd1;
    plan.outer = 8'd1;
    wrong = op_i.tokens == 0 || op_i.tokens > 5'(TokensMost);
    empty = 1'b0;
    unique case (header.opcode)
      OpNorm: begin
        plan.pass = PassSums;
        plan.has_other = 1'b1;
        plan.has_bias = norm.kind == NormLayer;
        plan.inner = 8'(op_i.tokens);
        plan.at = spot_t'(norm.from);
        plan.inner_step = spot_t'(eights(norm.count));
        plan.other = spot_t'(norm.weight);
        plan.bias = spot_t'(norm.bias);
        plan.to = spot_t'(norm.to) - spot_t'(norm.from);
        plan.count = 21'(norm.count);
        wrong |= norm.count == 0 || norm.count > 20'(NormMost) || norm.to[2:0] != 0;
      end
      OpQuantise: begin
        plan.pass = PassLargest;
        plan.two_digits = quantise.two_digits;
        plan.inner = group_q;
        plan.middle = op_i.tokens;
        plan.outer = quantise.kv_heads;
        plan.at = spot_t'(quantise.from);
        plan.inner_step = spot_t'(quantise.count);
        plan.middle_step = spot_t'(quantise.stride);
        plan.outer_step = group_stride_q;
        plan.word = spot_t'(quantise.to);
        plan.count = 21'(quantise.count);
        plan.words = words_of(quantise.count);
        wrong |= quantise.count == 0 || quantise.stride[2:0] != 0 || quantise.to[1:0] != 0;
        wrong |= quantise.vectors > 1 && quantise.count[2:0] != 0;
      end
      OpSoftmax: begin
        plan.pass = PassMost;
        plan.two_digits = 1'b1;
        plan.has_other = 1'b1;
        plan.inner = group_q;
        plan.middle = op_i.tokens;
        plan.outer = op_i.cache.kv_heads;
        plan.at = spot_t'(softmax.from);
        plan.inner_step = spot_t'(op_i.cache.capacity);
        plan.middle_step = token_stride_q;
        plan.outer_step = group_stride_q;
        plan.other = spot_t'(softmax.scales);
        plan.other_outer = op_i.cache.capacity;
        plan.word = spot_t'(softmax.to);
        plan.count = 21'(past) + 21'd1;
        plan.grows = 1'b1;
        plan.words = words_of(op_i.length);
        wrong |= op_i.length < 20'(op_i.tokens) || op_i.length > op_i.cache.capacity || op_i.length > 20'(ScoresMost);
        wrong |= softmax.to[1:0] != 0 || 13'(op_i.tokens) * 13'(group_q) > 13'(TokensMost);
      end
      OpRope: begin
        plan.pass = PassTurn;
        plan.has_other = 1'b1;
        plan.inner = rope.heads;
        plan.middle = op_i.tokens;
        plan.at = spot_t'(rope.from);
        plan.inner_step = spot_t'(rope.head_dim);
        plan.middle_step = spot_t'(rope.stride);
        plan.other = spot_t'(rope.angles);
        plan.other_middle = eights(20'(rope.turned_dim));
        plan.count = 21'(rope.turned_dim);
        empty = rope.heads == 0 || rope.turned_dim == 0;
        wrong |= rope.turned_dim[0] || rope.turned_dim > rope.head_dim;
        wrong |= rope.stride[2:0] != 0 || rope.head_dim[2:0] != 0;
      end
      OpCombine: begin
        plan.pass = PassCombine;
        plan.has_other = combine.combine != CombineNone;
        plan.inner = 8'(op_i.tokens);
        plan.at = spot_t'(combine.from);
        plan.inner_step = spot_t'(eights(combine.count));
        plan.other = spot_t'(combine.other);
        plan.other_inner = eights(combine.count);
        plan.to = spot_t'(combine.to) - spot_t'(combine.from);
        plan.count = 21'(combine.count);
        empty = combine.count == 0;
        wrong |= combine.to[2:0] != 0;
      end
      default: wrong = 1'b1;
    endcase
    wrong |= grouped_q && (counted_q != 9'(heads_q) || heads_q == 0 || kv_heads_q == 0);
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      group_q <= '0;
      counted_q <= '0;
      group_stride_q <= '0;
      token_stride_q <= spot_t'(28'(softmax.heads) * 28'(op_i.cache.capacity));
    end else if (!ended) begin
      group_q <= group_q + 1'b1;
      counted_q <= counted_q + 9'(kv_heads_q);
      group_stride_q <= group_stride_q + spot_t'(head_stride_q);
    end
    if (busy_q && ended) begin
      plan_o  <= plan;
      wrong_o <= wrong;
      empty_o <= empty;
    end
    done_o <= busy_q && ended && rst_ni;
    busy_q <= rst_ni && (start_i || (busy_q && !ended));
  end
endmodule
`default_nettype wire
