/// Collects codes until they make words of activations, as many as a row has but at least one, and sends these at once with the
/// sums of their digits. Two vectors of one digit share words: a row of the even one comes before the same row of the odd one.
`default_nettype none
module sfu_words
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import sfu_pkg::*;
  import fault_pkg::*;
#(
    parameter  int unsigned RealLanes = 8,
    parameter  int unsigned Width     = 8,
    localparam int unsigned Collected = Width < 16 ? 16 : Width,
    localparam int unsigned Words     = Collected / 16
) (
    input  wire                               clk_i,
    input  wire                               rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                       fault_i,
`endif
    input  wire                               two_digits_i,
    input  wire part_t                        beat_i,
    input  wire logic   [RealLanes-1:0][14:0] code_i,        // zero beyond the vector
    output logic                              valid_o,
    output act_t                              word_o,        // the first
    output word_t       [    Words-1:0]       data_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  typedef digits_t [Words-1:0][15:0] collected_t;

  // ---- 1: in their places ----
  collected_t collected_q;
  logic full_q;
  act_t word_q;
  logic fills;
  assign fills = beat_i.valid && gives_codes(beat_i.row.pass) && beat_i.row.fills && beat_i.last_part;
  always_ff @(posedge clk_i) begin
    if (beat_i.valid) begin
      for (int unsigned l = 0; l < RealLanes; l++) begin
        for (int unsigned p = 0; p < Collected / RealLanes; p++) begin
          if (p == 32'(beat_i.part) + (Width < 16 ? 32'(beat_i.row.half) * (Width / RealLanes) : 32'd0)) begin
            if (two_digits_i) begin
              collected_q[(p*RealLanes+l)/16][(p*RealLanes+l)%16] <= '{
                  hi: code_i[l][14:DigitBits],
                  lo: {1'b0, code_i[l][DigitBits-1:0]}
              };
            end else if (beat_i.row.odd) begin
              collected_q[(p*RealLanes+l)/16][(p*RealLanes+l)%16].lo <= code_i[l][7:0];
            end else begin
              collected_q[(p*RealLanes+l)/16][(p*RealLanes+l)%16] <= '{hi: code_i[l][7:0], lo: '0};
            end
          end
        end
      end
      word_q <= act_t'(beat_i.row.to);
    end
    full_q <= fills && rst_ni;
  end

  // ---- 2: all that was collected ----
  collected_t digits_q;
  act_t number_q;
  logic valid_q;
  always_ff @(posedge clk_i) begin
    if (full_q) begin
      digits_q <= collected_q;
      number_q <= word_q;
    end
    valid_q <= full_q && rst_ni;
  end

  // ---- 3: with their sums ----
  logic signed [Words-1:0][11:0] sum_hi, sum_lo;
  always_comb begin
    sum_hi = '0;
    sum_lo = '0;
    for (int unsigned w = 0; w < Words; w++) begin
      for (int unsigned i = 0; i < BlockInputs; i++) begin
        sum_hi[w] += 12'(digits_q[w][i].hi);
        if (!(fault_i == FaultDigitSum && i == 15)) sum_lo[w] += 12'(digits_q[w][i].lo);
      end
    end
  end
  always_ff @(posedge clk_i) begin
    word_o <= number_q;
    for (int unsigned w = 0; w < Words; w++) begin
      data_o[w] <= '{sum_hi: sum_hi[w], sum_lo: sum_lo[w], digits: digits_q[w]};
    end
    valid_o <= valid_q && rst_ni;
  end
endmodule
`default_nettype wire
