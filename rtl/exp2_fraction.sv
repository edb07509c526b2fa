/// 2^f of the fraction f of a real, with ExponentialBits fraction bits, as isa::exp2_fraction: from 1 to 2. Three stages that
/// advance together when enabled.
`default_nettype none
module exp2_fraction
  import godwit_isa_pkg::*;
(
    input  wire         clk_i,
    input  wire         enable_i,
    input  wire  [ 4:0] fraction_bits_i,
    input  wire  [23:0] real_i,           // its lowest fraction_bits are the fraction
    output logic [19:0] value_o
);
  // 1, 2: where its interval begins, and what is gained from there
  localparam int unsigned SumBits = 41;
  localparam int unsigned Dropped = SumBits - 1 - 32'(ExponentialBits);
  logic [SumBits-1:0] begin2, gain2, sum;
  // 3: rounded
  logic up;
  assign sum = begin2 + gain2;
  assign up  = sum[Dropped-1] && (sum[Dropped-2:0] != 0 || sum[Dropped]);

  exp2_interval u_interval (
      .clk_i,
      .enable_i,
      .fraction_bits_i,
      .real_i,
      .begin_o(begin2),
      .gain_o (gain2)
  );

  always_ff @(posedge clk_i) begin
    if (enable_i) value_o <= 20'(sum[SumBits-1:Dropped]) + 20'(up);
  end
endmodule
`default_nettype wire
