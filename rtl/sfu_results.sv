/// Makes of a vector's totals what its next pass needs, one vector after the other, and keeps it for the batch: largest score,
/// inverse of a row of codes, factor of a norm. Sends the scales of activations.
`default_nettype none
module sfu_results
  import godwit_isa_pkg::*;
  import machine_pkg::*;
  import sfu_pkg::*;
  import fault_pkg::*;
(
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
  logic of_scores, waiting, busy_q, start, finished, norm;
  total_t total;
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
      .data_o (total),
      .valid_o(waiting),
      .ready_i(finished)
  );
  assign norm   = total.pass == PassSums;
  assign start  = waiting && !busy_q;
  assign idle_o = !waiting;

  logic row_done, norm_done, weights;
  scale_t scale, inverse, factor;
  logic [13:0] limit;
  logic signed [7:0] top;  // of the values' scales
  logic signed [9:0] exponent;
  assign weights  = total.pass == PassWeights;
  assign top      = top_q[total.number];
  assign exponent = weights ? 10'(top) + Drop : -10'(fraction_bits_i);
  assign limit    = two_digits_i ? LimitA15 : LimitA8;
  row_scale u_row_scale (
      .clk_i,
      .rst_ni,
      .start_i(start && !norm),
      .largest_i(total.most),
      .limit_i(limit),
      .divisor_i(weights ? 47'({total.added[32:0], 14'b0}) - 47'(total.added[33:0]) : 47'(limit)),
      .exponent_i(exponent),
      .done_o(row_done),
      .scale_o(scale),
      .inverse_o(inverse)
  );
  normaliser u_normaliser (
      .clk_i,
      .rst_ni,
      .start_i(start && norm),
      .fraction_bits_i,
      .shift_i(rms_i ? '0 : total.added),
      .squares_i(total.squares),
      .count_i,
      .epsilon_i,
      .done_o(norm_done),
      .factor_o(factor)
  );
  assign finished = row_done || norm_done;

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
      factor_q[total.number] <= norm ? factor : inverse;
      even_q <= scale;
      scales_chunk_o <= total.word[15:2];
      scales_o <= odd ? {scale, even_q} : {scale_t'(0), scale};
      if (fault_i == FaultPairScale && odd) scales_o <= {even_q, scale};
    end
    if (!rst_ni) begin
      busy_q <= 1'b0;
      vector_ready_o <= 1'b0;
      scales_valid_o <= 1'b0;
    end else begin
      busy_q <= start || (busy_q && !finished);
      vector_ready_o <= of_scores || finished;
      scales_valid_o <= row_done && (two_digits_i || odd || total.alone);
    end
  end

`ifndef SYNTHESIS
  OneVectorAtATime :
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(of_scores && finished));
`endif
endmodule
`default_nettype wire
