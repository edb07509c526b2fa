/// The sequencer: fetches instructions, keeps registers and loops, resolves affine operands, and sends each instruction to
/// its unit's queue. What belongs to it alone (registers, loops, branches, the cache's place, sampling) it does itself.
/// Long because all of that is one sequence of states over the same registers.
`default_nettype none
module control
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned CacheLines   = 32,  // of four instructions
    parameter int unsigned WatchdogBits = 24
) (
    input  wire                                 clk_i,
    input  wire                                 rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                         fault_i,
`endif
    // host
    input  wire                                 start_i,                   // while not busy
    input  wire byte_address_t                  program_i,
    input  wire byte_address_t                  descriptors_i,
    input  wire                [     31:0]      position_i,
    input  wire                [     31:0]      tokens_i,
    input  wire                                 spill_i,
    output logic                                busy_o,
    output logic                                done_o,                    // for one cycle
    output error_t                              error_o,                   // the first since the start
    output logic               [     31:0]      position_o,                // register 1
    // memory: instructions, descriptors
    output side_read_t                          fetch_o,
    output logic                                fetch_valid_o,
    input  wire                                 fetch_ready_i,
    input  wire                                 fetch_granule_valid_i,
    output side_read_t                          describe_o,
    output logic                                describe_valid_o,
    input  wire                                 describe_ready_i,
    input  wire                                 describe_granule_valid_i,
    input  wire granule_t                       granule_i,
    // units' queues
    output op_t                                 op_o,
    output logic               [Units-1:0]      op_valid_o,
    input  wire                [Units-1:0]      op_ready_i,
    input  wire                                 idle_i,                    // no unit has anything to do
    input  wire                                 progress_i,                // one began or ended
    input  wire                [Units-1:0]      error_valid_i,
    input  wire error_t        [Units-1:0]      error_i,
    // semaphores
    output logic                                request_o,
    output logic               [      1:0][3:0] want_o,
    input  wire                                 grant_i,
    output logic                                raise_o,
    output logic               [      1:0][3:0] raised_o,
    input  wire                                 semaphores_zero_i,
    input  wire                                 semaphores_overflow_i,
    // errors: while abort_o is up the units are in reset and the ports give up what they have
    input  wire                                 bus_error_i,               // of a read for this module
    output logic                                abort_o,
    input  wire                                 quiet_i,                   // the ports have nothing under way
    // sampling
    output logic                                sample_start_o,
    output sample_instr_t                       sample_o,
    output logic               [     19:0]      sample_position_o,
    input  wire                                 sample_done_i,
    input  wire                                 sample_go_i,
    input  wire                                 sample_error_i
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  typedef enum logic [3:0] {
    Rest,
    Fetch,     // the instruction comes
    Read,      // its registers come
    Resolve,   // its affine operand is computed
    Want,      // a control instruction takes its semaphores
    Describe,  // its descriptor comes
    Act,       // it is sent, or done here
    Sampling,
    Advance,   // ends of loops
    Draining,  // the end: what is under way ends
    Aborting   // an error: it does not
  } state_e;
  state_e state_q;
  logic   want_q;  // it is Want

  logic [31:0] pc_q, pc_d, next_q;
  logic [InstructionBits-1:0] word, word_q;  // the instruction, as it is found; from Read on
  // The registers: a memory of one writer, which writes all of them at a start.
  typedef logic signed [31:0] value_t;
  value_t registers_q[Registers];
  localparam int unsigned RegisterBits = $clog2(Registers);
  logic [RegisterBits:0] given_q;  // the next one with its top bit; 0: all are written
  value_t position_there_q;  // register 1
  cache_t cache_q;
  error_t error_q;
  logic [1:0] aborting_q;  // cycles

  // ---- fetch ----
  logic hit, fetch_idle, caches_rst_n;
  assign caches_rst_n = rst_ni && state_q != Aborting;
  instruction_cache #(
      .Lines(CacheLines)
  ) u_instructions (
      .clk_i,
      .rst_ni         (caches_rst_n),
      .clear_i        (start_i && state_q == Rest),
      .base_i         (program_i),
      .request_i      (state_q == Fetch),
      .next_i         (pc_d),
      .number_i       (pc_q),
      .hit_o          (hit),
      .word_o         (word),
      .idle_o         (fetch_idle),
      .read_o         (fetch_o),
      .read_valid_o   (fetch_valid_o),
      .read_ready_i   (fetch_ready_i),
      .granule_i,
      .granule_valid_i(fetch_granule_valid_i)
  );

  // ---- the word as control's own instructions ----
  add_instr_t add;
  least_instr_t least;
  loop_instr_t loop;
  branch_instr_t branch;
  set_instr_t set;
  cache_instr_t cache;
  assign add = word_q;
  assign least = word_q;
  assign loop = word_q;
  assign branch = word_q;
  assign set = word_q;
  assign cache = word_q;
  assign sample_o = word_q;

  // ---- operands: what they are is kept with the word ----
  typedef struct packed {
    logic                    legal;
    unit_e                   unit;
    logic                    described;
    logic                    chunk;
    logic signed [41:0]      base;
    logic signed [32:0]      stride;
    logic [5:0]              width;
    logic                    raises;     // its semaphores when it acts; what is sent is no concern of control
    logic                    sets;       // a register when it acts
    logic [RegisterBits-1:0] result;     // this one; sample's, too
  } decoded_t;
  decoded_t decoded, decoded_q;
  header_t header;
  unit_e unit;
  logic affine;  // not asked: without one the base and the stride are zero
  logic [InstructionBits-1:0] resolved_instruction;
  logic signed [66:0] resolved_q;
  logic [3:0] affine_register, tokens_register, position_register, length_register, spill_register;
  logic [3:0] first_register, second_register;
  logic signed [32:0] stride;
  assign header = header_t'(word_q[$bits(header_t)-1:0]);
  operands u_operands (
      .word_i     (word_q),
      .affine_o   (affine),
      .base_o     (decoded.base),
      .register_o (affine_register),
      .stride_o   (stride),
      .width_o    (decoded.width),
      .chunk_o    (decoded.chunk),
      .tokens_o   (tokens_register),
      .position_o (position_register),
      .length_o   (length_register),
      .spill_o    (spill_register),
      .first_o    (first_register),
      .second_o   (second_register),
      .described_o(decoded.described)
  );
