/// How a vector of n reals is normalised, from its sums, as isa::normaliser: 1 / sqrt(n squares - shift^2 + epsilon n^2 2^(2 F)),
/// the products through one multiplier. Takes about 35 cycles from start to done; the result stands until the next start.
`default_nettype none
module normaliser
  import godwit_isa_pkg::*;
(
    input  wire                     clk_i,
    input  wire                     rst_ni,
    input  wire                     start_i,
    // stand until done; the first three from the start on
    input  wire              [14:0] count_i,          // 1 to 2^14
    input  wire              [31:0] epsilon_i,
    input  wire              [ 4:0] fraction_bits_i,
    input  wire logic signed [45:0] shift_i,          // the sum, or zero of RMSNorm
    input  wire              [76:0] squares_i,
    output logic                    done_o,           // one cycle
    output scale_t                  factor_o
);
  localparam int unsigned Products = 8;
  localparam int unsigned EpsilonBits = 32;
  typedef enum logic [2:0] {
    StIdle,
    StSum,
    StStart,
    StRoot,
    StDone
  } state_e;
  state_e state_q;
  logic [3:0] step_q, step;  // the next one

  // ---- products of 48 x 16 bits, one a cycle, each added a cycle later ----
  logic [45:0] magnitude_q;
  logic [47:0] a_q;
  logic [15:0] b_q;
  logic [63:0] product_q;
  logic [45:0] epsilon_q;  // moved by what its place has above a multiple of 16
  logic [ 2:0] place_q;  // of the product before, in 16 bits
  logic [28:0] count2_q;  // n^2
  logic [127:0] term, radicand_q;
  assign step = state_q == StSum ? step_q + 1'b1 : state_q == StIdle ? '0 : step_q;
  always_ff @(posedge clk_i) begin
    unique case (step)
      4'd0: {a_q, b_q} <= {48'(count_i), 16'(count_i)};
      4'd1: {a_q, b_q} <= {squares_i[47:0], 16'(count_i)};
      4'd2: {a_q, b_q} <= {48'(squares_i[76:48]), 16'(count_i)};
      4'd3: {a_q, b_q} <= {48'(magnitude_q), magnitude_q[15:0]};
      4'd4: {a_q, b_q} <= {48'(magnitude_q), magnitude_q[31:16]};
      4'd5: {a_q, b_q} <= {48'(magnitude_q), 16'(magnitude_q[45:32])};
      4'd6: {a_q, b_q} <= {48'(epsilon_q), count2_q[15:0]};
      default: {a_q, b_q} <= {48'(epsilon_q), 16'(count2_q[28:16])};
    endcase
    unique case (step)
      4'd3: place_q <= 3'(EpsilonBits / 16 + 3);
      4'd5: place_q <= 3'(EpsilonBits / 16 + 1);
      4'd6: place_q <= 3'(EpsilonBits / 16 + 2);
      4'd7: place_q <= 3'(fraction_bits_i[4:3]);
      4'd8: place_q <= 3'(fraction_bits_i[4:3]) + 3'd1;
      default: place_q <= 3'(EpsilonBits / 16);
    endcase
  end
  assign term = 128'(product_q) << {place_q, 4'b0};

  logic   root_done;
  scale_t root;
  reciprocal_root u_root (
      .clk_i,
      .rst_ni,
      .start_i(state_q == StStart && radicand_q != 0),
      .value_i(radicand_q[126:0]),
      .done_o (root_done),
      .scale_o(root)
  );

  always_ff @(posedge clk_i) begin
    epsilon_q   <= 46'(epsilon_i) << {fraction_bits_i[2:0], 1'b0};
    magnitude_q <= shift_i < 0 ? -shift_i : shift_i;
    product_q   <= 64'(a_q) * 64'(b_q);
    if (step_q == 4'd1) count2_q <= product_q[28:0];
    if (step_q <= 4'd1) radicand_q <= '0;
    else if (step_q >= 4'd4 && step_q <= 4'd6) radicand_q <= radicand_q - term;
    else if (step_q <= 4'(Products)) radicand_q <= radicand_q + term;
    step_q <= step;

    if (state_q == StDone)
      factor_o <= radicand_q == 0 ? '0 : '{exponent: root.exponent + 8'(EpsilonBits / 2), mantissa: root.mantissa};
    done_o <= state_q == StDone && rst_ni;
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (start_i) state_q <= StSum;
        StSum:   if (step_q == 4'(Products)) state_q <= StStart;
        StStart: state_q <= radicand_q == 0 ? StDone : StRoot;
        StRoot:  if (root_done) state_q <= StDone;
        default: state_q <= StIdle;
      endcase
    end
  end
endmodule
`default_nettype wire
