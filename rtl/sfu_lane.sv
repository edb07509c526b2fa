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
    input  wire scale_t             factor5_i,
    input  wire logic signed [ 7:0] top5_i,
    input  wire pass_e              pass7_i,
    input  wire scale_t             inverse8_i,
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
  logic signed [31:0] x_q[1:5];
  logic signed [31:0] a_q[1:12];
  logic signed [31:0] b_q[1:12];

  // ---- 1 to 5 ----
  logic signed [47:0] product1_q;
  logic signed [47:0] centred_q[2:5];
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

  // ---- 6 to 8: times a scale, or past it ----
  logic signed [47:0] value5;
  logic [15:0] mantissa5;
  logic signed [10:0] left5;
  scale_t scale5;  // of values
  logic signed [31:0] past_q[6:8];
  logic signed [31:0] scaled8;
  logic scaled_saturated8;
  assign scale5 = a_q[5][23:0];
  logic normalises5_q, weighs5_q, combines5_q;
  always_comb begin
    value5 = 48'(x_q[5]);
    if (normalises5_q) value5 = centred_q[5];
    else if (weighs5_q) value5 = 48'(exponential5);
    else if (combines5_q) value5 = 48'(active5);
    if (normalises5_q) begin
      mantissa5 = factor5_i.mantissa;
      left5 = 11'(factor5_i.exponent) + 11'(fraction_bits_i);
    end else begin
      mantissa5 = scale5.mantissa;
      left5 = 11'(scale5.exponent) - 11'(top5_i) - 11'(WeightDropBits);
    end
  end
  scaled_real #(
      .Bits(48),
      .LeftMost(LeftMost)
  ) u_scaled (
      .clk_i,
      .enable_i,
      .value_i(value5),
      .mantissa_i(mantissa5),
      .left_i(left5),
      .real_o(scaled8),
      .saturated_o(scaled_saturated8)
  );

  // ---- 9 to 12: times the second operand ----
  logic signed [31:0] value8, operand8, real12;
  logic [5:0] right8;
  logic [63:0] product9;
  logic product_saturated12;
  logic scaled8_q, squares8_q, codes8_q, combines8_q;
  assign value8 = scaled8_q ? scaled8 : past_q[8];
  always_comb begin
    operand8 = a_q[8];
    right8   = 6'(CoefficientFractionBits);
    if (squares8_q) operand8 = past_q[8];
    else if (codes8_q) begin
      operand8 = 32'(inverse8_i.mantissa);
      right8   = 6'(-inverse8_i.exponent);
    end
    if (combines8_q) right8 = 6'(fraction_bits_i);
  end
  product_real u_product (
      .clk_i,
      .enable_i,
      .a_i(value8),
      .b_i(operand8),
      .right_i(right8),
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
      for (int unsigned k = 2; k <= 5; k++) x_q[k] <= x_q[k-1];
      for (int unsigned k = 2; k <= 12; k++) begin
        a_q[k] <= a_q[k-1];
        b_q[k] <= b_q[k-1];
      end
      product1_q   <= 48'(x_i) * 48'(signed'({1'b0, count_i}));
      centred_q[2] <= product1_q - 48'(shift1_i);
      for (int unsigned k = 3; k <= 5; k++) centred_q[k] <= centred_q[k-1];
      normalises5_q <= pass4_i == PassNormalise;
      weighs5_q <= pass4_i inside {PassWeights, PassWeightCodes};
      combines5_q <= pass4_i == PassCombine;
      past_q[6] <= value5[31:0];
      for (int unsigned k = 7; k <= 8; k++) past_q[k] <= past_q[k-1];
      scaled8_q <= scales_first(pass7_i);
      squares8_q <= pass7_i == PassSums;
      codes8_q <= gives_codes(pass7_i);
      combines8_q <= pass7_i == PassCombine;
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
