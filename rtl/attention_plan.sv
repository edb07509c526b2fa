/// Works out how the block rows of cached keys or values are dealt to the slices, and where what belongs to them lies: no
/// division, one multiplier, steps of one block row. Takes about 8 + g + Slices cycles. `scores`: block row n = j heads + h of
/// positions 8 j on; `mix`: n = h (head_dim / 8) + d.
`default_nettype none
module attention_plan
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Slices = 2
) (
    input wire clk_i,
    input wire rst_ni,
    input wire start_i,
    // stand until done
    input wire keys_i,  // else values
    input wire [4:0] tokens_i,
    input wire [7:0] heads_i,  // of queries
    input wire [7:0] kv_heads_i,
    input wire [13:0] chunks_i,  // of a vector
    input wire [13:0] from_i,  // first chunk of the first vector
    input wire vec_t stride_i,  // reals from one query head's results to the next's
    input wire [16:0] begin_i,  // keys: first of eight positions
    input wire [16:0] count_i,  // keys: how many eights of positions; values: of dimensions
    // done_o for one cycle; the rest stands from then on
    output logic done_o,
    output logic wrong_o,  // with done_o: heads that do not go together, or too many vectors
    output logic [4:0] vectors_o,  // that meet a block row
    output logic [4:0] group_o,  // query heads of a head of keys and values
    output vec_t head_stride_o,  // group x stride
    output vec_t token_stride_o,  // heads x stride
    output logic [23:0] chunks_o,  // of all vectors
    output row_place_t step_o,
    output logic [9:0] inner_size_o,
    output logic [13:0] from_wrap_o,
    output row_place_t [Slices-1:0] first_o,
    output logic [Slices-1:0][19:0] block_rows_o
);
  localparam int unsigned SliceBits = $clog2(Slices);
  typedef enum logic [1:0] {
    StIdle,
    StWork,
    StWalk,
    StDone
  } state_e;
  state_e state_q;

  // ---- products, one a cycle ----
  logic [2:0] step_q, next_step;
  logic [19:0] a, a_q;
  logic [ 7:0] b_q;
  logic [27:0] product_q;
  logic [23:0] head_chunks_q, all_chunks_q, token_stride_q;
  logic [27:0] first_q;  // block row of all slices
  logic [27:0] rows_q;
  assign next_step = state_q == StIdle ? '0 : step_q + 1'b1;
  assign a = step_q == 3'd1 ? product_q[19:0] : a_q;
  always_ff @(posedge clk_i) begin
    unique case (next_step)
      3'd0: {a_q, b_q} <= {20'(chunks_i), 3'b0, tokens_i};
      3'd1, 3'd2: {a_q, b_q} <= {stride_i[19:0], heads_i};
      3'd3: {a_q, b_q} <= {3'b0, begin_i, kv_heads_i};
      default: {a_q, b_q} <= {3'b0, count_i, kv_heads_i};
    endcase
  end

  // ---- group = heads / kv_heads, and what goes with it ----
  logic [4:0] group_q;
  logic [5:0] vectors_q;
  logic [8:0] heads_q;  // group x kv_heads
  vec_t head_stride_q;
  logic [13:0] group_chunks_q;
  logic grouped, too_many;
  assign grouped  = heads_q >= 9'(heads_i);
  assign too_many = vectors_q > 6'(TokensMost);

  // ---- from one block row to the next ----
  row_place_t at_q, at_d;
  logic wraps;
  logic [SliceBits:0] walked_q;
  logic [9:0] inner_size;
  assign inner_size = keys_i ? 10'(kv_heads_i) : count_i[9:0];
  assign wraps = at_q.inner + 1'b1 == inner_size;
  always_comb begin
    at_d = at_q;
    at_d.inner = wraps ? '0 : at_q.inner + 1'b1;
    if (wraps) at_d.outer = at_q.outer + 1'b1;
    if (keys_i) at_d.from = wraps ? from_i : at_q.from + group_chunks_q;
    else if (wraps) at_d.from = at_q.from + group_chunks_q;
  end

  int unsigned slice;
  assign slice = (32'(first_q) + 32'(walked_q)) % Slices;

  always_ff @(posedge clk_i) begin
    product_q <= 28'(a) * 28'(b_q);
    unique case (state_q)
      StWork: begin
        if (step_q == 3'd1) head_chunks_q <= product_q[23:0];
        if (step_q == 3'd2) all_chunks_q <= product_q[23:0];
        if (step_q == 3'd3) token_stride_q <= product_q[23:0];
        if (step_q == 3'd4) first_q <= product_q;
        if (step_q == 3'd5) rows_q <= product_q;
        if (step_q >= 3'd2 && !grouped && !too_many) begin
          group_q <= group_q + 1'b1;
          vectors_q <= vectors_q + 6'(tokens_i);
          heads_q <= heads_q + 9'(kv_heads_i);
          head_stride_q <= head_stride_q + stride_i;
          group_chunks_q <= group_chunks_q + head_chunks_q[13:0];
        end
        at_q <= '{inner: '0, outer: keys_i ? 20'(begin_i) : '0, from : from_i};
        walked_q <= '0;
      end
      StWalk: begin
        at_q <= at_d;
        walked_q <= walked_q + 1'b1;
        first_o[slice] <= at_q;
        block_rows_o[slice] <= 20'((rows_q + 28'(Slices - 1) - 28'(walked_q)) >> SliceBits);
      end
      default: begin
        group_q <= '0;
        vectors_q <= '0;
        heads_q <= '0;
        head_stride_q <= '0;
        group_chunks_q <= '0;
      end
    endcase
    if (state_q == StWork && step_q != 3'd7) step_q <= step_q + 1'b1;
    else if (state_q == StIdle) step_q <= '0;
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:  if (start_i) state_q <= StWork;
        StWork:  if (step_q >= 3'd6 && (grouped || too_many)) state_q <= StWalk;
        StWalk:  if (32'(walked_q) == Slices - 1) state_q <= StDone;
        default: state_q <= StIdle;
      endcase
    end
  end

  // After as many steps as there are slices, the way from there to the begin is a slice's own step.
  always_ff @(posedge clk_i) begin
    if (state_q == StDone) begin
      step_o.inner <= at_q.inner;
      step_o.outer <= at_q.outer - (keys_i ? 20'(begin_i) : '0);
      step_o.from <= at_q.from - from_i;
      inner_size_o <= inner_size;
      from_wrap_o <= keys_i ? -all_chunks_q[13:0] : group_chunks_q;
      vectors_o <= vectors_q[4:0];
      group_o <= group_q;
      head_stride_o <= head_stride_q;
      token_stride_o <= token_stride_q;
      chunks_o <= all_chunks_q;
      wrong_o <= heads_q != 9'(heads_i) || heads_i == 0 || too_many || kv_heads_i == 0;
    end
    done_o <= state_q == StDone && rst_ni;
  end

  initial begin
    assert (Slices == 1 << SliceBits);
  end
endmodule
`default_nettype wire
