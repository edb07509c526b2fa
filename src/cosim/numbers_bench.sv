/// The modules that compute one number, side by side.
`default_nettype none
module numbers_bench
  import godwit_isa_pkg::*;
  import fault_pkg::*;
(
    input  wire                     clk_i,
    input  wire                     enable_i,
    input  wire              [ 7:0] fault_i,
    input  wire              [ 4:0] fraction_bits_i,
    input  wire              [ 2:0] function_i,
    input  wire              [ 1:0] combine_i,
    input  wire logic signed [31:0] a_i,
    input  wire logic signed [31:0] b_i,
    output logic signed      [31:0] active_o,         // five enabled cycles later
    output logic             [19:0] exp2_o,           // three
    output logic signed      [31:0] combined_o,       // three
    output logic                    saturated_o
);
  activate u_activate (
      .clk_i,
`ifdef GODWIT_FAULTS
      .fault_i(fault_e'(fault_i)),
`endif
      .enable_i,
      .function_i(activation_e'(function_i)),
      .fraction_bits_i,
      .x_i(a_i),
      .y_o(active_o)
  );
  exp2_fraction u_exp2 (
      .clk_i,
      .enable_i,
      .fraction_bits_i,
      .real_i (a_i[23:0]),
      .value_o(exp2_o)
  );
  combine_reals u_combine (
      .clk_i,
      .enable_i,
      .combine_i(combine_e'(combine_i)),
      .fraction_bits_i,
      .a_i,
      .b_i,
      .real_o(combined_o),
      .saturated_o
  );
endmodule
`default_nettype wire
