/// The vector unit: norm, quantise, softmax, rope and combine, one instruction at a time, over the vector memory and into the
/// activation memory of all slices. Rows are read, go through the lanes without ever stopping, and wait in a queue until they
/// are written; a row is only asked for when there is room for it. The file is long because every wire between its parts is in it.
`default_nettype none
module sfu
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import sfu_pkg::*;
  import fault_pkg::*;
#(
    parameter  int unsigned RealLanes       = 8,                              // reals a cycle: 1, 2, 4, 8, 16, 32 or 64
    parameter  int unsigned VectorReals     = 65536,
    parameter  int unsigned ActivationWords = 4096,
    parameter  int unsigned ScaleDividers   = 2,                              // of a row's scale and its inverse
    localparam int unsigned Width           = RealLanes < 8 ? 8 : RealLanes,  // reals of a port
    localparam int unsigned Words           = Width < 16 ? 1 : Width / 16     // of activations, at once
) (
    input  wire                           clk_i,
    input  wire                           rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                   fault_i,
`endif
    input  wire         [      4:0]       fraction_bits_i,
    // unit_queue
    input  wire op_t                      op_i,
    input  wire                           start_i,
    output logic                          done_o,
    output logic                          error_valid_o,
    output error_t                        error_o,
    // vector memory
    output vec_t                          read_address_o,
    output logic                          read_valid_o,
    input  wire                           read_ready_i,
    input  wire                           answer_valid_i,   // two cycles after
    input  wire         [Width-1:0][31:0] answer_i,
    output vec_t                          write_address_o,
    output logic        [Width-1:0]       write_strobe_o,
    output logic        [Width-1:0][31:0] write_data_o,
    output logic                          write_valid_o,
    input  wire                           write_ready_i,
    // activations of all slices
    output logic                          word_valid_o,
    output act_t                          word_o,           // the first, a multiple of `Words`
    output word_t       [Words-1:0]       word_data_o,
    output logic                          scales_valid_o,
    output logic        [     13:0]       scales_chunk_o,
    output scale_t      [      1:0]       scales_o,
    // for the counters
    output logic        [      6:0]       saturations_o     // of numbers that were written
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Parts = Width / RealLanes;
  localparam int unsigned Depth = Parts > 1 ? 16 : 32;  // a row comes every `Parts` cycles
  localparam int unsigned Stages = 13;
  localparam int unsigned Drain = Stages + 8 + 2 * Parts + 32'(RealLanes == 1);  // from a row's read to its last word
  typedef logic [Width-1:0][31:0] reals_t;
  typedef enum logic [1:0] {
    StIdle,
    StPlan,
    StRun
  } state_e;
  state_e state_q;

  // ---- the instruction ----
  plan_t  plan;
  logic plan_done, wrong, empty, begin_q, finished, results_idle, outside, outside_q;
  logic [4:0] fraction_bits_q;  // the machine's, beside the lanes
  norm_instr_t norm;
  combine_instr_t combine;
  assign norm = norm_instr_t'(op_i.word);
  assign combine = combine_instr_t'(op_i.word);
  sfu_plan u_plan (
      .clk_i,
      .rst_ni,
      .op_i,
      .start_i,
      .done_o (plan_done),
      .wrong_o(wrong),
      .empty_o(empty),
      .plan_o (plan)
  );

  // ---- reads ----
  read_e read, read1_q, read2_q;
  row_t row, row1_q, row2_q;
  logic accepted, written, writing, vector_ready;
  logic [1:0] asked_q;
  assign accepted = read_valid_o && read_ready_i;
  sfu_fetch #(
      .RealLanes(RealLanes),
      .Width(Width),
      .Depth(Depth),
      .VectorReals(VectorReals),
      .ActivationWords(ActivationWords)
  ) u_fetch (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .plan_i(plan),
      .start_i(begin_q),
      .finished_o(finished),
      .read_address_o,
      .read_valid_o,
      .read_ready_i,
      .read_o(read),
      .row_o(row),
      .vector_ready_i(vector_ready),
      .written_i(written),
      .writing_o(writing),
      .outside_o(outside)
  );

  // ---- a row with its operands, and the parts in which it enters the lanes ----
  reals_t other_q, bias_q, x_q, a_q, b_q;
  logic row_valid_d, row_valid_q;
  row_t row_q;
  logic [3:0] cycle_q, cycle_last;
  part_t beat, enters;
  logic turns;
  localparam int unsigned Together = RealLanes == 1 ? 2 : RealLanes;  // leave a row at once: a pair at least
  logic leave;
  assign turns = row_q.pass == PassTurn;
  assign leave = row_valid_q && (!turns || cycle_q[0]) && (RealLanes > 1 || beat.part[0]);
  assign cycle_last = turns ? 4'(2 * Parts - 1) : 4'(Parts - 1);
  always_comb begin
    beat.valid = row_valid_q;
    beat.row = row_q;
    beat.part = turns ? 3'(cycle_q >> 1) : 3'(cycle_q);
    beat.last_part = turns ? cycle_q == cycle_last : 32'(beat.part) == Parts - 1;
    beat.second = turns && cycle_q[0];
    row_valid_d = (answer_valid_i && asked_q[1] && read2_q == ReadVector) || (row_valid_q && cycle_q != cycle_last);
  end
  always_ff @(posedge clk_i) begin
    read1_q <= read;
    row1_q  <= row;
    read2_q <= read1_q;
    row2_q  <= row1_q;
    // Lanes take the lowest reals: a choice by the part's number would lie in front of all that they do with them.
    if (Parts > 1 && leave) begin
      x_q <= x_q >> (32 * Together);
      a_q <= a_q >> (32 * Together);
      b_q <= b_q >> (32 * Together);
    end
    if (answer_valid_i) begin
      unique case (read2_q)
        ReadOther: other_q <= answer_i;
        ReadBias:  bias_q <= answer_i;
        default: begin
          x_q   <= answer_i;
          a_q   <= other_q;
          b_q   <= plan.has_bias ? bias_q : '0;
          row_q <= row2_q;
        end
      endcase
    end
    if (!rst_ni) begin
      row_valid_q <= 1'b0;
      cycle_q <= '0;
      asked_q <= '0;
    end else begin
      asked_q <= {asked_q[0], accepted};
      row_valid_q <= row_valid_d;
      if (answer_valid_i && asked_q[1] && read2_q == ReadVector) cycle_q <= '0;
      else if (row_valid_q) cycle_q <= cycle_q + 1'b1;
    end
  end

  // One lane's operands are chosen in a cycle of their own; several lanes have theirs at once.
  if (RealLanes == 1) begin : gen_enters
    part_t enters_q;
    always_ff @(posedge clk_i) begin
      enters_q <= beat;
      if (!rst_ni) enters_q.valid <= 1'b0;
    end
    assign enters = enters_q;
  end else begin : gen_enter
    assign enters = beat;
  end

  // ---- the lanes; stage_q[k] says what stage k holds ----
  part_t stage_q[1:Stages];
  logic busy_d, busy_q;  // something enters or is on its way: all of the lanes' registers wait for it
  always_comb begin
    busy_d = row_valid_d || beat.valid || enters.valid;
    for (int unsigned k = 1; k < Stages; k++) busy_d |= stage_q[k].valid;
  end
  always_ff @(posedge clk_i) begin
    if (busy_q) begin
      stage_q[1] <= enters;
      for (int unsigned k = 2; k <= Stages; k++) stage_q[k] <= stage_q[k-1];
    end
    if (!rst_ni) begin
      for (int unsigned k = 1; k <= Stages; k++) stage_q[k].valid <= 1'b0;
    end
    busy_q <= busy_d && rst_ni;
  end

  logic signed [31:0] most;
  logic signed [45:0] shift;
  scale_t factor, inverse;
  logic signed [7:0] top;
  logic [RealLanes-1:0][31:0] value9, addend9, real13;
  logic [RealLanes-1:0][63:0] square9;
  scale_t [RealLanes-1:0] scale9;
  logic [RealLanes-1:0][14:0] code12;
  logic [RealLanes-1:0] saturated13, mask9;
  for (genvar l = 0; l < RealLanes; l++) begin : gen_lane
    logic [31:0] chosen_x, chosen_a, chosen_b, x, a, b;
    logic [14:0] code;
    logic inside12;
    always_comb begin
      chosen_x = x_q[RealLanes==1?32'(beat.part[0]) : l];
      chosen_a = a_q[RealLanes==1?32'(beat.part[0]) : l];
      chosen_b = b_q[RealLanes==1?32'(beat.part[0]) : l];
      if (turns && RealLanes == 1) begin  // a pair takes two parts
        chosen_x = x_q[32'(beat.part[0]^beat.second)];
        chosen_a = a_q[32'(beat.second)];
      end else if (turns) begin
        chosen_x = x_q[beat.second?l^1 : l];
        chosen_a = a_q[beat.second?l|1 : l&~1];
      end
    end
    if (RealLanes == 1) begin : gen_entry
      logic [31:0] x_entry_q, a_entry_q, b_entry_q;
      always_ff @(posedge clk_i) begin
        x_entry_q <= chosen_x;
        a_entry_q <= chosen_a;
        b_entry_q <= chosen_b;
      end
      assign {x, a, b} = {x_entry_q, a_entry_q, b_entry_q};
    end else begin : gen_straight
      assign {x, a, b} = {chosen_x, chosen_a, chosen_b};
    end
    assign mask9[l]  = 32'(stage_q[9].row.count) > 32'(stage_q[9].part) * RealLanes + l;
    assign inside12  = 32'(stage_q[12].row.count) > 32'(stage_q[12].part) * RealLanes + l;
    assign code12[l] = inside12 ? code : '0;
    sfu_lane #(
        .Odd(l % 2 == 1)
    ) u_lane (
        .clk_i,
`ifdef GODWIT_FAULTS
        .fault_i,
`endif
        .enable_i(busy_q),
        .fraction_bits_i(fraction_bits_q),
        .activation_i(combine.activation),
        .combine_i(combine.combine),
        .count_i(norm.count[14:0]),
        .x_i(x),
        .a_i(a),
        .b_i(b),
        .most_i(most),
        .shift1_i(shift),
        .pass4_i(stage_q[4].row.pass),
        .factor4_i(factor),
        .top4_i(top),
        .pass7_i(stage_q[7].row.pass),
        .inverse7_i(inverse),
        .second8_i(stage_q[8].second),
        .subtract8_i(stage_q[8].second && (RealLanes > 1 || !stage_q[8].part[0])),
        .pass12_i(stage_q[12].row.pass),
        .value9_o(value9[l]),
        .addend9_o(addend9[l]),
        .square9_o(square9[l]),
        .scale9_o(scale9[l]),
        .code12_o(code),
        .real13_o(real13[l]),
        .saturated13_o(saturated13[l])
    );
  end

  // ---- what a pass finds out ----
  total_t total;
  logic   total_valid;
  part_t  counted;
  always_comb begin
    counted = stage_q[9];
    counted.valid &= !is_last(stage_q[9].row.pass);
  end
  sfu_totals #(
      .RealLanes(RealLanes)
  ) u_totals (
      .clk_i,
      .rst_ni,
      .beat_i  (counted),
      .mask_i  (mask9),
      .value_i (value9),
      .addend_i(addend9),
      .square_i(square9),
      .scale_i (scale9),
      .total_o (total),
      .valid_o (total_valid)
  );
  sfu_results #(
      .Dividers(RealLanes < 8 ? 1 : RealLanes / 8),
      .ScaleDividers(ScaleDividers)
  ) u_results (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i(fraction_bits_q),
      .two_digits_i(plan.two_digits),
      .rms_i(norm.kind == NormRms),
      .count_i(norm.count[14:0]),
      .epsilon_i(norm.epsilon),
      .total_i(total),
      .valid_i(total_valid),
      .vector_ready_o(vector_ready),
      .idle_o(results_idle),
      .most_number_i(enters.row.number),
      .most_o(most),
      .shift_number_i(stage_q[1].row.number),
      .shift_o(shift),
      .factor_number_i(stage_q[4].row.number),
      .factor_o(factor),
      .top_o(top),
      .inverse_number_i(stage_q[7].row.number),
      .inverse_o(inverse),
      .scales_valid_o,
      .scales_chunk_o,
      .scales_o
  );

  // ---- words of activations ----
  sfu_words #(
      .RealLanes(RealLanes),
      .Width(Width)
  ) u_words (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .two_digits_i(plan.two_digits),
      .beat_i(stage_q[12]),
      .code_i(code12),
      .valid_o(word_valid_o),
      .word_o(word_o),
      .data_o(word_data_o)
  );

  // ---- rows to the vector memory ----
  sfu_writes #(
      .RealLanes(RealLanes),
      .Width(Width),
      .Depth(Depth)
  ) u_writes (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .part_i(stage_q[13]),
      .real_i(real13),
      .saturated_i(saturated13),
      .write_address_o,
      .write_strobe_o,
      .write_data_o,
      .write_valid_o,
      .write_ready_i,
      .saturations_o
  );
  assign written = write_valid_o && write_ready_i;

  // ---- start and end ----
  logic [5:0] drain_q;  // words may still be on their way
  logic done;
  assign done = !begin_q && finished && !writing && results_idle && drain_q == 0;
  always_ff @(posedge clk_i) begin
    begin_q <= plan_done && !wrong && !empty && rst_ni;
    if (begin_q) fraction_bits_q <= fraction_bits_i;
    error_o <= '{code: plan_done ? ErrorInstruction : ErrorMemory, unit: UnitSfu, index: op_i.index};
    if (accepted) drain_q <= 6'(Drain);
    else if (drain_q != 0) drain_q <= drain_q - 1'b1;
    if (!rst_ni) begin
      state_q <= StIdle;
      done_o <= 1'b0;
      error_valid_o <= 1'b0;
      outside_q <= 1'b0;
      drain_q <= '0;
    end else begin
      unique case (state_q)
        StIdle:  if (start_i) state_q <= StPlan;
        StPlan:  if (plan_done) state_q <= wrong || empty ? StIdle : StRun;
        default: if (done) state_q <= StIdle;
      endcase
      done_o <= (state_q == StPlan && plan_done && (wrong || empty)) || (state_q == StRun && done);
      error_valid_o <= (plan_done && wrong) || (outside && !outside_q);
      outside_q <= !start_i && (outside_q || outside);
    end
  end

  initial begin
    assert (RealLanes inside {1, 2, 4, 8, 16, 32, 64});
  end
`ifndef SYNTHESIS
  LanesHaveTime :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
      answer_valid_i && asked_q[1] && read2_q == ReadVector |-> !row_valid_q || cycle_q == cycle_last);
  AnswersComeInTime :
  assert property (@(posedge clk_i) disable iff (!rst_ni) asked_q[1] |-> answer_valid_i);
`endif
endmodule
`default_nettype wire
