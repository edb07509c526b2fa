/// value x 2^(LeftMost - right) as a real: rounded once, ties to even, then saturated, as isa::shifted_real. Two stages that
/// advance together when enabled.
`default_nettype none
module rounded_real #(
    parameter  int unsigned Bits      = 64,
    parameter  int unsigned LeftMost  = 32,
    parameter  int unsigned RightMost = Bits + LeftMost,
    localparam int unsigned RightBits = $clog2(RightMost + 1)
) (
    input  wire                              clk_i,
    input  wire                              enable_i,
    input  wire logic signed [     Bits-1:0] value_i,
    input  wire              [RightBits-1:0] right_i,
    output logic signed      [         31:0] real_o,
    output logic                             saturated_o
);
  logic [31:0] whole;
  logic up, saturated;
  shifted_real #(
      .Bits     (Bits),
      .LeftMost (LeftMost),
      .RightMost(RightMost)
  ) u_shifted (
      .clk_i,
      .enable_i,
      .value_i,
      .right_i,
      .real_o     (whole),
      .up_o       (up),
      .saturated_o(saturated)
  );
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      real_o <= whole + 32'(up);
      saturated_o <= saturated;
    end
  end
endmodule
`default_nettype wire
