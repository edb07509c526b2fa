/// The `pair` form of the cascade on DSP48E2 (UG579): the pre-adder joins the two digits, hi x 2^18 + lo, the multiplier gives both
/// products of a code, and the sums go from DSP to DSP. Lane l enters l cycles late, so that its product meets the sum of
/// the lanes before it: Length + 3 cycles from the first lane to the last sum.
`default_nettype none
module cascade
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Length  = 8,
    parameter int unsigned Latency = Length + 3
) (
    input  wire                 clk_i,
    input  wire code_t          code_i  [Length],
    input  wire digits_t        digits_i[Length],
    output logic signed  [17:0] hi_o,
    output logic signed  [17:0] lo_o
);
  typedef struct packed {
    code_t   code;
    digits_t digits;
  } lane_t;

  logic [47:0] carried[Length+1];
  logic [47:0] sum;
  assign carried[0] = '0;

  for (genvar l = 0; l < Length; l++) begin : gen_lane
    lane_t now, late;
    assign now = '{code: code_i[l], digits: digits_i[l]};
    if (l == 0) begin : gen_first
      assign late = now;
    end else begin : gen_late
      delay #(
          .T(lane_t),
          .Cycles(l)
      ) u_delay (
          .clk_i,
          .data_i(now),
          .data_o(late)
      );
    end

    logic [47:0] p;
    DSP48E2 #(
        .AMULTSEL     ("AD"),
        .AREG         (1),
        .ACASCREG     (1),
        .BREG         (2),
        .BCASCREG     (2),
        .DREG         (1),
        .ADREG        (1),
        .MREG         (1),
        .PREG         (1),
        .CREG         (0),
        .INMODEREG    (0),
        .OPMODEREG    (0),
        .ALUMODEREG   (0),
        .CARRYINREG   (0),
        .CARRYINSELREG(0)
    ) u_dsp (
        .CLK          (clk_i),
        .A            ({{4{late.digits.hi[7]}}, late.digits.hi, 18'd0}),
        .D            (27'(signed'(late.digits.lo))),
        .B            (18'(signed'(late.code))),
        .C            (48'd0),
        .INMODE       (5'b00100),                                         // D + A
        .OPMODE       ({4'b0000, l != 0, 2'b01, 2'b01}),                  // the product, and PCIN but in the first
        .ALUMODE      (4'b0000),
        .CARRYIN      (1'b0),
        .CARRYINSEL   (3'd0),
        .ACIN         (30'd0),
        .BCIN         (18'd0),
        .CARRYCASCIN  (1'b0),
        .MULTSIGNIN   (1'b0),
        .PCIN         (carried[l]),
        .PCOUT        (carried[l+1]),
        .P            (p),
        .CEA1         (1'b0),
        .CEA2         (1'b1),
        .CEAD         (1'b1),
        .CEALUMODE    (1'b0),
        .CEB1         (1'b1),
        .CEB2         (1'b1),
        .CEC          (1'b0),
        .CECARRYIN    (1'b0),
        .CECTRL       (1'b0),
        .CED          (1'b1),
        .CEINMODE     (1'b0),
        .CEM          (1'b1),
        .CEP          (1'b1),
        .RSTA         (1'b0),
        .RSTALLCARRYIN(1'b0),
        .RSTALUMODE   (1'b0),
        .RSTB         (1'b0),
        .RSTC         (1'b0),
        .RSTCTRL      (1'b0),
        .RSTD         (1'b0),
        .RSTINMODE    (1'b0),
        .RSTM         (1'b0),
        .RSTP         (1'b0)
    );
    if (l == Length - 1) begin : gen_last
      assign sum = p;
    end
  end

  assign lo_o = sum[17:0];
  assign hi_o = sum[35:18] + 18'(sum[17]);

  initial begin
    assert (Latency == Length + 3);
  end
endmodule
`default_nettype wire
