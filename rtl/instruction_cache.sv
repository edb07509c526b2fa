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
    // which instruction; it stands until the answer is taken away by another number or request_i falls
    input wire request_i,
    input wire [31:0] number_i,
    output logic hit_o,  // in the cycle of the request or later
    output logic [InstructionBits-1:0] word_o,
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
  localparam int unsigned IndexBits = $clog2(Lines);
  localparam int unsigned OffsetBits = $clog2(LineInstructions);
  localparam int unsigned TagBits = 32 - IndexBits - OffsetBits;
  typedef logic [IndexBits-1:0] index_t;
  typedef logic [TagBits-1:0] tag_t;
  typedef logic [31-OffsetBits:0] line_t;

  logic [LineGranulesHere*GranuleBits-1:0] data_q[Lines];
  tag_t tag_q[Lines];
  logic [Lines-1:0] valid_q;

  // ---- look up ----
  line_t line;
  assign line = number_i[31:OffsetBits];
  function automatic logic has(input line_t l, input tag_t tags[Lines], input logic [Lines-1:0] valid);
    return valid[index_t'(l)] && tags[index_t'(l)] == tag_t'(l >> IndexBits);
  endfunction
  assign hit_o  = request_i && has(line, tag_q, valid_q);
  assign word_o = data_q[index_t'(line)][number_i[OffsetBits-1:0]*InstructionBits+:InstructionBits];

  // ---- fill ----
  typedef enum logic [1:0] {
    Rest,
    Ask,
    Fill
  } state_e;
  state_e state_q;
  line_t fill_q;
  logic ahead_q;  // the line after fill_q is wanted, too
  logic [$clog2(LineGranulesHere)-1:0] at_q;
  logic [(LineGranulesHere-1)*GranuleBits-1:0] part_q;
  logic last;

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
      part_q <= {granule_i, part_q[(LineGranulesHere-1)*GranuleBits-1:GranuleBits]};
      at_q   <= at_q + 1'b1;
      if (last) begin
        data_q[index_t'(fill_q)] <= {granule_i, part_q};
        tag_q[index_t'(fill_q)]  <= tag_t'(fill_q >> IndexBits);
      end
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
            fill_q  <= fill_q + 1'b1;
            if (!has(fill_q + 1'b1, tag_q, valid_q)) state_q <= Ask;
          end
        end
        Ask: if (read_ready_i) state_q <= Fill;
        Fill: if (last) state_q <= Rest;
        default: ;
      endcase
      if (state_q == Ask && read_ready_i) valid_q[index_t'(fill_q)] <= 1'b0;
      if (state_q == Fill && last) valid_q[index_t'(fill_q)] <= 1'b1;
      if (clear_i) begin
        valid_q <= '0;
        ahead_q <= 1'b0;
      end
    end
  end

`ifndef SYNTHESIS
  ClearOnlyAtRest :
  assert property (@(posedge clk_i) disable iff (!rst_ni) clear_i |-> state_q == Rest);
`endif
endmodule
`default_nettype wire
