/// A DSP48E2 (AMD UG579) with the ports and parameters that the modules beside it use. Synthesis takes it as the part's own cell; for a
/// simulation it does what they ask of it, the cascade D + A times B, `dsp_sum` A times B, both with sums from beside added, and nothing
/// else: other modes are refused.
`default_nettype none
`ifdef SYNTHESIS (* blackbox *)
`endif
module DSP48E2 #(
    parameter string AMULTSEL      = "A",
    parameter int    AREG          = 1,
    parameter int    ACASCREG      = 1,
    parameter int    BREG          = 1,
    parameter int    BCASCREG      = 1,
    parameter int    DREG          = 1,
    parameter int    ADREG         = 1,
    parameter int    MREG          = 1,
    parameter int    PREG          = 1,
    parameter int    CREG          = 1,
    parameter int    INMODEREG     = 1,
    parameter int    OPMODEREG     = 1,
    parameter int    ALUMODEREG    = 1,
    parameter int    CARRYINREG    = 1,
    parameter int    CARRYINSELREG = 1
) (
    input  wire        CLK,
    input  wire [29:0] A,
    input  wire [26:0] D,
    input  wire [17:0] B,
    input  wire [47:0] C,
    input  wire [ 4:0] INMODE,
    input  wire [ 8:0] OPMODE,
    input  wire [ 3:0] ALUMODE,
    input  wire        CARRYIN,
    input  wire [ 2:0] CARRYINSEL,
    input  wire [29:0] ACIN,
    input  wire [17:0] BCIN,
    input  wire        CARRYCASCIN,
    input  wire        MULTSIGNIN,
    input  wire [47:0] PCIN,
    output wire [47:0] PCOUT,
    output wire [47:0] P,
    input  wire        CEA1,
    input  wire        CEA2,
    input  wire        CEAD,
    input  wire        CEALUMODE,
    input  wire        CEB1,
    input  wire        CEB2,
    input  wire        CEC,
    input  wire        CECARRYIN,
    input  wire        CECTRL,
    input  wire        CED,
    input  wire        CEINMODE,
    input  wire        CEM,
    input  wire        CEP,
    input  wire        RSTA,
    input  wire        RSTALLCARRYIN,
    input  wire        RSTALUMODE,
    input  wire        RSTB,
    input  wire        RSTC,
    input  wire        RSTCTRL,
    input  wire        RSTD,
    input  wire        RSTINMODE,
    input  wire        RSTM,
    input  wire        RSTP
);
`ifndef SYNTHESIS
  logic signed [26:0] a2_q, d_q, ad_q, a;
  logic signed [17:0] b1_q, b2_q, b;
  logic signed [44:0] m_q;
  logic [47:0] p_q, product, sum;
  assign a = AREG == 0 ? A[26:0] : ad_q;
  assign b = BREG == 0 ? B : b2_q;
  // W, Z, and X with Y: zero, or C; zero, or PCIN; zero, or the product.
  assign product = OPMODE[1:0] == 2'b01 ? 48'(m_q) : 48'd0;
  assign sum = product + (OPMODE[6:4] == 3'b001 ? PCIN : 48'd0) + (OPMODE[8:7] == 2'b11 ? C : 48'd0);
  assign P = PREG == 1 ? p_q : sum;
  assign PCOUT = P;
  always_ff @(posedge CLK) begin
    if (CEA2) a2_q <= A[26:0];
    if (CED) d_q <= D;
    if (CEAD) ad_q <= d_q + a2_q;
    if (CEB1) b1_q <= B;
    if (CEB2) b2_q <= b1_q;
    if (CEM) m_q <= 45'(a) * 45'(b);
    if (CEP) p_q <= sum;
  end
  logic cascade_form, sum_form;
  assign cascade_form = AMULTSEL == "AD" && AREG == 1 && BREG == 2 && DREG == 1 && ADREG == 1 && MREG == 1 && PREG == 1;
  assign sum_form = AMULTSEL == "A" && AREG == 0 && BREG == 0 && MREG == 1 && PREG == 0;
  initial begin
    assert (cascade_form || sum_form);
    assert (CREG == 0 && INMODEREG == 0 && OPMODEREG == 0 && ALUMODEREG == 0 && CARRYINREG == 0 && CARRYINSELREG == 0);
  end
  logic asked;
  assign asked = INMODE == (cascade_form ? 5'b00100 : 5'b00000) && (OPMODE[3:0] inside {4'b0101, 4'b0000}) &&
      (OPMODE[6:4] inside {3'b000, 3'b001}) && (OPMODE[8:7] inside {2'b00, 2'b11}) && ALUMODE == 0 && !CARRYIN;
  OnlyWhatIsAsked :
  assert property (@(posedge CLK) asked);
`endif
endmodule
`default_nettype wire
