/// Makes of a vector's totals what its next pass needs, and keeps it for the batch: largest score, inverse of a row of codes,
/// factor of a norm. Vectors go to the dividers in turn, and leave them in the same order; norms go one by one. Sends the
/// scales of activations.
`default_nettype none
module sfu_results
  import godwit_isa_pkg::*;
  import machine_pkg::*;
  import sfu_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Dividers      = 1,  // vectors at once
    parameter int unsigned ScaleDividers = 2   // for a vector's scale and its inverse
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e         fault_i,
`endif
    input  wire          [ 4:0] fraction_bits_i,
    // stand
    input  wire                 two_digits_i,
    input  wire                 rms_i,
    input  wire          [14:0] count_i,           // reals of a norm
    input  wire          [31:0] epsilon_i,
    // totals
    input  wire total_t         total_i,
    input  wire                 valid_i,
    output logic                vector_ready_o,    // for a vector, in their order
    output logic                idle_o,
    // what passes ask for
    input  wire number_t        most_number_i,
    output logic signed  [31:0] most_o,
    input  wire number_t        shift_number_i,
    output logic signed  [45:0] shift_o,
    input  wire number_t        factor_number_i,
    output scale_t              factor_o,          // of a norm
    output logic signed  [ 7:0] top_o,
    input  wire number_t        inverse_number_i,
    output scale_t              inverse_o,
    // slices
    output logic                scales_valid_o,
    output logic         [13:0] scales_chunk_o,
    output scale_t       [ 1:0] scales_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam logic signed [9:0] Drop = 10'(WeightDropBits);
  localparam logic [13:0] LimitA8 = 14'd127;
  localparam logic [13:0] LimitA15 = 14'd16383;

  logic signed [31:0] most_q[Batch];
  logic signed [7:0] top_q[Batch];
  logic signed [45:0] shift_q[Batch];
  scale_t factor_q[Batch];
  assign most_o = most_q[most_number_i];
  assign shift_o = rms_i ? '0 : shift_q[shift_number_i];
  assign factor_o = factor_q[factor_number_i];
  assign top_o = top_q[factor_number_i];
  assign inverse_o = factor_q[inverse_number_i];

  // ---- largest scores are ready as they come; the rest waits for its turn ----
  logic of_scores, waiting, start, finished, norm;
  total_t next;
  logic   unused_ready;  // there is room for a batch
  assign of_scores = valid_i && total_i.pass == PassMost;
  fifo #(
      .T(total_t),
      .Depth(Batch)
  ) u_totals (
      .clk_i,
      .rst_ni,
      .data_i (total_i),
      .valid_i(valid_i && !of_scores),
      .ready_o(unused_ready),
      .data_o (next),
      .valid_o(waiting),
      .ready_i(start)
  );

  // ---- dividers, each with the vector that it is about ----
  localparam int unsigned TurnBits = Dividers > 1 ? $clog2(Dividers) : 1;
  typedef logic [TurnBits-1:0] turn_t;
  logic [Dividers-1:0] busy_q, row_done;
  turn_t turn_q, end_q;  // the next to be given a vector, the next to be done
  total_t held_q[Dividers];
  total_t total;  // of the vector that is done next
  scale_t [Dividers-1:0] scales, inverses;
  logic norm_done, weights, of_norm;
  scale_t factor;
  logic [13:0] limit;
  logic signed [7:0] top;  // of the values' scales
  logic signed [9:0] exponent;
  assign norm     = next.pass == PassSums;
  assign start    = waiting && !busy_q[turn_q];
  assign idle_o   = !waiting && busy_q == '0;
  assign weights  = next.pass == PassWeights;
  assign top      = top_q[next.number];
  assign exponent = weights ? 10'(top) + Drop : -10'(fraction_bits_i);
  assign limit    = two_digits_i ? LimitA15 : LimitA8;
  for (genvar d = 0; d < Dividers; d++) begin : gen_divider
    row_scale #(
        .Dividers(ScaleDividers)
    ) u_row_scale (
        .clk_i,
        .rst_ni,
        .start_i(start && !norm && turn_q == turn_t'(d)),
        .largest_i(next.most),
        .limit_i(limit),
        .divisor_i(weights ? 47'({next.added[32:0], 14'b0}) - 47'(next.added[33:0]) : 47'(limit)),
        .exponent_i(exponent),
        .done_o(row_done[d]),
        .scale_o(scales[d]),
        .inverse_o(inverses[d])
    );
  end
  normaliser u_normaliser (
      .clk_i,
      .rst_ni,
      .start_i(start && norm),
      .fraction_bits_i,
      .shift_i(rms_i ? '0 : total.added),  // from the cycle after the start on
      .squares_i(total.squares),
      .count_i,
      .epsilon_i,
      .done_o(norm_done),
      .factor_o(factor)
  );
  function automatic turn_t after(input turn_t turn);
    return turn == turn_t'(Dividers - 1) ? '0 : turn + 1'b1;
  endfunction
  scale_t scale, inverse;
  assign total = held_q[end_q];
  assign scale = scales[end_q];
  assign inverse = inverses[end_q];
  assign of_norm = total.pass == PassSums;
  assign finished = row_done != '0 || norm_done;
  // A norm has all places, because there is one normaliser.
  logic [Dividers-1:0] begun, ended;
  assign begun = !start ? '0 : norm ? '1 : Dividers'(1) << turn_q;
  assign ended = !finished ? '0 : of_norm ? '1 : Dividers'(1) << end_q;
  always_ff @(posedge clk_i) begin
    if (start) held_q[turn_q] <= next;
    if (!rst_ni) begin
      busy_q <= '0;
      turn_q <= '0;
      end_q  <= '0;
    end else begin
      busy_q <= (busy_q | begun) & ~ended;
      if (start) turn_q <= after(turn_q);
      if (finished) end_q <= after(end_q);
    end
  end

  scale_t even_q;  // of two vectors that share words
  logic   odd;
  assign odd = !two_digits_i && total.number[0];
  always_ff @(posedge clk_i) begin
    if (of_scores) begin
      most_q[total_i.number] <= total_i.most ^ 32'h8000_0000;
      top_q[total_i.number]  <= total_i.top ^ 8'h80;
    end
    if (finished) begin
      shift_q[total.number] <= total.added;
      factor_q[total.number] <= of_norm ? factor : inverse;
      even_q <= scale;
      scales_chunk_o <= total.word[15:2];
      scales_o <= odd ? {scale, even_q} : {scale_t'(0), scale};
      if (fault_i == FaultPairScale && odd) scales_o <= {even_q, scale};
    end
    if (!rst_ni) begin
      vector_ready_o <= 1'b0;
      scales_valid_o <= 1'b0;
    end else begin
      vector_ready_o <= of_scores || finished;
      scales_valid_o <= row_done != '0 && (two_digits_i || odd || total.alone);
    end
  end

`ifndef SYNTHESIS
  OneVectorAtATime :
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(of_scores && finished) && $onehot0({norm_done, row_done}));
  DoneInTurn :
  assert property (@(posedge clk_i) disable iff (!rst_ni) row_done != '0 |-> row_done[end_q]);
`endif
endmodule
`default_nettype wire
