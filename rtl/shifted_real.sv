/// value x 2^(LeftMost - right), to be rounded to a real (ties to even, saturated): a cycle later what is to be added up, so that
/// who adds something else adds it in the same sum. Of right, a multiplexer of four takes two bits, from the highest on; what
/// each of them drops below is only asked whether it is zero, above whether it is the sign.
`default_nettype none
module shifted_real #(
    parameter  int unsigned Bits      = 64,
    parameter  int unsigned LeftMost  = 32,
    parameter  int unsigned RightMost = Bits + LeftMost,       // 32 to 127
    localparam int unsigned RightBits = $clog2(RightMost + 1)
) (
    input  wire                              clk_i,
    input  wire                              enable_i,
    input  wire logic signed [     Bits-1:0] value_i,
    input  wire              [RightBits-1:0] right_i,
    // one cycle later: rounded and saturated it is real_o + up_o
    output logic             [         31:0] real_o,
    output logic                             up_o,
    output logic                             saturated_o
);
  // Widths behind each step, with the bit of a half at the bottom; where right has seven bits, the lowest of them waits for
  // the next cycle.
  localparam int unsigned Odd = RightBits - 6;
  localparam int unsigned Step = 1 << Odd;
  localparam int unsigned LowBits = 33 + Odd;
  localparam int unsigned MiddleBits = LowBits + 3 * Step;
  localparam int unsigned HighBits = MiddleBits + 12 * Step;
  localparam int unsigned WholeBits = (Bits + LeftMost + 1 > HighBits ? Bits + LeftMost + 1 : HighBits) + 48 * Step;

  typedef struct packed {
    logic [LowBits-2:0] moved;  // twice the real if `odd`
    logic odd;
    logic up;
    logic over;
    logic negative;
  } shifted_t;
  // A function, so that a simulation does nothing where it is not enabled.
  function automatic shifted_t shifted(input logic signed [Bits-1:0] value, input logic [RightBits-1:0] right);
    logic negative, odd, lost, over;
    logic [1:0] a, b, c;
    logic [WholeBits-1:0] whole;
    logic [3:0][HighBits-1:0] highs;
    logic [3:0][MiddleBits-1:0] middles;
    logic [3:0][LowBits-1:0] lows;
    logic [HighBits-1:0] high;
    logic [MiddleBits-1:0] middle;
    logic [LowBits-1:0] low;
    {a, b, c} = right[RightBits-1:Odd];
    odd = Odd != 0 && right[0];
    negative = value[Bits-1];
    whole = WholeBits'(signed'({value, (LeftMost + 1)'(0)}));
    for (int unsigned k = 0; k < 4; k++) highs[k] = whole[16*Step*k+:HighBits];
    high = highs[a];
    for (int unsigned k = 0; k < 4; k++) middles[k] = high[4*Step*k+:MiddleBits];
    middle = middles[b];
    for (int unsigned k = 0; k < 4; k++) lows[k] = middle[Step*k+:LowBits];
    low  = lows[c];
    lost = odd && low[0];
    over = Odd != 0 && !odd && low[LowBits-1] != negative;
    for (int unsigned k = 0; k < 3; k++) begin
      lost |= 32'(a) > k && whole[16*Step*k+:16*Step] != '0;
      lost |= 32'(b) > k && high[4*Step*k+:4*Step] != '0;
      lost |= 32'(c) > k && middle[Step*k+:Step] != '0;
      over |= 32'(a) <= k && whole[HighBits+16*Step*k+:16*Step] != {(16 * Step) {negative}};
      over |= 32'(b) <= k && high[MiddleBits+4*Step*k+:4*Step] != {(4 * Step) {negative}};
      over |= 32'(c) <= k && middle[LowBits+Step*k+:Step] != {Step{negative}};
    end
    shifted.moved = low[LowBits-1:1];
    shifted.odd = odd;
    shifted.up = low[32'(odd)] && (lost || low[32'(odd)+1]);
    shifted.over = over;
    shifted.negative = negative;
  endfunction

  shifted_t shifted_q;
  always_ff @(posedge clk_i) begin
    if (enable_i) shifted_q <= shifted(value_i, right_i);
  end

  // ---- 33 bits, of which `negative` is the highest; the least real is reached from below, too ----
  logic [31:0] moved;
  logic carries;
`ifdef GODWIT_QUICK
  always_comb begin  // in a simulation only where the next stage takes it
    {moved, carries, saturated_o, real_o, up_o} = '0;
    if (enable_i) begin
      moved = shifted_q.odd ? shifted_q.moved[LowBits-2-:32] : shifted_q.moved[31:0];
      carries = shifted_q.up && &shifted_q.moved[30:1] && (shifted_q.odd ? shifted_q.moved[31] : shifted_q.moved[0]);
      saturated_o = shifted_q.over || (carries ? !shifted_q.negative : moved[31] != shifted_q.negative);
      real_o = saturated_o ? {shifted_q.negative, {31{!shifted_q.negative}}} : moved;
      up_o = shifted_q.up && !saturated_o;
    end
  end
`else
  assign moved = shifted_q.odd ? shifted_q.moved[LowBits-2-:32] : shifted_q.moved[31:0];
  assign carries = shifted_q.up && &shifted_q.moved[30:1] && (shifted_q.odd ? shifted_q.moved[31] : shifted_q.moved[0]);
  assign saturated_o = shifted_q.over || (carries ? !shifted_q.negative : moved[31] != shifted_q.negative);
  assign real_o = saturated_o ? {shifted_q.negative, {31{!shifted_q.negative}}} : moved;
  assign up_o = shifted_q.up && !saturated_o;
`endif

  initial begin
    assert (RightMost >= 32 && RightMost <= 127);
  end
endmodule
`default_nettype wire
