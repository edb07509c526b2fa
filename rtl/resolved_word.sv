/// An instruction with its affine operand's value where the base was; one that has none, or whose value control uses itself, as
/// it is. Combinational.
`default_nettype none
module resolved_word
  import godwit_isa_pkg::*;
(
    input  wire  [InstructionBits-1:0] word_i,
    input  wire  [               39:0] value_i,
    output logic [InstructionBits-1:0] resolved_o
);
  stream_instr_t stream;
  stream_kv_instr_t stream_kv;
  load_instr_t load;
  matmul_instr_t matmul;
  head_instr_t head;
  append_instr_t append;
  store_instr_t store;
  always_comb begin
    stream = word_i;
    stream_kv = word_i;
    load = word_i;
    matmul = word_i;
    head = word_i;
    append = word_i;
    store = word_i;
    stream.matrix = value_i[23:0];
    stream_kv.layer = value_i[23:0];
    load.address = value_i;
    matmul.matrix = value_i[23:0];
    head.matrix = value_i[23:0];
    append.layer = value_i[23:0];
    store.address = value_i;
    case (stream.header.opcode)
      OpStream:   resolved_o = stream;
      OpStreamKv: resolved_o = stream_kv;
      OpLoad:     resolved_o = load;
      OpMatmul:   resolved_o = matmul;
      OpHead:     resolved_o = head;
      OpAppend:   resolved_o = append;
      OpStore:    resolved_o = store;
      default:    resolved_o = word_i;
    endcase
  end
endmodule
`default_nettype wire