`ifdef GODWIT_QUICK
  always_comb begin  // in a simulation only where it is asked in the next cycle
    decoded.legal = 1'b0;
    if (state_q == Read) decoded.legal = is_legal(word_q);
  end
`else
  assign decoded.legal  = is_legal(word_q);
`endif
  assign decoded.unit   = unit_of(header.opcode);
  assign decoded.raises = unit_of(header.opcode) == UnitControl && header.opcode != OpSample;
  always_comb begin
    unique case (header.opcode)
      OpSet:   decoded.result = set.rd;
      OpAdd:   decoded.result = add.rd;
      OpLeast: decoded.result = least.rd;
      default: decoded.result = sample_o.rd;
    endcase
  end
  assign decoded.sets = header.opcode inside {OpSet, OpAdd, OpLeast};
  assign decoded.stride = fault_i == FaultNegative && stride < 0 ? -stride : stride;
  assign unit = decoded_q.unit;
  resolved_word u_resolved (
      .word_i    (word_q),
      .value_i   (resolved_q[39:0]),
      .resolved_o(resolved_instruction)
  );

  logic signed [31:0] affine_value_q, tokens_q, position_q, length_q, spill_q, first_q, second_q;

  // ---- descriptors ----
  logic described_hit;
  descriptor_t descriptor;
  descriptor_cache u_descriptors (
      .clk_i,
      .rst_ni         (caches_rst_n),
      .clear_i        (start_i && state_q == Rest),
      .base_i         (descriptors_i),
      .request_i      (state_q == Describe),
      .number_i       (resolved_q[23:0]),
      .hit_o          (described_hit),
      .descriptor_o   (descriptor),
      .read_o         (describe_o),
      .read_valid_o   (describe_valid_o),
      .read_ready_i   (describe_ready_i),
      .granule_i,
      .granule_valid_i(describe_granule_valid_i)
  );
  descriptor_t descriptor_q;

  // ---- to the units ----
  logic send;
  always_comb begin
    op_o = '{
        word: resolved_instruction,
        descriptor: descriptor_q,
        cache: cache_q,
        index: pc_q,
        tokens: tokens_q[4:0],
        position: position_q[19:0],
        length: length_q[19:0],
        spill: spill_q != 0
    };
    op_valid_o = '0;
    for (int unsigned u = 0; u < Units; u++) begin
      if (state_q == Act && unit == unit_e'(u + 1)) op_valid_o[u] = 1'b1;
    end
  end
  assign send = |(op_valid_o & op_ready_i);

  // ---- loops ----
  typedef struct packed {
    logic [31:0] first;
    logic [31:0] last;    // the instruction after the body
    logic [31:0] rounds;  // that remain after this one
  } loop_t;
  loop_t loops_q[LoopDepth];
  typedef logic [$clog2(LoopDepth+1)-1:0] depth_t;
  typedef logic [$clog2(LoopDepth)-1:0] level_t;
  depth_t depth_q;
  level_t level_q;  // depth - 1
  logic   inside_q;  // depth is not 0
  loop_t  inner;
  assign inner = loops_q[level_q];

  // ---- control's own instructions ----
  assign sample_position_o = position_q[19:0];
  // The target stands from the second cycle after the word on, that it is outside of the loop from the third on: Act is later.
  logic taken, leaves, beyond_loop_q;
  logic [31:0] target_q;
  assign taken  = (first_q == 0) == (branch.condition == ConditionZero);
  assign leaves = taken && inside_q && beyond_loop_q;
  always_ff @(posedge clk_i) begin
    target_q <= pc_q + 32'(branch.distance);
    beyond_loop_q <= target_q < inner.first || target_q > inner.last;
  end

  assign request_o = want_q;
  assign want_o = {header.wait_b, header.wait_a};
  assign raised_o = {header.signal_b, header.signal_a};
  assign raise_o = (state_q == Act && decoded_q.raises) || (state_q == Sampling && sample_done_i);
  assign sample_start_o = state_q == Act && header.opcode == OpSample;
  assign abort_o = state_q == Aborting;
  assign busy_o = state_q != Rest;
  assign error_o = error_q;
  assign position_o = position_there_q;

  // ---- errors: they stop the machine a cycle late, a unit's two, when nobody has begun what comes after them ----
  logic [WatchdogBits-1:0] still_q;
  logic beyond;  // the affine operand's value does not fit its field
  error_t wrong, wrong_q, unit_wrong, unit_wrong_q;
  assign beyond = decoded_q.width != 0 && (resolved_q[66:40] != 0 || (decoded_q.width < 40 && resolved_q[39:32] != 0) ||
                                           (decoded_q.width < 32 && resolved_q[31:24] != 0));
  always_comb begin
    wrong = '0;
    wrong.unit = UnitControl;
    wrong.index = pc_q;
    unit_wrong = '0;
    for (int unsigned u = 0; u < Units; u++) if (error_valid_i[u]) unit_wrong = error_i[u];
    if (unit_wrong_q.code != ErrorNone) begin
      wrong = unit_wrong_q;
    end else begin
      unique case (state_q)
        Resolve:  if (!decoded_q.legal) wrong.code = ErrorInstruction;
        Want, Describe, Act: begin
          if (beyond) wrong.code = header.opcode == OpLoop ? ErrorLoop : ErrorMemory;
          else if (decoded_q.chunk && (tokens_q < 1 || tokens_q > 16)) wrong.code = ErrorInstruction;
          else if (position_q[31:20] != 0 || length_q[31:20] != 0) wrong.code = ErrorMemory;
`ifdef GODWIT_QUICK
          else if (state_q == Act && decoded_q.described) begin  // neither a loop nor a branch
            if (!is_legal_descriptor(descriptor_q)) wrong.code = ErrorDescriptor;
          end
