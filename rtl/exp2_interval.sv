/// The interval of the table of 2^f in which the fraction f of a real lies: the value where it begins, and what is gained from
/// there. Both have Exp2FractionBits - Exp2StepBits fraction bits more than the real. Two stages.
`default_nettype none
module exp2_interval
  import godwit_isa_pkg::*;
(
    input  wire         clk_i,
    input  wire         enable_i,
    input  wire  [ 4:0] fraction_bits_i,
    input  wire  [23:0] real_i,           // its lowest fraction_bits are the fraction
    output logic [41:0] begin_o,
    output logic [41:0] gain_o
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

  node_t node1_q;
  logic [15:0] rest1_q;
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      node1_q <= node_q[8'(real_i>>rest_bits)];
      rest1_q <= 16'(real_i) & 16'((17'd1 << rest_bits) - 1'b1);

      begin_o <= 42'(node1_q.value) << rest_bits;
      gain_o  <= 42'(node1_q.slope) * 42'(rest1_q);
    end
  end

  initial begin
    assert (Exp2StepBits == 8 && $bits(Exp2Value[0]) <= 25 && $bits(Exp2Slope[0]) <= 17);
  end
endmodule
`default_nettype wire
