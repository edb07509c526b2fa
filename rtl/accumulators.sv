/// Sums of one group for every pass (a token, or two) and row: both digits apart, and the digits' own sum, which the first turn
/// adds up for all. Read, added to and written in one cycle, so that neighbouring beats need no gap; of several turns, whose
/// neighbours are never at the same place, read a cycle before. At the end of a group the sums leave a cycle later.
`default_nettype none
module accumulators
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned GroupSumBits = 22,   // 128 inputs x 127 x 128
    parameter int unsigned InputSumBits = 15,   // 128 inputs x 128
    parameter int unsigned Chains       = Rows
) (
    input  wire                                 clk_i,
    // of the next cycle
    input  wire                                 next_valid_i,
    input  wire              [             3:0] next_pass_i,
    input  wire              [             2:0] next_turn_i,
    input  wire                                 next_first_i,
    // of this one
    input  wire                                 valid_i,
    input  wire              [             3:0] pass_i,
    input  wire              [             2:0] turn_i,
    input  wire                                 first_i,               // in the group
    input  wire chain_sum_t                     hi_i        [Chains],
    input  wire chain_sum_t                     lo_i        [Chains],
    input  wire logic signed [            11:0] inputs_hi_i,
    input  wire logic signed [            11:0] inputs_lo_i,
    output logic signed      [GroupSumBits-1:0] hi_o        [Chains],
    output logic signed      [GroupSumBits-1:0] lo_o        [Chains],
    output logic signed      [InputSumBits-1:0] inputs_hi_o,
    output logic signed      [InputSumBits-1:0] inputs_lo_o
);
  typedef logic signed [GroupSumBits-1:0] group_sum_t;
  typedef logic signed [InputSumBits-1:0] input_sum_t;
  localparam bit Folded = Chains < Rows;
  localparam int unsigned Places = TokensMost * Rows / Chains;
  typedef logic [$clog2(Places)-1:0] where_t;
  group_sum_t hi[Chains], lo[Chains];  // so far
  group_sum_t hi_d[Chains], lo_d[Chains];
  input_sum_t inputs_hi_q[TokensMost];
  input_sum_t inputs_lo_q[TokensMost];
  input_sum_t inputs_hi_d, inputs_lo_d;
  where_t place, next_place;
  assign place = where_t'({turn_i, pass_i});
  assign next_place = where_t'({next_turn_i, next_pass_i});

  if (Folded) begin : gen_early
    for (genvar r = 0; r < Chains; r++) begin : gen_row
      place_memory #(
          .T(logic [2*GroupSumBits-1:0]),
          .Places(Places)
      ) u_sums (
          .clk_i,
          .next_read_i(next_valid_i),
          .next_zero_i(next_first_i),
          .next_place_i(next_place),
          .data_o({hi[r], lo[r]}),
          .write_i(valid_i),
          .write_place_i(place),
          .data_i({hi_d[r], lo_d[r]})
      );
    end
  end else begin : gen_at_once
    group_sum_t hi_q[Places][Chains];
    group_sum_t lo_q[Places][Chains];
    for (genvar r = 0; r < Chains; r++) begin : gen_row
      assign hi[r] = first_i ? '0 : hi_q[place][r];
      assign lo[r] = first_i ? '0 : lo_q[place][r];
    end
    always_ff @(posedge clk_i) begin
      if (valid_i) begin
        for (int unsigned r = 0; r < Chains; r++) begin
          hi_q[place][r] <= hi_d[r];
          lo_q[place][r] <= lo_d[r];
        end
      end
    end
  end

  always_comb begin
    for (int unsigned r = 0; r < Chains; r++) begin
      hi_d[r] = hi[r] + group_sum_t'(hi_i[r]);
      lo_d[r] = lo[r] + group_sum_t'(lo_i[r]);
    end
    inputs_hi_d = inputs_hi_q[pass_i];
    inputs_lo_d = inputs_lo_q[pass_i];
    if (turn_i == 0) begin
      inputs_hi_d = (first_i ? input_sum_t'(0) : inputs_hi_d) + input_sum_t'(inputs_hi_i);
      inputs_lo_d = (first_i ? input_sum_t'(0) : inputs_lo_d) + input_sum_t'(inputs_lo_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      for (int unsigned r = 0; r < Chains; r++) begin
        hi_o[r] <= hi_d[r];
        lo_o[r] <= lo_d[r];
      end
      inputs_hi_q[pass_i] <= inputs_hi_d;
      inputs_lo_q[pass_i] <= inputs_lo_d;
      inputs_hi_o <= inputs_hi_d;
      inputs_lo_o <= inputs_lo_d;
    end
  end
`ifndef SYNTHESIS
  if (Folded) begin : gen_check
    NotReadWhileWritten :
    assert property (@(posedge clk_i) next_valid_i && !next_first_i && valid_i |-> next_place != place);
  end
`endif
endmodule
`default_nettype wire