`else
          else if (state_q == Act && decoded_q.described && !is_legal_descriptor(descriptor_q))
            wrong.code = ErrorDescriptor;
`endif
          else if (state_q == Act && header.opcode == OpLoop && depth_q == depth_t'(LoopDepth) && loop.body != 0)
            wrong.code = ErrorLoop;
          else if (state_q == Act && header.opcode == OpBranch && leaves) wrong.code = ErrorLoop;
        end
        Sampling: if (sample_error_i) wrong.code = ErrorInstruction;
        Draining: if (idle_i && fetch_idle && !semaphores_zero_i) wrong.code = ErrorSemaphore;
        default:  ;
      endcase
      if (semaphores_overflow_i) wrong.code = ErrorSemaphore;
      if (bus_error_i) wrong.code = ErrorBus;
      if (&still_q) wrong.code = ErrorWatchdog;
    end
    if (state_q == Rest || state_q == Aborting) begin
      unit_wrong.code = ErrorNone;
      wrong.code = ErrorNone;
    end
  end

  // ---- what is written into a register: at a start the host's three, and zero into the others ----
  logic written, given;
  logic [RegisterBits-1:0] written_number;  // not 0 but at a start, as register 0 is always zero
  value_t written_value;
  assign given = given_q[RegisterBits];
  always_comb begin
    written_number = '0;
    written_value  = 32'(resolved_q);
    if (given) begin
      written_number = given_q[RegisterBits-1:0];
      case (written_number)
        4'd1: written_value = position_i;
        4'd2: written_value = tokens_i;
        4'd3: written_value = 32'(spill_i);
        default: written_value = '0;
      endcase
    end else begin
      if (state_q == Sampling) written_value = 32'(sample_go_i);
      else if (header.opcode == OpAdd) written_value = add.subtract ? first_q - second_q : first_q + second_q;
      else if (header.opcode == OpLeast) written_value = first_q < least.limit ? first_q : least.limit;
      if ((state_q == Act && decoded_q.sets) || (state_q == Sampling && sample_done_i))
        written_number = decoded_q.result;
    end
    written = given || written_number != 0;
  end

  // ---- which instruction is next: the cache reads it in the cycle before it is asked for ----
  logic round_ends, repeats;
  assign round_ends = inside_q && next_q == inner.last;
  assign repeats = inner.rounds != 0;
  always_comb begin
    pc_d = pc_q;
    if (state_q == Rest) pc_d = '0;
    else if (state_q == Advance && !round_ends) pc_d = next_q;
    else if (state_q == Advance && repeats) pc_d = inner.first;
  end

  always_ff @(posedge clk_i) begin
    pc_q <= pc_d;
    affine_value_q <= registers_q[affine_register];
    tokens_q <= registers_q[tokens_register];
    position_q <= registers_q[position_register];
    length_q <= registers_q[length_register];
    spill_q <= registers_q[spill_register];
    first_q <= registers_q[first_register];
    second_q <= registers_q[second_register];
    if (written) registers_q[written_number] <= written_value;
    if (written_number == 4'd1) position_there_q <= written_value;
    if (given) given_q <= given_q + 1'b1;
    decoded_q <= decoded;
    resolved_q <= 67'(decoded_q.base) + affine_value_q * decoded_q.stride;
    wrong_q <= wrong;
    unit_wrong_q <= unit_wrong;
    descriptor_q <= descriptor;
    done_o <= 1'b0;
    want_q <= state_q == Resolve ? unit == UnitControl : want_q && !grant_i;

    unique case (state_q)
      Rest: begin
        if (start_i) begin
          depth_q  <= '0;
          level_q  <= '1;
          inside_q <= 1'b0;
          error_q  <= '0;
          given_q  <= {1'b1, RegisterBits'(0)};
          state_q  <= Fetch;
        end
      end
      Fetch: begin
        word_q <= word;
        if (hit && !given) state_q <= Read;
      end
      Read: state_q <= Resolve;
      Resolve: state_q <= unit == UnitControl ? Want : decoded_q.described ? Describe : Act;
      Want: if (grant_i) state_q <= Act;
      Describe: if (described_hit) state_q <= Act;
      Act: begin
        next_q  <= pc_q + 1;
        state_q <= Advance;
        if (unit == UnitControl) begin
          case (header.opcode)
            OpLoop: begin
              if (resolved_q <= 0 || loop.body == 0) begin
                next_q <= pc_q + 1 + 32'(loop.body);
              end else begin
                loops_q[level_t'(depth_q)] <= '{
                    first: pc_q + 1,
                    last: pc_q + 1 + 32'(loop.body),
                    rounds: resolved_q[31:0] - 32'(fault_i != FaultRounds)
                };
                depth_q <= depth_q + 1'b1;
                level_q <= level_q + 1'b1;
                inside_q <= 1'b1;
              end
            end
            OpBranch: if (taken) next_q <= target_q;
            OpCache: begin
              cache_q <= '{
                  key_offset: cache.key_offset,
                  value_offset: cache.value_offset,
                  layer_stride: cache.layer_stride,
                  capacity: cache.capacity,
                  kv_heads: cache.kv_heads,
                  head_dim: cache.head_dim
              };
            end
            OpSample: state_q <= Sampling;
            OpEnd: begin
              state_q <= Draining;
            end
            default:  ;
          endcase
        end else if (!send) begin
          state_q <= Act;
        end
      end
      Sampling: begin
        if (sample_done_i) begin
          state_q <= Advance;
        end
      end
      Advance: begin
        if (round_ends) begin
          if (repeats) begin
            loops_q[level_q].rounds <= inner.rounds - 1;
            next_q <= inner.first;
            state_q <= Fetch;
          end else begin
            depth_q  <= depth_q - 1'b1;
            level_q  <= level_q - 1'b1;
            inside_q <= depth_q != 1;
          end
        end else begin
          state_q <= Fetch;
        end
      end
      Draining: begin
        if (idle_i && fetch_idle && semaphores_zero_i && unit_wrong_q.code == ErrorNone) begin
          done_o  <= 1'b1;
          state_q <= Rest;
        end
      end
      Aborting: begin
        aborting_q <= &aborting_q ? '1 : aborting_q + 1'b1;
        if (&aborting_q && quiet_i) begin
          done_o  <= 1'b1;
          state_q <= Rest;
        end
      end
      default: ;
    endcase
    still_q <= state_q == Rest || state_q == Aborting || progress_i ? '0 : still_q + 1'b1;
    if (state_q != Aborting && wrong_q.code != ErrorNone) begin
      error_q <= wrong_q;
      aborting_q <= '0;
      done_o <= 1'b0;
      want_q <= 1'b0;
      state_q <= Aborting;
    end
    if (!rst_ni) begin
      state_q <= Rest;
      done_o <= 1'b0;
      want_q <= 1'b0;
      given_q <= '0;
      still_q <= '0;
      error_q <= '0;
      wrong_q <= '0;
      unit_wrong_q <= '0;
    end
  end
endmodule
`default_nettype wire
