/// value x 2^left as a real: rounded once, ties to even, then saturated, as isa::shifted_real. Two stages that advance together
/// when enabled.
`default_nettype none
module rounded_real #(
    parameter int unsigned Bits     = 64,  // at least 33
    parameter int unsigned LeftMost = 32   // what left is at most where value is not zero; 32 and beyond are alike
) (
    input  wire                         clk_i,
    input  wire                         enable_i,
    input  wire logic signed [Bits-1:0] value_i,
    input  wire logic signed [    10:0] left_i,
    output logic signed      [    31:0] real_o,
    output logic                        saturated_o
);
  localparam int unsigned Wide = Bits + LeftMost;
  localparam int unsigned AmountBits = $clog2(Wide + 1);
  typedef logic signed [Wide:0] wide_t;
  typedef logic [AmountBits-1:0] amount_t;

  // 1: shifted, with one bit below; a function, so that a simulation does nothing where it is not enabled
  typedef struct packed {
    logic signed [32:0] nearest;
    logic               up;
    logic               over;
  } shifted_t;
  function automatic shifted_t shifted(input logic signed [Bits-1:0] value, input logic signed [10:0] left);
    logic signed [11:0] right;
    amount_t amount;
    wide_t whole, moved;
    logic [Wide-1:0] below;
    right = 12'(LeftMost) - 12'(left);
    amount = right < 0 ? '0 : right > 12'(Wide) ? amount_t'(Wide) : amount_t'(right);
    whole = wide_t'({value, (LeftMost + 1)'(0)});
    moved = whole >>> amount;
    below = ~({Wide{1'b1}} << amount) >> 1;  // those that count less than a half
    shifted.nearest = moved[33:1];
    shifted.up = moved[0] && (|(whole[Wide:1] & below) || moved[1]);
    shifted.over = moved[Wide:33] != {(Wide - 32) {value[Bits-1]}};
  endfunction

  shifted_t shifted1_q;
  logic negative1_q;
  logic signed [33:0] rounded;
  assign rounded = 34'(shifted1_q.nearest) + 34'(signed'({1'b0, shifted1_q.up}));

  logic over;
  assign over = shifted1_q.over || rounded > 34'sh7fff_ffff || rounded < -34'sh8000_0000;

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      shifted1_q <= shifted(value_i, left_i);
      negative1_q <= value_i[Bits-1];

      saturated_o <= over;
      real_o <= !over ? rounded[31:0] : negative1_q ? 32'sh8000_0000 : 32'sh7fff_ffff;
    end
  end

  initial begin
    assert (Bits >= 33 && LeftMost <= 32);
  end
endmodule
`default_nettype wire
