/// 2^f of the fraction f of a real, with ExponentialBits fraction bits, as isa::exp2_fraction: from 1 to 2. Three stages that
/// advance together when enabled.
`default_nettype none
module exp2_fraction
  import godwit_isa_pkg::*;
(
    input  wire         clk_i,
    input  wire         enable_i,
    input  wire  [ 4:0] fraction_bits_i,
    input  wire  [23:0] real_i,           // its lowest fraction_bits are the fraction
    output logic [19:0] value_o
);
  localparam int unsigned Intervals = 256;
  typedef struct packed {
    logic [24:0] value;
    logic [16:0] slope;
  } node_t;

  node_t node_q[Intervals];
  initial begin
    for (int unsigned i = 0; i < Intervals; i++) node_q[i] = '{value: Exp2Value[i], slope: Exp2Slope[i]};
  end

  logic [4:0] rest_bits;
  assign rest_bits = fraction_bits_i - 5'(Exp2StepBits);

  // 1: the node
  node_t node1_q;
  logic [15:0] rest1_q;
  // 2: on the way to the next one
  logic [41:0] node2_q;
  logic [41:0] more2_q;
  // 3: rounded; the sum has Exp2FractionBits - Exp2StepBits more fraction bits than the real
  logic [41:0] sum;
  logic [4:0] right;
  assign sum   = node2_q + more2_q;
  assign right = fraction_bits_i + 5'(int'(Exp2FractionBits - Exp2StepBits) - int'(ExponentialBits));

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      node1_q <= node_q[8'(real_i>>rest_bits)];
      rest1_q <= 16'(real_i) & 16'((17'd1 << rest_bits) - 1'b1);

      node2_q <= 42'(node1_q.value) << rest_bits;
      more2_q <= 42'(node1_q.slope) * 42'(rest1_q);

      value_o <= 20'((sum + ((42'd1 << (right - 1'b1)) - 1'b1) + 42'(sum[6'(right)])) >> right);
    end
  end

  initial begin
    assert (Exp2StepBits == 8 && $bits(Exp2Value[0]) <= 25 && $bits(Exp2Slope[0]) <= 17);
  end
endmodule
`default_nettype wire
