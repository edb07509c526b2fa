/// The scale nearest to 1 / sqrt(value), as isa::reciprocal_root: digit by digit, the largest root with root^2 m <= 2^80. Takes
/// 22 cycles from start to done; the result stands until the next start.
`default_nettype none
module reciprocal_root
  import godwit_isa_pkg::*;
(
    input  wire            clk_i,
    input  wire            rst_ni,
    input  wire            start_i,
    input  wire    [126:0] value_i,  // not zero; stands until done
    output logic           done_o,   // one cycle
    output scale_t         scale_o
);
  localparam int unsigned RootBits = 18;
  typedef logic [83:0] wide_t;
  typedef enum logic [2:0] {
    StIdle,
    StWidth,
    StShift,
    StRoot,
    StRound
  } state_e;
  state_e state_q;

  // ---- value = m 2^exponent, m in [2^46, 2^48), the exponent even ----
  logic [127:0] value;
  logic [15:0] any_q;  // of eight bits each
  logic [6:0] highest, highest_q;  // the highest bit that is set
  logic signed [7:0] exponent, exponent_q;
  logic [47:0] m;
  assign value = 128'(value_i);
  always_ff @(posedge clk_i) begin
    for (int unsigned g = 0; g < 16; g++) any_q[g] <= value[8*g+:8] != 0;
  end
  always_comb begin
    logic [7:0] bits;
    highest = '0;
    for (int unsigned g = 0; g < 16; g++) if (any_q[g]) highest[6:3] = 4'(g);
    bits = 8'(value >> {highest[6:3], 3'b0});
    for (int unsigned i = 0; i < 8; i++) if (bits[i]) highest[2:0] = 3'(i);
  end
  assign exponent = 8'(signed'({1'b0, highest_q})) - (highest_q[0] ? 8'sd47 : 8'sd46);
  assign m = exponent < 0 ? 48'(value_i) << 6'(-exponent) : 48'(value_i >> exponent[6:0]);

  // ---- root, from the highest digit; digit b adds 2 root m 2^b + m 2^(2 b) to root^2 m ----
  wide_t room_q;  // 2^80 - root^2 m
  wide_t cross_q;  // root m 2^(b + 1)
  wide_t square_q;  // m 2^(2 b)
  wide_t more, left;
  logic [RootBits-1:0] root_q;
  logic [4:0] step_q;
  logic fits;
  assign more = cross_q + square_q;
  assign {fits, left} = {1'b1, room_q} - {1'b0, more};  // no borrow where it fits

  logic [17:0] mantissa;  // one bit more than the root needs decides the rounding
  assign mantissa = (root_q + 1'b1) >> 1;

  always_ff @(posedge clk_i) begin
    highest_q <= highest;
    unique case (state_q)
      StShift: begin
        exponent_q <= -8'sd39 - (exponent >>> 1);
        square_q <= wide_t'(m) << (2 * (RootBits - 1));
        cross_q <= '0;
        room_q <= wide_t'(1) << 80;
        root_q <= '0;
        step_q <= '0;
      end
      StRoot: begin
        if (fits) room_q <= left;
        cross_q  <= fits ? (cross_q >> 1) + square_q : cross_q >> 1;
        square_q <= square_q >> 2;
        root_q   <= {root_q[RootBits-2:0], fits};
        step_q   <= step_q + 1'b1;
      end
      StRound: begin
        scale_o <= '{exponent: exponent_q + 8'(mantissa[16]), mantissa: mantissa[16] ? 16'h8000 : mantissa[15:0]};
      end
      default: ;
    endcase
    done_o <= state_q == StRound && rst_ni;
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (start_i) state_q <= StWidth;
        StWidth: state_q <= StShift;
        StShift: state_q <= StRoot;
        StRoot:  if (step_q == 5'(RootBits - 1)) state_q <= StRound;
        default: state_q <= StIdle;
      endcase
    end
  end

`ifndef SYNTHESIS
  HasARoot :
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> value_i != 0);
`endif
endmodule
`default_nettype wire
