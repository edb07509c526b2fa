/// A chain as synthesis gave it (synth/netlist.py), with the ports of rtl/chain.sv: in a simulation it takes that module's place.
`default_nettype none
module chain
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned CascadeLatency = 11
) (
    input  wire          clk_i,
    input  wire code_t   code_i  [Lanes],
    input  wire digits_t digits_i[Lanes],
    output chain_sum_t   hi_o,
    output chain_sum_t   lo_o
);
  // An array's first element lies highest.
  logic [Lanes-1:0][ 7:0] code;
  logic [Lanes-1:0][15:0] digits;
  always_comb begin
    for (int unsigned l = 0; l < Lanes; l++) begin
      code[Lanes-1-l]   = code_i[l];
      digits[Lanes-1-l] = digits_i[l];
    end
  end
  chain_netlist u_netlist (
      .clk_i,
      .code_i  (code),
      .digits_i(digits),
      .hi_o,
      .lo_o
  );

  initial begin
    assert (CascadeLatency == 11);
  end
endmodule
`default_nettype wire
