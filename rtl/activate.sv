/// The activation functions of one real, as isa::activate: max(x, 0) and an even function from a table, linear between its
/// nodes. Five stages that advance together when enabled.
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
    input  wire activation_e        function_i,       // stands from two cycles before numbers on, as the next one
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

  logic [1:0] table_number_q;
  logic [4:0] rest_bits, rest_bits_q;  // of x below an interval's number
  logic [31:0] beyond_q;  // bits of a magnitude that no interval has
  logic ramp_q;  // max(x, 0), not x
  logic wide_q;  // the table of the wider intervals
  assign rest_bits = fraction_bits_i - (function_i == ActivationSilu ? 5'(SiluStepBits) : 5'(GeluTanhStepBits));
  always_ff @(posedge clk_i) begin
    unique case (function_i)
      ActivationGeluTanh: table_number_q <= 2'd0;
      ActivationGeluErf: table_number_q <= 2'd1;
      ActivationSilu: table_number_q <= 2'd2;
      default: table_number_q <= 2'd3;
    endcase
    wide_q <= function_i == ActivationSilu;
    ramp_q <= function_i != ActivationNone;
    rest_bits_q <= rest_bits;
    beyond_q <= {3'b111, 16'(16'hffff << 4'(rest_bits_q - 5'd3)), 13'b0};  // rest_bits is 3 to 18
  end

  // 1
  logic signed [31:0] ramp1_q;
  logic [31:0] magnitude, magnitude1_q;
  assign magnitude = x_i < 0 ? -x_i : x_i;
  // 2: which interval
  logic signed [31:0] ramp2_q;
  logic inside2_q;
  logic [IndexBits-1:0] index2_q;
  logic [17:0] rest2_q;
  // 3: its node
  logic signed [31:0] ramp3_q;
  logic inside3_q;
  logic [17:0] rest3_q;
  node_t node3_q;
  // 4: on the way to the next one
  logic signed [31:0] ramp4_q;
  logic signed [38:0] begin4_q;
  logic signed [38:0] more4_q;
  // 5: rounded
  logic signed [38:0] sum, rounded;
  assign sum = begin4_q + more4_q;
  always_comb begin
    if (wide_q) begin
      rounded = (sum + 39'sd8191 + 39'(signed'({1'b0, sum[14]}))) >>> 14;
    end else begin
      rounded = (sum + 39'sd4095 + 39'(signed'({1'b0, sum[13]}))) >>> 13;
    end
  end

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      ramp1_q <= ramp_q && x_i < 0 ? '0 : x_i;
      if (fault_i == FaultRamp && ramp_q) ramp1_q <= magnitude;
      magnitude1_q <= magnitude;

      ramp2_q <= ramp1_q;
      inside2_q <= (magnitude1_q & beyond_q) == 0;
      index2_q <= IndexBits'(magnitude1_q >> rest_bits_q);
      rest2_q <= magnitude1_q[17:0] & ((18'd1 << rest_bits_q) - 1'b1);

      ramp3_q <= ramp2_q;
      inside3_q <= inside2_q;
      rest3_q <= rest2_q;
      node3_q <= node_q[{table_number_q, index2_q}];

      ramp4_q <= ramp3_q;
      begin4_q <= inside3_q ? 39'(node3_q.value) <<< rest_bits_q : '0;
      more4_q <= inside3_q ? 39'(node3_q.slope) * 39'(signed'({1'b0, rest3_q})) : '0;

      y_o <= ramp4_q + 32'(rounded);
    end
  end

  initial begin
    assert (GeluTanhStepBits == 7 && GeluErfStepBits == 7 && SiluStepBits == 6);
    assert (GeluTanhFractionBits == 20 && GeluErfFractionBits == 20 && SiluFractionBits == 20);
  end
endmodule
`default_nettype wire
