/// One value a cycle: sum x (row scale x activation scale) x 2^fraction, both products rounded half to even and saturated (to
/// a scale, to a real), plus the bias, saturated again. Five stages that advance together when enabled.
`default_nettype none
module requantise
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import fault_pkg::*;
(
    input wire clk_i,
    input wire rst_ni,
`ifdef GODWIT_FAULTS
    input wire fault_e fault_i,
`endif
    input wire enable_i,
    input wire valid_i,
    input wire logic signed [5:0] fraction_i,  // bits of a real below one, less what the sums have; a constant
    input wire logic signed [SumBits-1:0] sum_i,
    input wire scale_t row_scale_i,
    input wire scale_t input_scale_i,
    input wire [31:0] bias_i,
    output logic valid_o,
    output logic [31:0] real_o,
    output logic saturated_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned ProductBits = SumBits + 16;
  typedef logic signed [SumBits-1:0] sum_t;
  typedef logic signed [ProductBits-1:0] product_t;

  localparam int unsigned LeftMost = 32;
  localparam int unsigned RightMost = ProductBits + LeftMost;  // nothing is left then
  typedef logic [$clog2(RightMost+1)-1:0] right_t;

  logic [4:0] valid_q;

  // 1: product of the mantissas
  logic [31:0] mantissas_q;
  logic signed [9:0] exponent1_q;
  sum_t sum1_q;
  logic [31:0] bias1_q;
  // 2: cut to 16 bits
  logic [15:0] mantissa2_q;
  logic signed [7:0] exponent2_q;
  logic saturated2_q;
  sum_t sum2_q;
  logic [31:0] bias2_q;
  // 3: product with the sum
  product_t product3_q;
  right_t right3_q;
  logic saturated3_q;
  logic [31:0] bias3_q;
  // 4: shifted; 5: rounded, saturated, plus the bias
  logic saturated4_q, tie4_q;
  logic [31:0] bias4_q;

  logic high;
  logic [15:0] mantissa2_d;
  always_comb begin
    logic [15:0] kept;
    logic round_bit, sticky;
    high = mantissas_q[31];
    kept = high ? mantissas_q[31:16] : mantissas_q[30:15];
    round_bit = high ? mantissas_q[15] : mantissas_q[14];
    sticky = high ? |mantissas_q[14:0] : |mantissas_q[13:0];
    mantissa2_d = kept + 16'(round_bit && (sticky || kept[0]));
  end

  // The mantissa carries where it rounds up to the next power of two: all that is kept and the bit below are ones.
  logic signed [9:0] base;
  logic carries, too_large, too_small;
  assign carries = &mantissas_q[30:15] && (high || mantissas_q[14]);
  assign base = exponent1_q + (high ? 10'sd16 : 10'sd15);
  assign too_large = mantissas_q != 0 && (carries ? base > 10'sd126 : base > 10'sd127);
  assign too_small = carries ? base < -10'sd129 : base < -10'sd128;

  logic signed [10:0] right2;
  right_t right2_d;
  assign right2   = 11'(LeftMost) - 11'(exponent2_q) - 11'(fraction_i);
  assign right2_d = right2 < 0 ? '0 : right2 > 11'(RightMost) ? right_t'(RightMost) : right_t'(right2);

  logic [31:0] real4;
  logic up4, over4;
  shifted_real #(
      .Bits    (ProductBits),
      .LeftMost(LeftMost)
  ) u_shifted (
      .clk_i,
`ifdef GODWIT_QUICK
      .enable_i   (enable_i && valid_q != '0),
`else
      .enable_i,
`endif
      .value_i    (product3_q),
      .right_i    (right3_q),
      .real_o     (real4),
      .up_o       (up4),
      .saturated_o(over4)
  );
  function automatic logic is_tie(input product_t product, input right_t right);
    return right > right_t'(LeftMost) && product << (RightMost - 32'(right)) == product_t'(1) << (ProductBits - 1);
  endfunction

  logic signed [32:0] with_bias;
  logic over;
  assign with_bias = 33'(signed'(real4)) + 33'(signed'(bias4_q)) + 33'(up4 || (tie4_q && !over4));
  assign over = with_bias[32] != with_bias[31];

  always_ff @(posedge clk_i) begin
`ifdef GODWIT_QUICK
    if (enable_i && (valid_i || valid_q != '0)) begin  // in a simulation not for nothing
`else
    if (enable_i) begin
`endif
      mantissas_q <= 32'(row_scale_i.mantissa) * 32'(input_scale_i.mantissa);
      exponent1_q <= 10'(row_scale_i.exponent) + 10'(input_scale_i.exponent);
      sum1_q <= sum_i;
      bias1_q <= bias_i;

      if (too_large) mantissa2_q <= 16'hffff;
      else if (too_small) mantissa2_q <= 16'h0000;
      else mantissa2_q <= {mantissa2_d[15] || carries, mantissa2_d[14:0]};
      exponent2_q <= too_large ? 8'sd127 : carries ? 8'(base + 10'sd1) : base[7:0];
      saturated2_q <= too_large;
      sum2_q <= sum1_q;
      bias2_q <= bias1_q;

      product3_q <= product_t'(sum2_q) * product_t'(signed'({1'b0, mantissa2_q}));
      right3_q <= right2_d;
      saturated3_q <= saturated2_q;
      bias3_q <= bias2_q;

      saturated4_q <= saturated3_q;
      tie4_q <= fault_i == FaultRounding && is_tie(product3_q, right3_q);
      bias4_q <= bias3_q;

      real_o <= !over ? with_bias[31:0] : with_bias[32] ? 32'h8000_0000 : 32'h7fff_ffff;
      saturated_o <= saturated4_q || over4 || over;
    end
    if (!rst_ni) valid_q <= '0;
    else if (enable_i) valid_q <= {valid_q[3:0], valid_i};
  end
  assign valid_o = valid_q[4];
endmodule
`default_nettype wire
