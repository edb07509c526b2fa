/// How a vector is cut into codes, from its largest magnitude, as isa::row_scale: scale = largest / divisor x 2^exponent and
/// inverse = limit / largest, both zero of a vector of zeros. The divisor is the limit and the exponent minus the fraction bits
/// of a real; attention weights have their own. Takes 23 cycles from start to done; the results stand until the next start.
`default_nettype none
module row_scale
  import godwit_isa_pkg::*;
(
    input  wire                     clk_i,
    input  wire                     rst_ni,
    input  wire                     start_i,
    input  wire              [31:0] largest_i,
    input  wire              [13:0] limit_i,     // 127 or 16383
    input  wire              [46:0] divisor_i,   // not zero
    input  wire logic signed [ 9:0] exponent_i,
    output logic                    done_o,      // one cycle
    output scale_t                  scale_o,
    output scale_t                  inverse_o
);
  logic zero_q, done;
  logic [2:0] unused;
  scale_t inverse;
  quotient u_scale (
      .clk_i,
      .rst_ni,
      .start_i,
      .numerator_i(47'(largest_i)),
      .denominator_i(divisor_i),
      .exponent_i,
      .done_o(done),
      .scale_o,
      .saturated_o(unused[0])  // below 2^32 x 2^131: never
  );
  quotient u_inverse (
      .clk_i,
      .rst_ni,
      .start_i,
      .numerator_i(47'(limit_i)),
      .denominator_i(largest_i == 0 ? 47'd1 : 47'(largest_i)),
      .exponent_i('0),
      .done_o(unused[1]),  // together
      .scale_o(inverse),
      .saturated_o(unused[2])
  );
  assign inverse_o = zero_q ? '0 : inverse;
  assign done_o = done;
  always_ff @(posedge clk_i) begin
    if (start_i) zero_q <= largest_i == 0;
  end
endmodule
`default_nettype wire
