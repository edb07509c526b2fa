/// The unit of matmul, head, scores and mix: makes of an instruction one job for each slice of its core, gathers what the slices
/// of all cores send, and is done when the last packet is at its place. One instruction at a time. It neither reads streams nor
/// writes activations. The file is long because four instructions say in four ways what slices and gather need.
`default_nettype none
module mpe_unit
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices      = 2,       // of all cores
    parameter int unsigned Own         = Slices,  // of this core, from `First` on
    parameter int unsigned First       = 0,
    parameter int unsigned Sources     = Slices,  // of packets
    parameter bit          KeepsBest   = 1,       // else what a head gives is dropped here: another core keeps it
    parameter int unsigned Chunks      = 1024,    // of the activation memory
    parameter int unsigned VectorReals = 65536,
    parameter int unsigned RealLanes   = 8,       // of gather
    parameter int unsigned SumLanes    = 8,       // of best_logits
    parameter bit          BestHeap    = 0
) (
    input  wire                              clk_i,
    input  wire                              rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                      fault_i,
`endif
    input  wire          [        4:0]       fraction_bits_i,
    // unit_queue
    input  wire op_t                         op_i,
    input  wire                              start_i,
    output logic                             done_o,
    output logic                             error_valid_o,
    output error_t                           error_o,
    // this core's slices
    output job_t         [    Own-1:0]       job_o,
    output logic         [    Own-1:0]       job_valid_o,
    input  wire          [    Own-1:0]       job_ready_i,
    // packets of all slices
    output logic                             sent_o,           // those of this core's slices have gone
    input  wire                              all_sent_i,       // and those of all the others': all were taken from here
    output logic                             took_all_o,       // the instruction has no more: all_sent_i falls
    input  wire packet_t [Sources-1:0]       packet_i,
    input  wire          [Sources-1:0]       packet_valid_i,
    output logic         [Sources-1:0]       packet_ready_o,
    // vector memory: eight reals
    output vec_t                             read_address_o,
    output logic                             read_valid_o,
    input  wire                              read_ready_i,
    input  wire                              answer_valid_i,
    input  wire          [        7:0][31:0] answer_i,
    output vec_t                             write_address_o,
    output logic         [        7:0][31:0] write_data_o,
    output logic                             write_valid_o,
    input  wire                              write_ready_i,
    // store unit: spilled logits
    output spill_t                           spill_o,
    output logic                             spill_valid_o,
    input  wire                              spill_ready_i,
    // what the last head gave, until the next one
    output best_t                            best_o,
    output logic                             best_valid_o,
    input  wire                              best_take_i,
    output logic         [        8:0]       best_count_o,
    output logic signed  [       31:0]       sum_top_o,
    output logic         [       63:0]       sum_total_o,
    output logic         [        4:0]       saturations_o     // of gather and best_logits, in the cycle before
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned SliceBits = $clog2(Slices);
  typedef enum logic [2:0] {
    StIdle,
    StCheck,   // what does not need the plan
    StPlan,    // attention: dealing block rows
    StIssue,
    StRun,
    StFinish,  // head: the sum of exponentials
    StDone
  } state_e;
  state_e state_q;

  // ---- what the instruction says ----
  header_t header;
  matmul_instr_t matmul;
  head_instr_t head;
  scores_instr_t scores;
  mix_instr_t mix;
  logic is_head, is_scores, is_mix, is_matrix;  // from StCheck on
  act_t from, from_q;
  logic [16:0] past, first_eight, eights_q, first_eight_q;  // blocks of 8 positions
  logic [19:0] inputs;
  logic [15:0] blocks, blocks_q;
  logic [13:0] chunks_q;
  logic [ 4:0] pairs_q;  // vectors side by side in the activation memory
  logic [ 4:0] tokens;  // of them that are multiplied
  logic        last;  // a head that spills nothing: the last one alone, or with A8 the two in its words
  assign header = header_t'(op_i.word[$bits(header_t)-1:0]);
  assign matmul = matmul_instr_t'(op_i.word);
  assign head = head_instr_t'(op_i.word);
  assign scores = scores_instr_t'(op_i.word);
  assign mix = mix_instr_t'(op_i.word);
  assign past = 17'((op_i.length - 20'(op_i.tokens)) >> 3);
  assign first_eight = scores.part == PartOpen ? past + 17'(fault_i == FaultOpenPart) : '0;
  always_comb begin
    unique case (header.opcode)
      OpScores: from = scores.from;
      OpMix: from = mix.from;
      OpHead: from = head.from;
      default: from = matmul.from;
    endcase
    unique case (header.opcode)
      OpScores: inputs = 20'(op_i.cache.head_dim);
      OpMix: inputs = op_i.length;
      default: inputs = op_i.descriptor.inputs;
    endcase
  end
  assign blocks = 16'((21'(inputs) + 21'd15) >> 4);
  assign last   = is_head && !op_i.spill;
  assign tokens = !last ? op_i.tokens : op_i.descriptor.two_digits || op_i.tokens[0] ? 5'd1 : 5'd2;

  // The instruction stands before its start: these stand from StCheck on.
  always_ff @(posedge clk_i) begin
    is_head <= header.opcode == OpHead;
    is_scores <= header.opcode == OpScores;
    is_mix <= header.opcode == OpMix;
    is_matrix <= !(header.opcode inside {OpScores, OpMix});
    from_q <= from;
    first_eight_q <= first_eight;
    eights_q <= (scores.part == PartOpen ? 17'((21'(op_i.length) + 21'd7) >> 3) : past) - first_eight;
    blocks_q <= blocks;
    chunks_q <= 14'((17'(blocks) + 17'd3) >> 2);
    pairs_q <= op_i.descriptor.two_digits ? op_i.tokens : (op_i.tokens + 5'd1) >> 1;
  end

  logic wrong, wrong_q, beyond;

  // ---- keys and values: the plan ----
  logic plan_done, plan_wrong;
  logic [4:0] vectors, group;
  vec_t head_stride, token_stride;
  logic [23:0] all_chunks;
  row_place_t step;
  logic [9:0] inner_size;
  logic [13:0] from_wrap;
  row_place_t [Slices-1:0] first;
  logic [Slices-1:0][19:0] block_rows;
  attention_plan #(
      .Slices(Slices)
  ) u_plan (
      .clk_i,
      .rst_ni,
      .start_i(state_q == StCheck && !is_matrix && !wrong_q),
      .keys_i(is_scores),
      .tokens_i(op_i.tokens),
      .heads_i(is_scores ? scores.heads : mix.heads),
      .kv_heads_i(op_i.cache.kv_heads),
      .chunks_i(chunks_q),
      .from_i(from_q[15:2]),
      .stride_i(is_scores ? vec_t'(op_i.cache.capacity) : vec_t'(op_i.cache.head_dim)),
      .begin_i(is_scores ? first_eight_q : '0),
      .count_i(is_scores ? eights_q : 17'(op_i.cache.head_dim[9:3])),
      .done_o(plan_done),
      .wrong_o(plan_wrong),
      .vectors_o(vectors),
      .group_o(group),
      .head_stride_o(head_stride),
      .token_stride_o(token_stride),
      .chunks_o(all_chunks),
      .step_o(step),
      .inner_size_o(inner_size),
      .from_wrap_o(from_wrap),
      .first_o(first),
      .block_rows_o(block_rows)
  );

  // ---- what cannot be ----
  always_comb begin
    logic [23:0] places;  // of the vector memory: all begin at a multiple of 8
    unique case (header.opcode)
      OpScores: places = scores.to | scores.scales;
      OpMix: places = mix.to;
      OpHead: places = '0;
      default: places = matmul.to | (matmul.combine == CombineNone ? '0 : matmul.other);
    endcase
    wrong = op_i.tokens == 0 || op_i.tokens > 5'(TokensMost) || from[1:0] != 0 || places[2:0] != 0;
    if (header.opcode == OpHead && head.logits[3:0] != 0) wrong = 1'b1;
    if (header.opcode inside {OpScores, OpMix}) begin
      if (op_i.length < 20'(op_i.tokens) || op_i.length > op_i.cache.capacity) wrong = 1'b1;
      if (op_i.cache.head_dim == 0 || op_i.cache.head_dim[3:0] != 0 || op_i.cache.capacity[2:0] != 0) wrong = 1'b1;
    end
  end
  logic [23:0] all_chunks_q;  // of the vectors
  logic signed [24:0] room_q;  // chunks from the first one to the end of the memory
  always_ff @(posedge clk_i) begin  // from StIssue on
    wrong_q <= wrong;
    all_chunks_q <= is_matrix ? 24'(chunks_q) * 24'(pairs_q) : all_chunks;
    room_q <= 25'(Chunks) - 25'(from_q[15:2]);
  end
  assign beyond = signed'({1'b0, all_chunks_q}) > room_q;

  // ---- offsets of the vectors that meet a block row, one a cycle ----
  place_offset_t [TokensMost-1:0] offset_q;
  place_offset_t token_offset_q, vector_offset_q, vector_step, token_step, token_step_q;
  logic [4:0] vector_q, member_q, members, vectors_of_row_q;
  logic last_member, listed;
  assign members = is_matrix ? 5'd1 : group;
  assign vector_step = is_scores ? place_offset_t'(op_i.cache.capacity) : place_offset_t'(op_i.cache.head_dim);
  always_comb begin
    if (is_head) token_step = place_offset_t'(op_i.descriptor.block_rows) << (3 + SliceBits);
    else if (is_matrix) token_step = (place_offset_t'(op_i.descriptor.rows) + 28'd7) & ~28'd7;
    else token_step = place_offset_t'(token_stride);
  end
  assign last_member = member_q + 1'b1 == members;
  assign listed = vector_q == vectors_of_row_q;
  always_ff @(posedge clk_i) begin
    vectors_of_row_q <= is_matrix ? tokens : vectors;
    token_step_q <= token_step;
    if (state_q inside {StIssue, StRun}) begin
      if (!listed) begin
        offset_q[vector_q[3:0]] <= vector_offset_q;
        vector_q <= vector_q + 1'b1;
        member_q <= last_member ? '0 : member_q + 1'b1;
        if (last_member) token_offset_q <= token_offset_q + token_step_q;
        vector_offset_q <= last_member ? token_offset_q + token_step_q : vector_offset_q + vector_step;
      end
    end else begin
      vector_q <= '0;
      member_q <= '0;
      token_offset_q <= '0;
      vector_offset_q <= '0;
    end
  end

  // ---- jobs ----
  logic [Own-1:0] due_q;
  logic [13:0] first_chunk;
  assign job_valid_o = due_q;
  assign first_chunk = last ? 14'(24'(from_q[15:2]) + all_chunks_q - 24'(chunks_q)) : from_q[15:2];
  always_comb begin
    for (int unsigned s = 0; s < Own; s++) begin
      job_o[s] = '0;
      job_o[s].fraction_bits = fraction_bits_i;
      job_o[s].blocks = blocks_q;
      job_o[s].tokens = vectors_of_row_q;
      if (is_matrix) begin
        job_o[s].kind = JobMatrix;
        job_o[s].first = '{inner: '0, outer: 20'(First + s), from : first_chunk};
        job_o[s].step = '{inner: '0, outer: 20'(Slices), from : '0};
        job_o[s].inner_size = 10'd1;
        job_o[s].granules = op_i.descriptor.granules;
        job_o[s].block_rows = op_i.descriptor.block_rows;
        job_o[s].bits = op_i.descriptor.bits;
        job_o[s].group_blocks = op_i.descriptor.group[7:4];
        job_o[s].sparse = op_i.descriptor.pattern == PatternSparse;
        job_o[s].bias = op_i.descriptor.bias;
        job_o[s].two_digits = op_i.descriptor.two_digits;
      end else begin
        job_o[s].kind = is_scores ? JobKeys : JobValues;
        job_o[s].first = first[First+s];
        job_o[s].step = step;
        job_o[s].inner_size = inner_size;
        job_o[s].from_wrap = from_wrap;
        job_o[s].block_rows = block_rows[First+s];
        job_o[s].bits = 4'd8;
        job_o[s].two_digits = 1'b1;
      end
    end
  end

  // ---- packets ----
  gather_job_t gather_job;
  always_comb begin
    gather_job = '0;
    gather_job.head = is_head;
    gather_job.spill = is_head && op_i.spill;
    gather_job.logits = head.logits;
    gather_job.last_token = 4'(tokens - 5'd1);
    gather_job.rows = op_i.descriptor.rows;
    gather_job.row_limit = is_matrix ? 21'((25'(op_i.descriptor.rows) + 25'd7) >> 3) : '1;
    gather_job.fraction_bits = fraction_bits_i;
    unique case (header.opcode)
      OpScores: begin
        gather_job.to = scores.to;
        gather_job.scales = scores.scales;
        gather_job.scales_stride = vec_t'(op_i.cache.capacity);
      end
      OpMix:  gather_job.to = mix.to;
      OpHead: ;
      default: begin
        gather_job.to = matmul.to;
        gather_job.other = matmul.other;
        gather_job.activation = matmul.activation;
        gather_job.combine = matmul.combine;
      end
    endcase
    if (!is_matrix) gather_job.head_stride = head_stride;
  end

  logic gather_idle, outside, logit_valid, logit_ready;
  logic [7:0][31:0] logit;
  logic [7:0] logit_mask;
  logic [23:0] logit_token;
  logic [3:0] gather_saturations, sum_saturations, gather_saturations_q, sum_saturations_q;
  gather #(
      .Sources(Sources),
      .VectorReals(VectorReals),
      .RealLanes(RealLanes)
  ) u_gather (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .job_i(gather_job),
      .offset_i(offset_q),
      .open_i(state_q == StRun && listed),
      .idle_o(gather_idle),
      .packet_i,
      .packet_valid_i,
      .packet_ready_o,
      .read_address_o,
      .read_valid_o,
      .read_ready_i,
      .answer_valid_i,
      .answer_i,
      .write_address_o,
      .write_data_o,
      .write_valid_o,
      .write_ready_i,
      .logit_o(logit),
      .logit_mask_o(logit_mask),
      .logit_token_o(logit_token),
      .logit_valid_o(logit_valid),
      .logit_ready_i(logit_ready),
      .spill_o,
      .spill_valid_o,
      .spill_ready_i,
      .saturations_o(gather_saturations),
      .outside_o(outside)
  );

  logic sum_finish, sum_finished;
  if (KeepsBest) begin : gen_best
    best_logits #(
        .Lanes(SumLanes),
        .Heap (BestHeap)
    ) u_best (
        .clk_i,
        .rst_ni,
`ifdef GODWIT_FAULTS
        .fault_i,
`endif
        .fraction_bits_i,
        .clear_i(state_q == StIssue && is_head),
        .logit_i(logit),
        .mask_i(logit_mask),
        .token_i(logit_token),
        .valid_i(logit_valid),
        .ready_o(logit_ready),
        .finish_i(sum_finish),
        .finished_o(sum_finished),
        .best_o,
        .best_valid_o,
        .best_take_i,
        .count_o(best_count_o),
        .top_o(sum_top_o),
        .total_o(sum_total_o),
        .saturations_o(sum_saturations)
    );
  end else begin : gen_no_best
    assign {logit_ready, sum_finished} = '1;
    assign {sum_saturations, best_o, best_valid_o, best_count_o, sum_top_o, sum_total_o} = '0;
  end
  always_ff @(posedge clk_i) begin
    gather_saturations_q <= rst_ni ? gather_saturations : '0;
    sum_saturations_q <= rst_ni ? sum_saturations : '0;
  end
  assign saturations_o = 5'(gather_saturations_q) + 5'(sum_saturations_q);

  // ---- from start to end ----
  logic refused;
  assign sent_o = state_q == StRun && due_q == '0 && &job_ready_i;
  assign took_all_o = sent_o && all_sent_i && gather_idle;
  assign sum_finish = took_all_o && is_head;
  // The number of chunks of a matrix is known two cycles after its start: in time for StIssue.
  assign refused = (state_q == StCheck && wrong_q) || (state_q == StPlan && plan_done && plan_wrong) ||
      (state_q == StIssue && beyond);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      due_q   <= '0;
    end else begin
      unique case (state_q)
        StIdle:   if (start_i) state_q <= StCheck;
        StCheck:  state_q <= is_matrix ? StIssue : StPlan;
        StPlan:   if (plan_done) state_q <= StIssue;
        StIssue: begin
          state_q <= StRun;
          for (int unsigned s = 0; s < Own; s++) due_q[s] <= job_o[s].block_rows != 0;
        end
        StRun: begin
          due_q <= due_q & ~job_ready_i;
          if (took_all_o) state_q <= is_head ? StFinish : StDone;
        end
        StFinish: if (sum_finished) state_q <= StDone;
        default:  state_q <= StIdle;
      endcase
      if (refused) begin
        state_q <= StDone;
        due_q   <= '0;
      end
    end
  end
  assign done_o = state_q == StDone;
  always_ff @(posedge clk_i) begin
    error_valid_o <= rst_ni && (refused || outside);
    error_o.code  <= refused && state_q != StIssue ? ErrorInstruction : ErrorMemory;
  end
  assign error_o.unit  = UnitMpe;
  assign error_o.index = op_i.index;

`ifndef SYNTHESIS
  StartsWhenIdle :
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> state_q == StIdle);
`endif
endmodule
`default_nettype wire
