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
(
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

  state_e state_q, state_d;
  logic [19:0] row_q, row_d;
  logic [31:0] left_q;  // granules of the stream that are not taken yet
  logic [15:0] at_q, at_d;  // block of 16 inputs
  logic positions_done_q, positions_done_d, set_begun_q, set_begun_d;
  granule_t kinds_q;
  beat_t beat_q;
  granule_t positions_q[4];
  granule_t planes_q[8];
  logic beat_valid_q, beat_valid_d;

  // ---- what stands next ----
  beat_e kind;
  logic [KindBits-1:0] said;
  chunk_e chunk_kind;
  assign said = kinds_q[at_q[6:2]*KindBits+:KindBits];
  assign chunk_kind = job_i.sparse ? chunk_e'(said[2:0]) : ChunkSingles;
  assign kind = beat_of(chunk_kind, at_q[1:0]);

  logic [15:0] set_mask;
  assign set_mask = 16'({job_i.group_blocks, 2'b00} - 6'd1);
  logic [2:0] advance;  // blocks of this beat
  logic [3:0] group_blocks;
  logic [15:0] after;
  place_t place;
  assign advance = beat_blocks(kind);
  assign group_blocks = job_i.group_blocks == 0 ? 4'd8 : job_i.group_blocks;
  assign after = at_q + 16'(advance);
  assign place.first_in_group = (at_q & 16'(group_blocks - 1'b1)) == 0;
  assign place.last_in_group = (after & 16'(group_blocks - 1'b1)) == 0 || after >= job_i.blocks;
  assign place.first_in_row = at_q < 16'(group_blocks);
  assign place.last_in_row = after >= job_i.blocks;

  // ---- granules of the beat: the rest of a set, positions, codes, of keys a fill, the beginning of a set ----
  logic [2:0] positions, take_positions, ahead;  // ahead of the codes
  logic [3:0] codes, take_codes;
  logic [5:0] needed;
  logic beat_room, beat_step, beat_end, fill, set_beside;
  assign positions = position_granules(kind);
  assign codes = code_granules(kind, job_i.bits);
  assign take_positions = positions_done_q ? 3'd0 : positions;
  assign take_codes = 4'(take_positions) + codes <= 4'(TakeMost) ? codes : 4'd0;
  assign ahead = take_positions + 3'(set_begun_q);
  // Granules of the codes come first; so positions are the last of the eight, and a set that stands alone turns by half.
  always_comb begin
    unique case (state_q)
      StBeat:  last_o = ahead;
      StSet:   last_o = 3'd4;
      default: last_o = '0;
    endcase
  end
  // A header of 3 granules and blocks of 8 are always one short of a line.
  assign fill = job_i.kind == JobKeys && take_codes != 0 && place.last_in_row && fault_i != FaultKeyFill;
  assign set_beside = job_i.group_blocks != 0 && !job_i.sparse && codes == 4'd4 && !place.last_in_row &&
      (after & set_mask) == 0;
  assign needed = 6'(ahead) + 6'(take_codes) + 6'(fill) + (set_beside ? 6'd4 : 6'd0);
  assign beat_room = !beat_valid_q || beat_ready_i;
  assign beat_step = state_q == StBeat && beat_room && available_i >= needed && (!set_begun_q || set_ready_i);
  assign beat_end = beat_step && take_codes != 0;

  // ---- order ----
  logic [2:0] header_granules;
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
      StHeader:  want_o = 4'(header_granules);
      StKinds:   want_o = 4'd1;
      StSet:     want_o = 4'd5;
      StBeat:    want_o = 4'(needed);
      StPadding: want_o = 4'(left_q != 0);
      default:   want_o = '0;
    endcase
  end
  assign new_kinds = job_i.sparse && at_d[6:0] == 0;
  assign new_set   = job_i.group_blocks != 0 && (at_d & set_mask) == 0 && !set_begun_d;

  always_comb begin
    state_d = state_q;
    row_d = row_q;
    at_d = at_q;
    take_o = '0;
    header_valid_o = 1'b0;
    set_valid_o = 1'b0;
    set_four_valid_o = 1'b0;
    positions_done_d = positions_done_q;
    set_begun_d = set_begun_q;
    unique case (state_q)
      StIdle: begin
        row_d = '0;
        at_d  = '0;
        if (start_i) state_d = StHeader;
      end
      StHeader: begin
        header_valid_o = available_i >= 6'(header_granules);
        if (header_valid_o && header_ready_i) begin
          take_o  = 4'(header_granules);
          state_d = new_kinds ? StKinds : new_set ? StSet : StBeat;
        end
      end
      StKinds: begin
        if (available_i != 0) begin
          take_o  = 4'd1;
          state_d = new_set ? StSet : StBeat;
        end
      end
      StSet: begin
        set_valid_o = available_i >= 6'd5;
        if (set_valid_o && set_ready_i) begin
          set_four_valid_o = 1'b1;
          take_o = 4'd5;
          state_d = StBeat;
        end
      end
      StBeat: begin
        if (beat_step) begin
          take_o = 4'(needed);
          positions_done_d = 1'b1;
          set_valid_o = set_begun_q;
        end
        if (beat_end) begin
          positions_done_d = 1'b0;
          set_begun_d = set_beside;
          set_four_valid_o = set_beside;
          at_d = after;
          if (place.last_in_row) begin
            at_d = '0;
            row_d = row_q + 1'b1;
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
    if (state_q == StKinds) kinds_q <= granules_i[0];
    if (beat_step) begin
      beat_q.kind  <= kind;
      beat_q.block <= at_q[1:0];
      beat_q.chunk <= at_q[15:2];
      beat_q.place <= place;
      for (int unsigned i = 0; i < 4; i++) begin
        if (take_positions != 0) positions_q[i] <= granules_i[4+i];
      end
      for (int unsigned j = 0; j < TakeMost; j++) planes_q[j] <= granules_i[j];
    end
    if (!rst_ni) begin
      state_q <= StIdle;
      row_q <= '0;
      left_q <= '0;
      at_q <= '0;
      positions_done_q <= 1'b0;
      set_begun_q <= 1'b0;
      beat_valid_q <= 1'b0;
    end else begin
      state_q <= state_d;
      row_q <= row_d;
      left_q <= state_q == StIdle ? job_i.granules : left_q - 32'(take_o);
      at_q <= at_d;
      positions_done_q <= positions_done_d;
      set_begun_q <= set_begun_d;
      beat_valid_q <= beat_valid_d;
    end
  end

`ifndef SYNTHESIS
  logic kind_read, meets;
  assign meets = set_begun_q && (set_beside || positions != 0);
  assign kind_read = state_q == StBeat && job_i.sparse;
  SetsDoNotMeet :
  assert property (@(posedge clk_i) disable iff (!rst_ni) beat_step |-> !meets);
  KnowsTheKind :
  assert property (@(posedge clk_i) disable iff (!rst_ni) kind_read |-> said <= KindBits'(ChunkQuad1));
`endif
endmodule
`default_nettype wire
