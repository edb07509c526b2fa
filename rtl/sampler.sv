/// `sample`: when the head is through and the logits are in memory, writes the result (src/isa/program.h) and, while sampling
/// is greedy, the best logit's token at its position; then says whether the program goes on.
`default_nettype none
module sampler
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
(
    input wire clk_i,
    input wire rst_ni,
`ifdef GODWIT_FAULTS
    input wire fault_e fault_i,
`endif
    // host: clear_i forgets how many tokens were generated
    input wire clear_i,
    input wire greedy_i,
    input wire [19:0] count_i,
    input wire [StopTokens-1:0] stop_valid_i,
    input wire [StopTokens-1:0][23:0] stop_i,
    // control
    input wire start_i,
    input wire sample_instr_t sample_i,
    input wire [19:0] position_i,
    output logic done_o,  // for one cycle
    output logic go_o,  // with done_o
    output logic error_o,  // for one cycle: no head, or a place that cannot be
    // the head
    input wire ready_i,  // MPE and store unit are idle
    input wire best_t best_i,
    output logic best_take_o,
    input wire [8:0] best_count_i,
    input wire logic signed [31:0] sum_top_i,
    input wire [63:0] sum_total_i,
    // side bus
    output side_write_t write_o,
    output logic write_valid_o,
    input wire write_ready_i,
    input wire writes_idle_i
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  typedef enum logic [2:0] {
    Rest,
    Wait,
    First,   // token, count, top, low half of the total
    Second,  // high half
    Even,    // a pair is taken
    Odd,     // two pairs, or the last one, are written
    Token,
    Finish
  } state_e;
  state_e state_q;

  logic [23:0] token_q;
  logic [8:0] left_q;  // pairs that are not taken
  logic [35:0] granule_q;
  best_t even_q;
  logic wrong, stops, write_goes;
  logic [19:0] generated_q;
  logic greedy_q;  // the host may clear it at any time: one answer for one token
  byte_address_t token_address;
  assign wrong = best_count_i == 0 || sample_i.result[3:0] != 0 || sample_i.ids[1:0] != 0;
  assign token_address = sample_i.ids + (40'(position_i) << 2);
  assign write_goes = write_valid_o && write_ready_i;
  always_comb begin
    stops = generated_q >= count_i;
    for (int unsigned s = 0; s < StopTokens; s++) begin
      if (stop_valid_i[s] && stop_i[s] == token_q && !(fault_i == FaultStopToken && s == StopTokens - 1)) stops = 1'b1;
    end
  end

  always_comb begin
    write_valid_o   = 1'b0;
    write_o         = '0;
    write_o.address = {granule_q, 4'b0};
    write_o.strobe  = '1;
    best_take_o     = 1'b0;
    unique case (state_q)
      First: begin
        write_valid_o = 1'b1;
        write_o.data  = {sum_total_i[31:0], sum_top_i, 23'b0, best_count_i, 8'b0, best_i.token};
      end
      Second: begin
        write_valid_o = 1'b1;
        write_o.data  = {96'b0, sum_total_i[63:32]};
      end
      Even: best_take_o = 1'b1;
      Odd: begin
        write_valid_o = 1'b1;
        write_o.data  = {8'b0, best_i.token, best_i.logit, 8'b0, even_q.token, even_q.logit};
        if (left_q == 0) write_o.strobe = 16'h00ff;
        best_take_o = write_ready_i && left_q != 0;
      end
      Token: begin
        write_valid_o = 1'b1;
        write_o.address = {token_address[39:4], 4'b0};
        write_o.data = {4{8'b0, token_q}};
        write_o.strobe = 16'h000f << token_address[3:0];
      end
      default: ;
    endcase
  end

  always_ff @(posedge clk_i) begin
    done_o  <= 1'b0;
    error_o <= 1'b0;
    if (write_goes) granule_q <= granule_q + 1'b1;
    if (best_take_o) left_q <= left_q - 1'b1;
    unique case (state_q)
      Wait: begin
        granule_q <= sample_i.result[39:4];
        left_q <= best_count_i;
        token_q <= best_i.token;
        if (ready_i && wrong) error_o <= 1'b1;
      end
      Even: even_q <= best_i;
      Finish: begin
        if (writes_idle_i) begin
          done_o <= 1'b1;
          go_o   <= greedy_q && !stops;
        end
      end
      default: ;
    endcase
    if (!rst_ni) begin
      state_q <= Rest;
      done_o <= 1'b0;
      error_o <= 1'b0;
      generated_q <= '0;
      greedy_q <= 1'b0;
    end else begin
      unique case (state_q)
        Rest: if (start_i) state_q <= Wait;
        Wait: if (ready_i) state_q <= wrong ? Rest : First;
        First: if (write_goes) state_q <= Second;
        Second: if (write_goes) state_q <= Even;
        Even: state_q <= Odd;
        Odd: begin
          if (write_goes) begin
            greedy_q <= greedy_i;
            if (left_q > 9'd1) state_q <= Even;
            else if (greedy_i) state_q <= Token;
            else state_q <= Finish;
          end
        end
        Token: begin
          if (write_goes) begin
            state_q <= Finish;
            generated_q <= generated_q + 1'b1;
          end
        end
        Finish: if (writes_idle_i) state_q <= Rest;
        default: state_q <= Rest;
      endcase
      if (clear_i) generated_q <= '0;
    end
  end
endmodule
`default_nettype wire
