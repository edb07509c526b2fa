/// The activation functions of one real, as isa::activate: max(x, 0) and an even function from a table, linear between its
/// nodes. Four stages that advance together when enabled.
`default_nettype none
module activate
  import godwit_isa_pkg::*;
  import fault_pkg::*;
(
    input  wire                     clk_i,
`ifdef GODWIT_FAULTS
    input  wire fault_e             fault_i,
`endif
    input  wire                     enable_i,
    input  wire activation_e        function_i,       // stands while numbers are under way, as the next one
    input  wire              [ 4:0] fraction_bits_i,
    input  wire logic signed [31:0] x_i,
    output logic signed      [31:0] y_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Intervals = 1024;
  localparam int unsigned IndexBits = 10;
  // Where values and slopes of all tables find room.
  typedef struct packed {
    logic signed [19:0] value;
    logic signed [13:0] slope;
  } node_t;

  // ---- the tables, GELU by tanh first ----
  node_t node_q[4*Intervals];
  initial begin
    for (int unsigned i = 0; i < Intervals; i++) begin
      node_q[i] = '{value: 20'(GeluTanhValue[i]), slope: 14'(GeluTanhSlope[i])};
      node_q[Intervals+i] = '{value: 20'(GeluErfValue[i]), slope: 14'(GeluErfSlope[i])};
      node_q[2*Intervals+i] = '{value: 20'(SiluValue[i]), slope: 14'(SiluSlope[i])};
      node_q[3*Intervals+i] = '0;
    end
  end

  logic [1:0] table_number;
  logic [4:0] rest_bits;  // of x below an interval's number
  logic wide;  // the table of the wider intervals
  always_comb begin
    unique case (function_i)
      ActivationGeluTanh: table_number = 2'd0;
      ActivationGeluErf: table_number = 2'd1;
      ActivationSilu: table_number = 2'd2;
      default: table_number = 2'd3;
    endcase
  end
  assign wide = function_i == ActivationSilu;
  assign rest_bits = fraction_bits_i - (wide ? 5'(SiluStepBits) : 5'(GeluTanhStepBits));

  // 1: which interval
  logic [31:0] magnitude, interval;
  logic signed [31:0] ramp1_q;
  logic inside1_q;
  logic [IndexBits-1:0] index1_q;
  logic [17:0] rest1_q;
  assign magnitude = x_i < 0 ? -x_i : x_i;
  assign interval  = magnitude >> rest_bits;
  // 2: its node
  logic signed [31:0] ramp2_q;
  logic inside2_q;
  logic [17:0] rest2_q;
  node_t node2_q;
  // 3: on the way to the next one
  logic signed [31:0] ramp3_q;
  logic signed [38:0] node3_q;
  logic signed [38:0] more3_q;
  // 4: rounded
  logic signed [38:0] sum, rounded;
  assign sum = node3_q + more3_q;
  always_comb begin
    if (wide) begin
      rounded = (sum + 39'sd8191 + 39'(signed'({1'b0, sum[14]}))) >>> 14;
    end else begin
      rounded = (sum + 39'sd4095 + 39'(signed'({1'b0, sum[13]}))) >>> 13;
    end
  end

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      ramp1_q <= function_i == ActivationNone || x_i >= 0 ? x_i : '0;
      if (fault_i == FaultRamp && function_i != ActivationNone) ramp1_q <= magnitude;
      inside1_q <= interval < Intervals;
      index1_q <= interval[IndexBits-1:0];
      rest1_q <= magnitude[17:0] & ((18'd1 << rest_bits) - 1'b1);

      ramp2_q <= ramp1_q;
      inside2_q <= inside1_q;
      rest2_q <= rest1_q;
      node2_q <= node_q[{table_number, index1_q}];

      ramp3_q <= ramp2_q;
      node3_q <= inside2_q ? 39'(node2_q.value) <<< rest_bits : '0;
      more3_q <= inside2_q ? 39'(node2_q.slope) * 39'(signed'({1'b0, rest2_q})) : '0;

      y_o <= ramp3_q + 32'(rounded);
    end
  end

  initial begin
    assert (GeluTanhStepBits == 7 && GeluErfStepBits == 7 && SiluStepBits == 6);
    assert (GeluTanhFractionBits == 20 && GeluErfFractionBits == 20 && SiluFractionBits == 20);
  end
endmodule
`default_nettype wire
