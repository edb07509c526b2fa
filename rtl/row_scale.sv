/// How a vector is cut into codes, from its largest magnitude, as isa::row_scale: scale = largest / divisor x 2^exponent and
/// inverse = limit / largest, both zero of a vector of zeros. The divisor is the limit and the exponent minus the fraction bits
/// of a real; attention weights have their own. Takes 23 cycles from start to done, or 46 with one divider, which has both in turn; the
/// results stand until the next start.
`default_nettype none
module row_scale
  import godwit_isa_pkg::*;
#(
    parameter int unsigned Dividers = 2  // 1 or 2
) (
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
  logic zero_q;
  logic [46:0] largest;  // or one, of a vector of zeros
  scale_t inverse;
  assign largest = largest_i == 0 ? 47'd1 : 47'(largest_i);
  if (Dividers == 2) begin : gen_both
    logic [2:0] unused;
    quotient u_scale (
        .clk_i,
        .rst_ni,
        .start_i,
        .numerator_i(47'(largest_i)),
        .denominator_i(divisor_i),
        .exponent_i,
        .done_o,
        .scale_o,
        .saturated_o(unused[0])  // below 2^32 x 2^131: never
    );
    quotient u_inverse (
        .clk_i,
        .rst_ni,
        .start_i,
        .numerator_i(47'(limit_i)),
        .denominator_i(largest),
        .exponent_i('0),
        .done_o(unused[1]),  // together
        .scale_o(inverse),
        .saturated_o(unused[2])
    );
  end else begin : gen_in_turn
    logic [13:0] limit_q;
    logic [46:0] largest_q;
    logic second_q, done, unused;
    scale_t found;
    quotient u_quotient (
        .clk_i,
        .rst_ni,
        .start_i(start_i || (done && !second_q)),
        .numerator_i(start_i ? 47'(largest_i) : 47'(limit_q)),
        .denominator_i(start_i ? divisor_i : largest_q),
        .exponent_i(start_i ? exponent_i : '0),
        .done_o(done),
        .scale_o(found),
        .saturated_o(unused)
    );
    assign inverse = found;
    assign done_o  = done && second_q;
    always_ff @(posedge clk_i) begin
      if (start_i) begin
        limit_q   <= limit_i;
        largest_q <= largest;
      end
      if (done && !second_q) scale_o <= found;
      if (!rst_ni || start_i) second_q <= 1'b0;
      else if (done) second_q <= 1'b1;
    end
  end
  assign inverse_o = zero_q ? '0 : inverse;
  always_ff @(posedge clk_i) begin
    if (start_i) zero_q <= largest_i == 0;
  end

  initial begin
    assert (Dividers inside {1, 2});
  end
endmodule
`default_nettype wire
