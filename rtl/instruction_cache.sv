/// Instructions by number: lines of four, direct mapped, filled from memory one line at a time; after a fill the next line
/// is fetched too, so that straight code seldom waits. Emptied at a start, because the host may have changed the program.
`default_nettype none
module instruction_cache
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Lines = 32
) (
    input wire clk_i,
    input wire rst_ni,
    input wire clear_i,
    input wire byte_address_t base_i,  // of instruction 0, in channel 0; a multiple of 16
    // which instruction
    input wire request_i,
    input wire [31:0] next_i,  // number_i in the next cycle
    input wire [31:0] number_i,
    output logic hit_o,  // in the cycle of the request or later
    output logic [InstructionBits-1:0] word_o,  // with the hit
    output logic idle_o,  // nothing is being fetched
    // memory
    output side_read_t read_o,
    output logic read_valid_o,
    input wire read_ready_i,
    input wire granule_t granule_i,
    input wire granule_valid_i
);
  localparam int unsigned LineInstructions = 4;
  localparam int unsigned LineGranulesHere = LineInstructions * InstructionBits / GranuleBits;
  localparam int unsigned InstructionGranules = InstructionBits / GranuleBits;
  localparam int unsigned IndexBits = $clog2(Lines);
  localparam int unsigned OffsetBits = $clog2(LineInstructions);
  localparam int unsigned TagBits = 32 - IndexBits - OffsetBits;
  typedef logic [IndexBits-1:0] index_t;
  typedef logic [TagBits-1:0] tag_t;
  typedef logic [31-OffsetBits:0] line_t;

  tag_t tag_q[Lines];
  logic [Lines-1:0] valid_q;

  // ---- look up ----
  line_t line, line_ahead;
  logic has_ahead;
  assign line  = number_i[31:OffsetBits];
  assign hit_o = request_i && valid_q[index_t'(line)] && tag_q[index_t'(line)] == tag_t'(line >> IndexBits);

  // ---- fill ----
  typedef enum logic [1:0] {
    Rest,
    Ask,
    Fill,
    Settle  // what came last is read
  } state_e;
  state_e state_q;
  line_t fill_q;
  logic ahead_q;  // the line after fill_q is wanted, too
  logic [$clog2(LineGranulesHere)-1:0] at_q;
  logic last;

  assign line_ahead = fill_q + 1'b1;
  assign has_ahead = valid_q[index_t'(line_ahead)] && tag_q[index_t'(line_ahead)] == tag_t'(line_ahead >> IndexBits);
  assign last = granule_valid_i && at_q == ($clog2(LineGranulesHere))'(LineGranulesHere - 1);
  assign idle_o = state_q == Rest && !ahead_q;
  assign read_valid_o = state_q == Ask;
  assign read_o = '{
          channel: '0,
          address: base_i + (byte_address_t'(fill_q) << $clog2(LineGranulesHere * GranuleBits / 8)),
          granules: 12'(LineGranulesHere)
      };

  always_ff @(posedge clk_i) begin
    if (state_q == Fill && granule_valid_i) begin
      at_q <= at_q + 1'b1;
      tag_q[index_t'(fill_q)] <= tag_t'(fill_q >> IndexBits);
    end
    if (!rst_ni) begin
      state_q <= Rest;
      valid_q <= '0;
      ahead_q <= 1'b0;
      at_q <= '0;
    end else begin
      unique case (state_q)
        Rest: begin
          at_q <= '0;
          if (request_i && !hit_o) begin
            fill_q  <= line;
            ahead_q <= 1'b1;
            state_q <= Ask;
          end else if (ahead_q) begin
            ahead_q <= 1'b0;
            fill_q  <= line_ahead;
            if (!has_ahead) state_q <= Ask;
          end
        end
        Ask: if (read_ready_i) state_q <= Fill;
        Fill: if (last) state_q <= Settle;
        Settle: state_q <= Rest;
        default: ;
      endcase
      if (state_q == Ask && read_ready_i) valid_q[index_t'(fill_q)] <= 1'b0;
      if (state_q == Settle) valid_q[index_t'(fill_q)] <= 1'b1;
      if (clear_i) begin
        valid_q <= '0;
        ahead_q <= 1'b0;
      end
    end
  end

  // ---- instructions, a memory for each granule of one: a line is not valid while its granules come ----
  for (genvar g = 0; g < InstructionGranules; g++) begin : gen_granule
    granule_t data_q[Lines*LineInstructions];
    always_ff @(posedge clk_i) begin
      if (state_q == Fill && granule_valid_i && 32'(at_q) % InstructionGranules == g) begin
        data_q[{index_t'(fill_q), ($clog2(LineInstructions))'(32'(at_q)/InstructionGranules)}] <= granule_i;
      end
      word_o[g*GranuleBits+:GranuleBits] <= data_q[(IndexBits+OffsetBits)'(next_i)];
    end
  end

`ifndef SYNTHESIS
  ClearOnlyAtRest :
  assert property (@(posedge clk_i) disable iff (!rst_ni) clear_i |-> state_q == Rest);
`endif
endmodule
`default_nettype wire
