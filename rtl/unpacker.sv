/// Walks through the stream of one job in its order: row scales and biases, kinds of chunks, group parameters, codes; of
/// keys, scales and codes, each block row filled up to a line; of values, codes alone.
/// Gives codes as they lie (beat_decoder reads them), each with its place in group and row; multiplies nothing. Group parameters
/// need no cycle of their own beside dense codes of four bits: four of their five granules are taken with the beat before, one
/// with the beat after.
`default_nettype none
module unpacker
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import fault_pkg::*;
#(
    // Granules take several cycles each: whether enough are there is seen a cycle later.
    parameter bit Slow = 0
) (
    input  wire                 clk_i,
    input  wire                 rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e         fault_i,
`endif
    input  wire job_t           job_i,                       // must hold while busy
    input  wire                 start_i,
    output logic                idle_o,
    input  wire granule_t       granules_i      [TakeMost],  // from the one after `last_o` on; those before it last
    output logic          [2:0] last_o,
    input  wire           [5:0] available_i,
    output logic          [3:0] want_o,                      // granules of the step that is next
    output logic          [3:0] take_o,
    output row_header_t         header_o,
    output logic                header_valid_o,
    input  wire                 header_ready_i,
    // a set's first four granules, which are never refused, and no earlier than they its last one
    output granule_t      [3:0] set_four_o,
    output logic                set_four_valid_o,
    output granule_t            set_last_o,
    output logic                set_valid_o,
    input  wire                 set_ready_i,
    output beat_t               beat_o,
    output granule_t            positions_o     [       4],  // the last of these
    output granule_t            planes_o        [       8],
    output logic                beat_valid_o,
    input  wire                 beat_ready_i
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  typedef enum logic [2:0] {
    StIdle,
    StHeader,
    StKinds,
    StSet,
    StBeat,
    StPadding
  } state_e;

  // A beat that is next, from registers: worked out when the one before it ends.
  typedef struct packed {
    beat_e kind;
    place_t place;
    logic [3:0] granules;  // of its next step: rest of a set, positions, codes, of keys a fill, begin of a set
    logic [2:0] ahead;  // those before the codes
    logic with_codes;  // else a step of positions alone
    logic set_beside;  // a set begins beside its codes
  } plan_t;

  state_e state_q, state_d;
  logic [19:0] row_q, row_d;
  logic [31:0] left_q;  // granules of the stream that are not taken yet
  logic [15:0] at_q, next_at;  // block of 16 inputs
  logic [15:0] rest_q, next_rest;  // blocks of the row from there on
  plan_t plan_q, next;
  logic set_begun_q;
  granule_t kinds_q;
  chunk_e chunk_q, later_chunk_q, next_chunk;  // of at_q, of the chunk behind it
  logic [$clog2(KindsChunks)-1:0] kind_at_q;  // of the chunk behind that
  beat_t beat_q;
  granule_t positions_q[4];
  granule_t planes_q[8];
  logic beat_valid_q, beat_valid_d;
  logic beat_room, beat_step, beat_end;

  // ---- where the next beat is ----
  logic [ 2:0] advance;  // blocks of the beat
  logic [15:0] after;
  logic chunk_ends, load, keeps_row;
  assign advance = beat_blocks(plan_q.kind);
  assign after = at_q + 16'(advance);
  assign chunk_ends = 3'(at_q[1:0]) + advance == 3'(ChunkBlocks);
  assign load = state_q == StIdle || state_q == StKinds || beat_end;
  assign keeps_row = state_q == StKinds || (state_q == StBeat && !plan_q.place.last_in_row);
  always_comb begin
    next_at = '0;
    next_rest = job_i.blocks;
    next_chunk = chunk_ends ? later_chunk_q : chunk_q;
    next.place.first_in_group = 1'b1;
    next.place.first_in_row = 1'b1;
    if (state_q == StKinds) begin
      next_at = at_q;
      next_rest = rest_q;
      next_chunk = chunk_e'(granules_i[0][2:0]);
      next.place.first_in_row = plan_q.place.first_in_row;
    end else if (keeps_row) begin
      next_at = after;
      next_rest = rest_q - 16'(advance);
      next.place.first_in_group = plan_q.place.last_in_group;
      next.place.first_in_row = plan_q.place.first_in_row && !plan_q.place.last_in_group;
    end
    if (!job_i.sparse) next_chunk = ChunkSingles;
  end

  // ---- what it takes ----
  logic [4:0] set_mask;
  logic [2:0] group_mask;
  logic [2:0] positions, next_advance;
  logic [3:0] codes, both, plain;
  logic [15:0] known_rest;
  logic fill, begun;
  assign set_mask = 5'({job_i.group_blocks, 2'b00} - 6'd1);
  assign group_mask = 3'(job_i.group_blocks - 4'd1);  // without groups: seven
  assign next.kind = beat_of(next_chunk, next_at[1:0]);
  assign next_advance = beat_blocks(next.kind);
  // As `next_rest <= next_advance`, without waiting for the difference.
  assign known_rest = keeps_row ? rest_q : job_i.blocks;
  assign both = 4'(next_advance) + (state_q == StBeat && keeps_row ? 4'(advance) : '0);
  assign next.place.last_in_row = known_rest[15:4] == 0 && known_rest[3:0] <= both;
  assign next.place.last_in_group = ((next_at[2:0] + next_advance) & group_mask) == 0 || next.place.last_in_row;
  assign positions = position_granules(next.kind);
  assign codes = code_granules(next.kind, job_i.bits);
  assign next.with_codes = 4'(positions) + codes <= 4'(TakeMost);
  assign begun = state_q == StBeat && plan_q.set_beside;
  // A header of 3 granules and blocks of 8 are always one short of a line.
  assign fill = job_i.kind == JobKeys && next.place.last_in_row && fault_i != FaultKeyFill;
  assign next.set_beside = job_i.group_blocks != 0 && !job_i.sparse && job_i.bits == 4'd4 && !next.place.last_in_row &&
      (next_at[4:0] & set_mask) == set_mask;  // the last block of a set: beats of dense codes are of one block
  assign next.ahead = positions + 3'(begun);
  // A fill is behind eight granules, a set beside four and nothing else: so one is or-ed in, and four more are eight.
  assign plain = 4'(positions) + (next.with_codes ? codes : '0);
  assign next.granules = {
    plain[3] || next.set_beside, plain[2] && !next.set_beside, plain[1], plain[0] || begun || fill
  };

  // ---- a step of it ----
  // Granules of the codes come first; so positions are the last of the eight, and a set that stands alone turns by half.
  always_comb begin
    unique case (state_q)
      StBeat:  last_o = plan_q.ahead;
      StSet:   last_o = 3'd4;
      default: last_o = '0;
    endcase
  end
  logic there_q, stays;  // what the step wants is there, and stays until the step is done
  always_comb begin
    unique case (state_q)
      StHeader: stays = !there_q || !header_ready_i;
      StSet:    stays = !there_q || !set_ready_i;
      StBeat:   stays = !beat_step;
      default:  stays = state_q == StKinds && !there_q;
    endcase
  end
  always_ff @(posedge clk_i) there_q <= rst_ni && stays && available_i >= 6'(want_o);
  assign beat_room = !beat_valid_q || beat_ready_i;
  assign beat_step = state_q == StBeat && beat_room && (Slow ? there_q : available_i >= 6'(plan_q.granules)) &&
      (!set_begun_q || set_ready_i);
  assign beat_end = beat_step && plan_q.with_codes;
  layout_e layout;
  assign layout = layout_of(plan_q.kind, job_i.bits);

  // ---- order ----
  logic [2:0] header_granules, header_granules_q;
  logic new_kinds, new_set;
  always_comb begin
    unique case (job_i.kind)
      JobKeys:   header_granules = 3'd3;
      JobValues: header_granules = 3'd0;
      default:   header_granules = job_i.bias ? 3'd4 : 3'd2;
    endcase
  end
  always_comb begin
    unique case (state_q)
      StHeader:  want_o = 4'(header_granules_q);
      StKinds:   want_o = 4'd1;
      StSet:     want_o = 4'd5;
      StBeat:    want_o = plan_q.granules;
      StPadding: want_o = 4'(left_q != 0);
      default:   want_o = '0;
    endcase
  end
  // Before the beat at `after`; of a new row both may be.
  assign new_kinds = job_i.sparse && (state_q != StBeat || after[6:0] == 0);
  assign new_set = job_i.group_blocks != 0 &&
      ((state_q == StBeat ? after[4:0] : at_q[4:0]) & set_mask) == 0 && !(state_q == StBeat && plan_q.set_beside);

  always_comb begin
    state_d = state_q;
    row_d = row_q;
    take_o = '0;
    header_valid_o = 1'b0;
    set_valid_o = 1'b0;
    set_four_valid_o = 1'b0;
    unique case (state_q)
      StIdle: begin
        row_d = '0;
        if (start_i) state_d = StHeader;
      end
      StHeader: begin
        header_valid_o = Slow ? there_q : available_i >= 6'(header_granules_q);
        if (header_valid_o && header_ready_i) begin
          take_o  = 4'(header_granules_q);
          state_d = new_kinds ? StKinds : new_set ? StSet : StBeat;
        end
      end
      StKinds: begin
        if (Slow ? there_q : available_i != 0) begin
          take_o  = 4'd1;
          state_d = new_set ? StSet : StBeat;
        end
      end
      StSet: begin
        set_valid_o = Slow ? there_q : available_i >= 6'd5;
        if (set_valid_o && set_ready_i) begin
          set_four_valid_o = 1'b1;
          take_o = 4'd5;
          state_d = StBeat;
        end
      end
      StBeat: begin
        if (beat_step) begin
          take_o = plan_q.granules;
          set_valid_o = set_begun_q;
        end
        if (beat_end) begin
          set_four_valid_o = plan_q.set_beside;
          if (plan_q.place.last_in_row) begin
            row_d   = row_q + 1'b1;
            state_d = row_d != job_i.block_rows ? StHeader : job_i.kind == JobMatrix ? StPadding : StIdle;
          end else begin
            state_d = new_kinds ? StKinds : new_set ? StSet : StBeat;
          end
        end
      end
      StPadding: begin
        take_o = available_i < 6'(TakeMost) ? 4'(available_i) : 4'(TakeMost);
        if (left_q < 32'(take_o)) take_o = 4'(left_q);
        if (left_q == 0) state_d = StIdle;
      end
      default: state_d = StIdle;
    endcase
  end
  assign beat_valid_d = beat_end || (beat_valid_q && !beat_ready_i);

  // ---- wiring of what is passed on whole ----
  // The scales of the values travel in place of the biases, which keys do not have.
  logic [3*GranuleBits-1:0] header_scales;
  logic [2*GranuleBits-1:0] header_biases;
  scale_t [Rows-1:0] key_scale, value_scale;
  assign header_scales = {granules_i[2], granules_i[1], granules_i[0]};
  assign header_biases = {granules_i[3], granules_i[2]};
  assign {value_scale, key_scale} = header_scales;
  always_comb begin
    header_o.scale = fault_i == FaultKeyScale && job_i.kind == JobKeys ? value_scale : key_scale;
    header_o.bias  = job_i.bias ? header_biases : '0;
    for (int unsigned r = 0; r < Rows; r++) begin
      if (job_i.kind == JobKeys) header_o.bias[r] = 32'(value_scale[r]);
      if (job_i.kind == JobValues) header_o.scale[r] = ScaleOne;
    end
  end
  assign set_four_o = {granules_i[7], granules_i[6], granules_i[5], granules_i[4]};
  assign set_last_o = set_begun_q ? granules_i[7] : granules_i[0];
  assign beat_o = beat_q;
  assign positions_o = positions_q;
  assign planes_o = planes_q;
  assign idle_o = state_q == StIdle;
  assign beat_valid_o = beat_valid_q;

  always_ff @(posedge clk_i) begin
    header_granules_q <= header_granules;
    if (load) begin
      plan_q  <= next;
      at_q    <= next_at;
      rest_q  <= next_rest;
      chunk_q <= next_chunk;
    end else if (beat_step) begin
      plan_q.granules <= code_granules(plan_q.kind, job_i.bits);
      plan_q.ahead <= '0;
      plan_q.with_codes <= 1'b1;
    end
    if (state_q == StKinds) begin
      kinds_q <= granules_i[0];
      later_chunk_q <= chunk_e'(granules_i[0][KindBits+:3]);
      kind_at_q <= ($clog2(KindsChunks))'(2);
    end else if (beat_end && chunk_ends) begin
      later_chunk_q <= chunk_e'(kinds_q[kind_at_q*KindBits+:3]);
      kind_at_q <= kind_at_q + 1'b1;
    end
    if (beat_step) begin
      beat_q.kind <= plan_q.kind;
      beat_q.layout <= layout;
      beat_q.last_plane <= last_plane_of(layout, job_i.bits);
      beat_q.block <= at_q[1:0];
      beat_q.chunk <= at_q[15:2];
      beat_q.place <= plan_q.place;
      for (int unsigned i = 0; i < 4; i++) begin
        if (plan_q.ahead != 0 && !set_begun_q) positions_q[i] <= granules_i[4+i];
      end
      for (int unsigned j = 0; j < TakeMost; j++) planes_q[j] <= granules_i[j];
    end
    if (!rst_ni) begin
      state_q <= StIdle;
      row_q <= '0;
      left_q <= '0;
      set_begun_q <= 1'b0;
      beat_valid_q <= 1'b0;
    end else begin
      state_q <= state_d;
      row_q   <= row_d;
      left_q  <= state_q == StIdle ? job_i.granules : left_q - 32'(take_o);
      if (beat_end) set_begun_q <= plan_q.set_beside;
      beat_valid_q <= beat_valid_d;
    end
  end

`ifndef SYNTHESIS
  logic kind_read, meets;
  assign meets = set_begun_q && (plan_q.set_beside || plan_q.kind != BeatSingle);
  assign kind_read = state_q == StBeat && job_i.sparse;
  SetsDoNotMeet :
  assert property (@(posedge clk_i) disable iff (!rst_ni) beat_step |-> !meets);
  KnowsTheKind :
  assert property (@(posedge clk_i) disable iff (!rst_ni) kind_read |-> chunk_q <= ChunkQuad1);
`endif
endmodule
`default_nettype wire
