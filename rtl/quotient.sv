/// The scale nearest to numerator / denominator x 2^exponent, as isa::quotient: a restoring division of 17 bits after both are
/// brought to 47. Takes 23 cycles from start to done; the result stands until the next start.
`default_nettype none
module quotient
  import godwit_isa_pkg::*;
(
    input  wire                     clk_i,
    input  wire                     rst_ni,
    input  wire                     start_i,
    input  wire              [46:0] numerator_i,
    input  wire              [46:0] denominator_i,  // not zero
    input  wire logic signed [ 9:0] exponent_i,
    output logic                    done_o,         // one cycle
    output scale_t                  scale_o,
    output logic                    saturated_o     // beyond the largest scale
);
  localparam int unsigned Bits = 47;
  localparam int unsigned Steps = 17;
  typedef enum logic [2:0] {
    StIdle,
    StNumerator,    // is moved by eights
    StDenominator,  // is moved by eights, the numerator by what is left
    StMoved,        // the denominator, too
    StCompare,
    StDivide,
    StRound
  } state_e;
  state_e state_q;

  logic [Bits:0] rest_q;
  logic [Bits-1:0] divisor_q;
  logic signed [10:0] exponent_q;
  logic [Steps-1:0] bits_q;
  logic [4:0] step_q;
  logic zero_q, less_q;  // of the numerator; it is moved once more

  // ---- both to 47 bits, first by 0 to 40, then by 0 to 7; of zero nothing matters ----
  logic [Bits-1:0] coarse, coarse_moved, fine, fine_moved;
  logic [2:0] eights, ones, eights_q, ones_q;  // the exponent follows a cycle later
  assign coarse = state_q == StNumerator ? rest_q[Bits-1:0] : divisor_q;
  assign fine   = state_q == StDenominator ? rest_q[Bits-1:0] : divisor_q;
  always_comb begin
    eights = 3'd5;
    for (int unsigned i = 5; i > 0; i--) if (coarse[Bits+7-8*i-:8] != 0) eights = 3'(i - 1);
    coarse_moved = coarse << {eights, 3'b0};
    ones = 3'd7;
    for (int unsigned i = 7; i > 0; i--) if (fine[Bits-i]) ones = 3'(i - 1);
    fine_moved = fine << ones;
  end

  // ---- a bit a step ----
  logic [Bits:0] left;
  logic enough;
  assign enough = rest_q >= (Bits + 1)'(divisor_q);
  assign left   = rest_q - (Bits + 1)'(divisor_q);

  // ---- 16 bits, and the one below them ----
  logic up, carries;
  logic [15:0] mantissa;  // zero where it carries
  logic signed [10:0] exponent;
  logic too_small, too_large;
  assign up = bits_q[0] && (rest_q != 0 || bits_q[1]);
  assign carries = up && bits_q[16:1] == '1;
  assign mantissa = bits_q[16:1] + 16'(up);
  assign exponent = exponent_q + 11'(signed'({1'b0, carries}));
  assign too_small = carries ? exponent_q < -11'sd129 : exponent_q < -11'sd128;
  assign too_large = carries ? exponent_q > 11'sd126 : exponent_q > 11'sd127;

  always_ff @(posedge clk_i) begin
    eights_q <= eights;
    ones_q   <= ones;
    less_q   <= state_q == StCompare && !enough;
    unique case (state_q)
      StIdle: begin
        rest_q <= {1'b0, numerator_i};
        divisor_q <= denominator_i;
        exponent_q <= 11'(exponent_i) - 11'sd15;
        zero_q <= numerator_i == 0;
      end
      StNumerator: begin
        rest_q <= {1'b0, coarse_moved};
      end
      StDenominator: begin
        divisor_q <= coarse_moved;
        rest_q <= {1'b0, fine_moved};
        exponent_q <= exponent_q - 11'(signed'({1'b0, eights_q, 3'b0}));
      end
      StMoved: begin
        divisor_q  <= fine_moved;
        exponent_q <= exponent_q + 11'(signed'({1'b0, eights_q, 3'b0})) - 11'(signed'({1'b0, ones_q}));
      end
      StCompare: begin
        if (!enough) rest_q <= rest_q << 1;
        exponent_q <= exponent_q + 11'(signed'({1'b0, ones_q}));
        step_q <= '0;
      end
      StDivide: begin
        bits_q <= {bits_q[Steps-2:0], enough};
        rest_q <= (enough ? left : rest_q) << 1;
        exponent_q <= exponent_q - 11'(signed'({1'b0, less_q}));
        step_q <= step_q + 1'b1;
      end
      default: begin
        scale_o <= '{exponent: exponent[7:0], mantissa: {mantissa[15] || carries, mantissa[14:0]}};
        saturated_o <= 1'b0;
        if (zero_q || too_small) begin
          scale_o <= '0;
        end else if (too_large) begin
          scale_o <= '{exponent: 8'sd127, mantissa: 16'hffff};
          saturated_o <= 1'b1;
        end
      end
    endcase
    done_o <= state_q == StRound && rst_ni;
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle: if (start_i) state_q <= StNumerator;
        StNumerator: state_q <= StDenominator;
        StDenominator: state_q <= StMoved;
        StMoved: state_q <= StCompare;
        StCompare: state_q <= StDivide;
        StDivide: if (step_q == 5'(Steps - 1)) state_q <= StRound;
        default: state_q <= StIdle;
      endcase
    end
  end

`ifndef SYNTHESIS
  DividesBySomething :
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> denominator_i != 0);
  OneAtATime :
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> state_q == StIdle);
`endif
endmodule
`default_nettype wire
