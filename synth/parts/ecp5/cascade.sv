/// Eight lanes on MULT18X18D: a multiplier for either digit, as 18 bits have no room for both products, and registers behind the
/// multipliers and behind every sum of two. The rest of the latency is waited for.
`default_nettype none
module cascade
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Length  = 8,
    parameter int unsigned Latency = 8
) (
    input  wire                 clk_i,
    input  wire code_t          code_i  [Length],
    input  wire digits_t        digits_i[Length],
    output logic signed  [17:0] hi_o,
    output logic signed  [17:0] lo_o
);
  localparam int unsigned Levels = $clog2(Length);
  typedef struct packed {
    logic signed [17:0] hi;
    logic signed [17:0] lo;
  } sums_t;

  // Of each level half as many as of the one before; of level 0 the products.
  for (genvar level = 0; level <= Levels; level++) begin : gen_level
    sums_t sums_q[Length>>level];
    for (genvar i = 0; i < Length >> level; i++) begin : gen_sum
      if (level == 0) begin : gen_product
        always_ff @(posedge clk_i) begin
          sums_q[i].hi <= 18'(16'(code_i[i]) * 16'(signed'(digits_i[i].hi)));
          sums_q[i].lo <= 18'(16'(code_i[i]) * 16'(signed'(digits_i[i].lo)));
        end
      end else begin : gen_add
        sums_t a, b;
        assign a = gen_level[level-1].sums_q[2*i];
        assign b = gen_level[level-1].sums_q[2*i+1];
        always_ff @(posedge clk_i) sums_q[i] <= '{hi: a.hi + b.hi, lo: a.lo + b.lo};
      end
    end
  end
  sums_t sums_late;
  delay #(
      .T(sums_t),
      .Cycles(Latency - Levels - 1)
  ) u_delay (
      .clk_i,
      .data_i(gen_level[Levels].sums_q[0]),
      .data_o(sums_late)
  );
  assign hi_o = sums_late.hi;
  assign lo_o = sums_late.lo;

  initial begin
    assert (Length == 1 << Levels && Latency > Levels);
  end
endmodule
`default_nettype wire
