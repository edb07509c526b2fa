/// Keeps the best logits of a head, best first, of equal ones the lower token: in a shift register of sorted cells, into which one is
/// put in a cycle, or, of a card whose logits come slowly, in a heap. Only what beats the last one is put there: the heap finds that
/// out itself, one logit a cycle. Beside it their sum of exponentials. Eight logits come at once, in any order.
`default_nettype none
module best_logits
  import godwit_isa_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Cells = BestLogits,
    parameter int unsigned Lanes = 8,           // logits a cycle into the sum: 1, 2, 4 or 8
    parameter bit          Heap  = 0
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e              fault_i,
`endif
    input  wire         [ 4:0]       fraction_bits_i,
    input  wire                      clear_i,          // forget everything: a head begins
    // logits of tokens token_i, a multiple of 8, to token_i + 7
    input  wire         [ 7:0][31:0] logit_i,
    input  wire         [ 7:0]       mask_i,           // those that exist
    input  wire         [23:0]       token_i,
    input  wire                      valid_i,
    output logic                     ready_o,
    // the end: nothing comes after finish_i, results stand from finished_o on
    input  wire                      finish_i,
    output logic                     finished_o,
    output best_t                    best_o,
    output logic                     best_valid_o,
    input  wire                      best_take_i,      // shows the next one; the first is gone then
    output logic        [ 8:0]       count_o,
    output logic signed [31:0]       top_o,
    output logic        [63:0]       total_o,
    output logic        [ 3:0]       saturations_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Parts = 8 / Lanes;

  function automatic best_key_t key_of(input logic [31:0] logit, input logic [23:0] token, input fault_e fault);
    return '{valid: 1'b1, logit: {!logit[31], logit[30:0]}, token: fault == FaultTie ? token : ~token};
  endfunction

  best_key_t first, last;  // of those that are kept
  logic put_ready, in_order;  // insert_q is taken in this cycle; they stand as they are shown

  // ---- eight at once: which of them beat the last cell, as it stands when they are compared ----
  logic [7:0][31:0] next_logit_q;
  logic [23:0] next_token_q;
  logic [7:0] next_mask_q, beats;
  logic next_valid_q, advance;
  always_comb begin
    for (int unsigned i = 0; i < 8; i++) begin
      automatic best_key_t key = key_of(next_logit_q[i], {next_token_q[23:3], 3'(i)}, fault_i);
      beats[i] = next_mask_q[i] && (Heap || key > last);
      if (fault_i == FaultLastCell && key.logit == last.logit) beats[i] = 1'b0;
    end
  end
  // In front of a heap nobody waits for a cycle: whether there is room does not depend on what moves in it.
  assign ready_o = !next_valid_q || (!Heap && advance);

  // ---- one after the other; who puts them into their place compares again ----
  logic [7:0][31:0] logit_q;
  logic [23:0] token_q;
  logic [7:0] mask_q, alive_q, rest;  // for the sum; for the cells, and without the chosen one
  logic valid_q;
  logic [3:0] part_q;  // summed already
  logic any, summed;
  best_key_t chosen, insert_q;
  always_comb begin
    chosen = '0;
    any = 1'b0;
    for (int unsigned i = 0; i < 8; i++) begin
      if (alive_q[i] && !any) chosen = key_of(logit_q[i], {token_q[23:3], 3'(i)}, fault_i);
      rest[i] = alive_q[i] && (any || !put_ready);
      any |= alive_q[i];
    end
  end
  assign summed  = part_q + 4'd1 >= 4'(Parts);
  assign advance = !valid_q || (rest == '0 && summed);

  logic [Lanes-1:0] sum_valid;
  logic [Lanes-1:0][31:0] sum_logit;
  always_comb begin
    for (int unsigned l = 0; l < Lanes; l++) begin
      sum_valid[l] = valid_q && part_q < 4'(Parts) && mask_q[3'(32'(part_q)*Lanes+l)];
      sum_logit[l] = logit_q[3'(32'(part_q)*Lanes+l)];
    end
  end

  always_ff @(posedge clk_i) begin
    if (ready_o) begin
      next_logit_q <= logit_i;
      next_token_q <= token_i;
      next_mask_q  <= mask_i;
    end
    if (advance) begin
      logit_q <= next_logit_q;
      token_q <= next_token_q;
      mask_q  <= next_mask_q;
      alive_q <= next_valid_q ? beats : '0;
      part_q  <= '0;
    end else begin
      alive_q <= rest;
      if (part_q != 4'(Parts)) part_q <= part_q + 1'b1;
    end
    if (put_ready) insert_q <= chosen;
    if (!rst_ni || clear_i) begin
      next_valid_q <= 1'b0;
      valid_q <= 1'b0;
      insert_q.valid <= 1'b0;
    end else begin
      next_valid_q <= (valid_i && ready_o) || (next_valid_q && !advance);
      valid_q <= !advance || next_valid_q;
    end
  end

  // ---- those that are kept ----
  logic finishing_q, settled;  // all that came has been put where it belongs or dropped
  if (Heap) begin : gen_heap
    best_heap #(
        .Cells(Cells)
    ) u_heap (
        .clk_i,
        .clear_i       (!rst_ni || clear_i),
        .insert_i      (insert_q),
        .insert_ready_o(put_ready),
        .last_o        (last),
        .sort_i        (settled),
        .sorted_o      (in_order),
        .first_o       (first),
        .take_i        (best_take_i)
    );
  end else begin : gen_cells
`ifdef GODWIT_QUICK
    // In a simulation: cells that are looked at one after the other, from the last one on, and only for what beats it. Nobody
    // else sees them, so that they may change at once.
    best_key_t cells[Cells], first_q, last_q;
    // verilator lint_off BLKSEQ
    function automatic void change(input logic clear, input logic take, input best_key_t insert);
      int unsigned at;
      if (clear) begin
        for (int unsigned i = 0; i < Cells; i++) cells[i] = '0;
      end else if (take) begin
        for (int unsigned i = 0; i + 1 < Cells; i++) cells[i] = cells[i+1];
        cells[Cells-1] = '0;
      end else if (insert.valid && insert > cells[Cells-1]) begin
        at = Cells - 1;
        while (at > 0 && insert > cells[at-1]) begin
          cells[at] = cells[at-1];
          at--;
        end
        cells[at] = insert;
      end
    endfunction
    // verilator lint_on BLKSEQ
    always_ff @(posedge clk_i) begin
      change(!rst_ni || clear_i, best_take_i, insert_q);
      first_q <= cells[0];
      last_q  <= cells[Cells-1];
    end
    assign first = first_q;
    assign last  = last_q;
`else
    localparam int unsigned RunCells = Cells % 16 == 0 ? 16 : Cells;
    localparam int unsigned Runs = Cells / RunCells;
    best_key_t [Runs-1:0] run_first, run_last;
    logic [Runs-1:0] beaten;
    for (genvar i = 0; i < Runs; i++) begin : gen_run
      best_cells #(
          .Cells(RunCells)
      ) u_cells (
          .clk_i,
          .clear_i (!rst_ni || clear_i),
          .take_i  (best_take_i),
          .insert_i(insert_q),
          .before_i(i > 0 ? run_last[(i+Runs-1)%Runs] : '0),
          .beaten_i(i > 0 && beaten[(i+Runs-1)%Runs]),
          .behind_i(i + 1 < Runs ? run_first[(i+1)%Runs] : '0),
          .first_o (run_first[i]),
          .last_o  (run_last[i]),
          .beaten_o(beaten[i])
      );
    end
    assign first = run_first[0];
    assign last  = run_last[Runs-1];
`endif
    assign put_ready = 1'b1;
    assign in_order  = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) count_o <= '0;
    else if (best_take_i) count_o <= count_o - 9'(best_valid_o);
    else if (put_ready && insert_q.valid && count_o != 9'(Cells)) count_o <= count_o + 1'b1;
  end
  assign best_valid_o = count_o != 0;
  assign best_o.logit = {!first.logit[31], first.logit[30:0]};
  assign best_o.token = fault_i == FaultTie ? first.token : ~first.token;

  // ---- the sum ----
  logic sum_idle, sum_finish;
  logic [4:0] fraction_bits_q;  // of a head
  assign settled = finishing_q && !next_valid_q && !valid_q && !insert_q.valid;
  assign sum_finish = settled && in_order && sum_idle;
  always_ff @(posedge clk_i) begin
    if (clear_i) fraction_bits_q <= fraction_bits_i;
    if (!rst_ni) finishing_q <= 1'b0;
    else finishing_q <= finish_i || (finishing_q && !sum_finish);
  end
  exponential_sum #(
      .Lanes(Lanes)
  ) u_sum (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i(fraction_bits_q),
      .clear_i,
      .valid_i(sum_valid),
      .logit_i(sum_logit),
      .idle_o(sum_idle),
      .finish_i(sum_finish),
      .finished_o,
      .top_o,
      .total_o,
      .saturations_o
  );

  initial begin
    assert (Cells >= 2 && Cells <= 256 && Lanes inside {1, 2, 4, 8});
  end
`ifndef SYNTHESIS
  NothingAfterTheEnd :
  assert property (@(posedge clk_i) disable iff (!rst_ni) finish_i || finishing_q |-> !valid_i);
`endif
endmodule
`default_nettype wire
