/// One lane of the vector unit: every pass's arithmetic of one real, in one pipeline of 13 stages that advance together when
/// enabled. Stages 1 to 5: activation, exponential, n x - sum; to 8: times a scale; to 12: times the second operand, a code's
/// inverse or an angle; 13: plus the third. What does not take part in a pass goes past.
`default_nettype none
module sfu_lane
  import godwit_isa_pkg::*;
  import sfu_pkg::*;
  import fault_pkg::*;
#(
    parameter bit Odd = 1'b0  // the second of a pair that is turned
) (
    input  wire                     clk_i,
`ifdef GODWIT_FAULTS
    input  wire fault_e             fault_i,
`endif
    input  wire                     enable_i,
    // stand
    input  wire              [ 4:0] fraction_bits_i,
    input  wire activation_e        activation_i,
    input  wire combine_e           combine_i,
    input  wire              [14:0] count_i,          // n of a norm
    // a number
    input  wire logic signed [31:0] x_i,
    input  wire logic signed [31:0] a_i,
    input  wire logic signed [31:0] b_i,
    // what belongs to its vector and pass, at the stage that needs it
    input  wire logic signed [31:0] most_i,
    input  wire logic signed [45:0] shift1_i,
    input  wire pass_e              pass4_i,
    input  wire scale_t             factor4_i,
    input  wire logic signed [ 7:0] top4_i,
    input  wire pass_e              pass7_i,
    input  wire scale_t             inverse7_i,
    input  wire                     second8_i,        // of the two cycles that a turn takes
    input  wire                     subtract8_i,      // the second product, of the first of a pair
    input  wire pass_e              pass12_i,
    // stage 9: for totals
    output logic signed      [31:0] value9_o,         // real, score or weight
    output logic signed      [31:0] addend9_o,        // real or exponential
    output logic             [63:0] square9_o,
    output scale_t                  scale9_o,
    // stage 12
    output logic             [14:0] code12_o,
    // stage 13
    output logic signed      [31:0] real13_o,
    output logic                    saturated13_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned LeftMost = 9;  // of a norm: 1 / sqrt(1) and 24 fraction bits, less a mantissa's 15

  // ---- what waits: [k] belongs to stage k ----
  logic signed [31:0] x_q[1:4];
  logic signed [31:0] a_q[1:12];
  logic signed [31:0] b_q[1:12];

  // ---- 1 to 5 ----
  logic signed [47:0] product1_q;
  logic signed [47:0] centred_q[2:4];
  logic signed [31:0] active5;
  logic [18:0] exponential5;
  activate u_activate (
      .clk_i,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .enable_i,
      .function_i(activation_i),
      .fraction_bits_i,
      .x_i,
      .y_o(active5)
  );
  exp2_difference u_exp2 (
      .clk_i,
      .enable_i,
      .fraction_bits_i,
      .x_i,
      .most_i,
      .value_o(exponential5)
  );

  // ---- 6 to 8: times a scale, or past it. What is multiplied stands in registers, but for one choice. ----
  logic signed [47:0] value5, straight5_q;  // neither exponential nor activation; else zero
  logic [15:0] mantissa5_q;
  logic signed [10:0] left5_q;
  scale_t scale4;  // of values
  logic normalises4, weighs4, combines4;
  logic signed [31:0] past_q[6:8];
  logic signed [31:0] scaled8;
  logic scaled_saturated8;
  assign scale4 = a_q[4][23:0];
  logic weighs5_q, combines5_q;
  assign normalises4 = pass4_i == PassNormalise;
  assign weighs4 = pass4_i inside {PassWeights, PassWeightCodes};
  assign combines4 = pass4_i == PassCombine;
  assign value5 = straight5_q | (48'(exponential5) & {48{weighs5_q}}) | (48'(active5) & {48{combines5_q}});
  scaled_real #(
      .Bits(48),
      .LeftMost(LeftMost)
  ) u_scaled (
      .clk_i,
      .enable_i,
      .value_i(value5),
      .mantissa_i(mantissa5_q),
      .left_i(left5_q),
      .real_o(scaled8),
      .saturated_o(scaled_saturated8)
  );

  // ---- 9 to 12: times the second operand ----
  logic signed [31:0] value8, operand8_q, real12;
  logic [5:0] right8_q;
  logic [63:0] product9;
  logic product_saturated12;
  logic scaled8_q;
  assign value8 = scaled8_q ? scaled8 : past_q[8];
  product_real u_product (
      .clk_i,
      .enable_i,
      .a_i(value8),
      .b_i(operand8_q),
      .right_i(right8_q),
      .second_i(second8_i),
      .subtract_i(subtract8_i && !Odd && fault_i != FaultTurnSign),
      .product_o(product9),
      .real_o(real12),
      .saturated_o(product_saturated12)
  );
  logic signed [31:0] value_q[9:12];
  logic scaled_saturated_q[9:12];
  assign square9_o = product9;
  assign value9_o  = value_q[9];
  assign scale9_o  = a_q[9][23:0];
  assign code12_o  = real12[14:0];

  // ---- 13: plus the third ----
  logic signed [32:0] base12, addend12, sum12;
  logic saturated12, over;
  always_comb begin
    base12 = 33'(real12);
    addend12 = '0;
    saturated12 = product_saturated12;
    if (pass12_i == PassNormalise) begin
      addend12 = 33'(b_q[12]);
      saturated12 |= scaled_saturated_q[12];
    end else if (pass12_i == PassCombine && combine_i != CombineMultiply) begin
      base12 = 33'(value_q[12]);
      if (combine_i == CombineAdd) addend12 = 33'(a_q[12]);
      saturated12 = 1'b0;
    end
    sum12 = base12 + addend12;
    over  = sum12[32] != sum12[31];
  end

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      x_q[1] <= x_i;
      a_q[1] <= a_i;
      b_q[1] <= b_i;
      for (int unsigned k = 2; k <= 4; k++) x_q[k] <= x_q[k-1];
      for (int unsigned k = 2; k <= 12; k++) begin
        a_q[k] <= a_q[k-1];
        b_q[k] <= b_q[k-1];
      end
      product1_q   <= 48'(x_i) * 48'(signed'({1'b0, count_i}));
      centred_q[2] <= product1_q - 48'(shift1_i);
      for (int unsigned k = 3; k <= 4; k++) centred_q[k] <= centred_q[k-1];
      weighs5_q   <= weighs4;
      combines5_q <= combines4;
      straight5_q <= weighs4 || combines4 ? '0 : normalises4 ? centred_q[4] : 48'(x_q[4]);
      mantissa5_q <= normalises4 ? factor4_i.mantissa : scale4.mantissa;
      if (normalises4) left5_q <= 11'(factor4_i.exponent) + 11'(fraction_bits_i);
      else left5_q <= 11'(scale4.exponent) - 11'(top4_i) - 11'(WeightDropBits);
      past_q[6] <= value5[31:0];
      for (int unsigned k = 7; k <= 8; k++) past_q[k] <= past_q[k-1];
      scaled8_q <= scales_first(pass7_i);
      operand8_q <= pass7_i == PassSums ? past_q[7] : gives_codes(pass7_i) ? 32'(inverse7_i.mantissa) : a_q[7];
      right8_q <= gives_codes(
          pass7_i
      ) ? 6'(-inverse7_i.exponent) : pass7_i == PassCombine ? 6'(fraction_bits_i) : 6'(CoefficientFractionBits);
      value_q[9] <= value8;
      addend9_o <= past_q[8];
      scaled_saturated_q[9] <= scaled_saturated8;
      for (int unsigned k = 10; k <= 12; k++) begin
        value_q[k] <= value_q[k-1];
        scaled_saturated_q[k] <= scaled_saturated_q[k-1];
      end
      real13_o <= !over ? sum12[31:0] : sum12[32] ? 32'h8000_0000 : 32'h7fff_ffff;
      saturated13_o <= saturated12 || over;
    end
  end
endmodule
`default_nettype wire
