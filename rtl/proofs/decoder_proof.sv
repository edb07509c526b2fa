/// operands, resolved_word: of every word that is an instruction, the registers and the affine operand are those that the contract's data
/// names (decoder_facts_pkg, made from it); what goes back into the word changes its field alone, and it stays an instruction.
`default_nettype none
module decoder_proof
  import godwit_isa_pkg::*;
  import decoder_facts_pkg::*;
(
    input wire [InstructionBits-1:0] word_i,
    input wire [               39:0] value_i
);
  logic affine, chunk, described;
  logic signed [41:0] base;
  logic signed [32:0] stride;
  logic [3:0] register_number, tokens, position, length, spill, first, second;
  logic [5:0] width;
  logic [InstructionBits-1:0] resolved;
  operands u_operands (
      .word_i,
      .affine_o   (affine),
      .base_o     (base),
      .register_o (register_number),
      .stride_o   (stride),
      .width_o    (width),
      .chunk_o    (chunk),
      .tokens_o   (tokens),
      .position_o (position),
      .length_o   (length),
      .spill_o    (spill),
      .first_o    (first),
      .second_o   (second),
      .described_o(described)
  );
  resolved_word u_resolved (
      .word_i,
      .value_i,
      .resolved_o(resolved)
  );

  facts_t facts;
  assign facts = facts_of(word_i, value_i);

  logic [5:0] room;  // bits that the affine operand's value must fit into; 0: any
  assign room = !facts.affine || word_i[7:0] == OpSet ? 6'd0 : word_i[7:0] == OpLoop ? 6'd32 : facts.base_bits[5:0];

  logic legal;
  assign legal = is_legal(word_i);
  always_comb begin
    LegalOpcodesAreKnown : assert (!legal || facts.legal);
    if (legal) begin
      Affine : assert (affine == facts.affine && 64'(base) == facts.base && 64'(stride) == facts.stride);
      AffineRegister : assert (register_number == facts.register_number);
      Width : assert (width == room);
      TokensRegister : assert (tokens == facts.tokens && chunk == facts.tokens_there);
      PositionRegister : assert (position == facts.position);
      LengthRegister : assert (length == facts.length);
      SpillRegister : assert (spill == facts.spill);
      OwnRegisters : assert (first == facts.first && second == facts.second);
      Descriptor : assert (described == facts.described);
      GoesBack : assert (resolved == facts.resolved);
      StaysLegal : assert (is_legal(resolved));
      HasAUnit : assert (unit_of(word_i[7:0]) == unit_of(resolved[7:0]));
    end
  end
endmodule
`default_nettype wire
