/// The interval of the table of 2^f in which the fraction f of a real lies: the value where it begins, and what is gained from
/// there, both with SumFractionBits. The fraction is first brought to the most bits that it may have, so that nothing behind
/// depends on how many it has. Two stages.
`default_nettype none
module exp2_interval
  import godwit_isa_pkg::*;
#(
    localparam int unsigned FractionMost    = 24,
    localparam int unsigned SumFractionBits = FractionMost + 32'(Exp2FractionBits) - 32'(Exp2StepBits)
) (
    input  wire                        clk_i,
    input  wire                        enable_i,
    input  wire  [                4:0] fraction_bits_i,  // 10 to 24
    input  wire  [   FractionMost-1:0] real_i,           // its lowest fraction_bits are the fraction
    output logic [SumFractionBits : 0] begin_o,
    output logic [SumFractionBits : 0] gain_o
);
  localparam int unsigned Intervals = 256;
  localparam int unsigned RestBits = FractionMost - 32'(Exp2StepBits);
  typedef struct packed {
    logic [24:0] value;
    logic [16:0] slope;
  } node_t;

  (* ram_style = "block" *) node_t node_q[Intervals];
  initial begin
    for (int unsigned i = 0; i < Intervals; i++) node_q[i] = '{value: Exp2Value[i], slope: Exp2Slope[i]};
  end

  logic [7:0] index;
  logic [RestBits-1:0] rest;
  assign {index, rest} = real_i << (5'(FractionMost) - fraction_bits_i);

  node_t node1_q;
  logic [RestBits-1:0] rest1_q;
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      node1_q <= node_q[index];
      rest1_q <= rest;

      begin_o <= {node1_q.value, RestBits'(0)};
      gain_o  <= (SumFractionBits + 1)'(node1_q.slope) * (SumFractionBits + 1)'(rest1_q);
    end
  end

  initial begin
    assert (Exp2StepBits == 8 && Exp2FractionBits == 24 && $bits(Exp2Value[0]) <= 25 && $bits(Exp2Slope[0]) <= 17);
  end
endmodule
`default_nettype wire
