/// The sum of exponentials of logits, as isa::ExponentialSum: each is split into n + f, and 2^f is added into the accumulator
/// of n. Each lane has 32 accumulators by n mod 32, each with the rest of its n: of two n that meet, only the larger can
/// belong to the SumWindow below the largest, so it takes the place. At the end the lanes are added up.
`default_nettype none
module exponential_sum
  import godwit_isa_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Lanes = 8
) (
    input  wire                           clk_i,
    input  wire                           rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                   fault_i,
`endif
    input  wire         [      4:0]       fraction_bits_i,
    input  wire                           clear_i,
    input  wire         [Lanes-1:0]       valid_i,
    input  wire         [Lanes-1:0][31:0] logit_i,
    output logic                          idle_o,           // all that came is in the accumulators
    input  wire                           finish_i,         // when idle
    output logic                          finished_o,
    output logic signed [     31:0]       top_o,
    output logic        [     63:0]       total_o,
    output logic        [      3:0]       saturations_o     // logits whose product with log2(e) was cut
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Slots = 32;
  localparam int unsigned SumBits = ExponentialBits + 23;  // of 2^21 logits, each up to 2
  localparam int unsigned Latency = 6;
  typedef logic signed [21:0] power_t;
  typedef logic signed [16:0] tag_t;
  typedef logic [SumBits-1:0] sum_t;

  logic [Latency-1:0][Lanes-1:0] valid_q;
  logic [Lanes-1:0] saturated;
  logic signed [Lanes-1:0][31:0] top_q;
  logic signed [31:0] top;
  sum_t [Lanes-1:0] part;  // what each lane has of the power that is read
  logic reading_q;
  logic [4:0] read_q;  // powers below the largest

`ifdef GODWIT_QUICK
  logic works;  // in a simulation nothing is computed where nothing is under way
  assign works = valid_i != '0 || valid_q != '0 || finish_i || reading_q || clear_i || !rst_ni;
`endif
  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    // 1, 2: times log2(e)
    logic signed [48:0] product1_q, rounded;
    logic signed [31:0] real2_q;
    assign rounded = (product1_q + 49'((1 << (Log2EFractionBits - 1)) - 1) +
        49'(signed'({1'b0, product1_q[Log2EFractionBits]}))) >>> Log2EFractionBits;
    logic over, under;
    assign over = rounded > 49'sh7fff_ffff;
    assign under = rounded < -49'sh8000_0000;
    assign saturated[l] = valid_q[0][l] && (over || under);
    // 3, 4, 5: 2^f
    power_t power3_q, power4_q, power5_q;
    logic [19:0] value5;
    exp2_fraction u_exp2 (
        .clk_i,
`ifdef GODWIT_QUICK
        .enable_i(works),
`else
        .enable_i(1'b1),
`endif
        .fraction_bits_i,
        .real_i  (real2_q[23:0]),
        .value_o (value5)
    );
    always_ff @(posedge clk_i) begin
`ifdef GODWIT_QUICK
      if (works) begin
`endif
      product1_q <= 49'(signed'(logit_i[l])) * 49'(Log2EMantissa);
      real2_q <= over ? 32'sh7fff_ffff : under ? 32'sh8000_0000 : rounded[31:0];
      power3_q <= power_t'(real2_q >>> fraction_bits_i);
      power4_q <= power3_q;
      // at the end the powers below the largest, one after the other
      power5_q <= finish_i ? power_t'(top) - 22'sd1 : reading_q ? power5_q - 22'sd1 : power4_q;
`ifdef GODWIT_QUICK
      end
`endif
    end

    // ---- the accumulators: read in stage 5, written in stage 6, whose sum goes past them where it is the one that is read ----
    sum_t sum_q[Slots];
    sum_t base6_q, sum6, held;
    logic [19:0] value6_q;
    logic [4:0] slot6_q;
    logic add6_q;
    tag_t tag_q[Slots];
    logic [Slots-1:0] used_q;
    logic [4:0] slot;
    logic match, older, past;
    assign slot = power5_q[4:0];
    assign match = used_q[slot] && tag_q[slot] == power5_q[21:5];
    assign older = !used_q[slot] || tag_q[slot] < tag_t'(power5_q[21:5]);
    assign past = add6_q && slot6_q == slot;
    assign held = past ? sum6 : sum_q[slot];
    assign part[l] = match ? held : '0;
    assign sum6 = base6_q + sum_t'(value6_q);
    always_ff @(posedge clk_i) begin
`ifdef GODWIT_QUICK
      if (works) begin
`endif
      base6_q  <= match || (fault_i == FaultOldPower && used_q[slot]) ? held : '0;
      value6_q <= value5;
      slot6_q  <= slot;
      add6_q   <= valid_q[4][l] && (match || older);
      if (add6_q) sum_q[slot6_q] <= sum6;
      if (valid_q[4][l] && (match || older)) tag_q[slot] <= power5_q[21:5];
      if (!rst_ni || clear_i) begin
        used_q   <= '0;
        top_q[l] <= 32'sh8000_0000;
      end else if (valid_q[4][l]) begin
        used_q[slot] <= 1'b1;
        if (32'(power5_q) >= signed'(top_q[l])) top_q[l] <= 32'(power5_q) + 32'sd1;
      end
`ifdef GODWIT_QUICK
      end
`endif
    end
  end

  // ---- the end: what the lanes have of a power is added a cycle after it was read ----
  logic [63:0] parts, parts_q;
  logic adds_q, last_q;
  always_comb begin
    top = 32'sh8000_0000;
    parts = '0;
    saturations_o = '0;
    for (int unsigned l = 0; l < Lanes; l++) begin
      if (signed'(top_q[l]) > top) top = top_q[l];
      parts += 64'(part[l]);
      saturations_o += 4'(saturated[l]);
    end
  end
  assign top_o  = top + 32'(fault_i == FaultTop);
  assign idle_o = valid_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      reading_q <= 1'b0;
      adds_q <= 1'b0;
      last_q <= 1'b0;
      finished_o <= 1'b0;
    end else begin
      valid_q <= {valid_q[Latency-2:0], valid_i};
      reading_q <= finish_i || (reading_q && read_q != 5'(SumWindow - 1));
      adds_q <= reading_q;
      last_q <= reading_q && read_q == 5'(SumWindow - 1);
      finished_o <= last_q;
    end
    read_q  <= reading_q ? read_q + 1'b1 : '0;
    parts_q <= parts;
    if (finish_i) total_o <= '0;
    else if (adds_q) total_o <= (total_o << 1) + parts_q;
  end

  initial begin
    assert (Lanes inside {1, 2, 4, 8} && SumWindow < Slots && Log2EFractionBits == 15);
  end
`ifndef SYNTHESIS
  NothingComesWhileRead :
  assert property (@(posedge clk_i) disable iff (!rst_ni) finish_i || reading_q |-> valid_q == '0 && valid_i == '0);
`endif
endmodule
`default_nettype wire
