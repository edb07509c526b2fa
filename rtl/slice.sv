/// One memory port's share of a product with a matrix, with keys or with values: stream in, packets of eight reals out, one
/// job at a time. The activations must be in its memory before the job starts; where the stream comes from and where packets
/// go is not its business. The file is long because every wire between its parts is in it.
`default_nettype none
module slice
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import fault_pkg::*;
#(
    parameter  int unsigned PortBytes      = 64,
    parameter  int unsigned Chunks         = 1024,                   // of 64 inputs in the activation memory
    parameter  int unsigned Fold           = 1,                      // turns in which the chains have a block's rows
    parameter  int unsigned CascadeLatency = 8,
    parameter  int unsigned WriteWords     = 1,                      // of activations, at once
    localparam int unsigned Ways           = stream_ways(PortBytes)
) (
    input  wire                                           clk_i,
    input  wire                                           rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                                   fault_i,
`endif
    // a job; its matrix's stream may already be waiting
    input  wire job_t                                     job_i,
    input  wire                                           job_valid_i,
    output logic                                          job_ready_o,
    // stream
    input  wire         [      Ways-1:0][8*PortBytes-1:0] stream_i,
    input  wire         [      Ways-1:0]                  stream_valid_i,        // words are in the ways in turn
    output logic        [      Ways-1:0]                  stream_ready_o,
    // activations
    input  wire                                           write_i,
    input  wire         [          15:0]                  write_word_i,
    input  wire word_t  [WriteWords-1:0]                  write_data_i,
    input  wire                                           write_scales_i,
    input  wire         [          13:0]                  write_scales_chunk_i,
    input  wire scale_t [           1:0]                  write_scales_data_i,
    // results
    output packet_t                                       packet_o,
    output logic                                          packet_valid_o,
    input  wire                                           packet_ready_i,
    output logic                                          saturated_o            // a real was cut to its range
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Slots = 16;
  localparam int unsigned Chains = Rows / Fold;
  localparam int unsigned GroupSumBits = 22;
  localparam int unsigned InputSumBits = 15;
  localparam int unsigned WordGranules = PortBytes < 16 ? 1 : PortBytes / 16;

  // ---- job ----
  job_t job_q;
  logic busy_q, start, drained, drained_q, idle;
  assign job_ready_o = !busy_q;
  assign start = job_valid_i && job_ready_o;
  always_ff @(posedge clk_i) begin
    if (start) job_q <= job_i;
    drained_q <= busy_q && (drained || drained_q);
    if (!rst_ni) begin
      busy_q <= 1'b0;
      drained_q <= 1'b0;
    end else begin
      busy_q <= start || (busy_q && !(drained_q && idle));
    end
  end
  logic start_q;
  always_ff @(posedge clk_i) start_q <= start && rst_ni;

  // ---- stream to beats ----
  granule_t [Ways-1:0][WordGranules-1:0] word;
  logic [Ways-1:0] word_valid, word_ready;
  granule_t granules[TakeMost];
  logic [5:0] available;
  logic [3:0] want, take;
  logic [2:0] last;
  for (genvar w = 0; w < Ways; w++) begin : gen_way
    granule_collector #(
        .PortBytes(PortBytes)
    ) u_collector (
        .clk_i,
        .rst_ni,
        .port_i(stream_i[w]),
        .port_valid_i(stream_valid_i[w]),
        .port_ready_o(stream_ready_o[w]),
        .word_o(word[w]),
        .word_valid_o(word_valid[w]),
        .word_ready_i(word_ready[w])
    );
  end
  if (PortBytes < 16) begin : gen_slots
    granule_slots u_window (
        .clk_i,
        .rst_ni,
        .word_i(word[0]),
        .valid_i(word_valid[0]),
        .ready_o(word_ready[0]),
        .granules_o(granules),
        .last_i(last),
        .want_i(want),
        .available_o(available),
        .take_i(take)
    );
  end else begin : gen_window
    granule_window #(
        .WordGranules(WordGranules),
        .Ways(Ways)
    ) u_window (
        .clk_i,
        .rst_ni,
        .word_i(word),
        .valid_i(word_valid),
        .ready_o(word_ready),
        .granules_o(granules),
        .last_i(last),
        .available_o(available),
        .take_i(take)
    );
  end

  row_header_t header_in, header;
  granule_t [3:0] set_four;
  granule_t set_last;
  beat_t beat;
  granule_t positions[4];
  granule_t planes[8];
  logic header_in_valid, header_in_ready, header_valid, header_ready;
  logic set_four_valid, set_last_valid, set_last_ready, set_ready;
  logic beat_valid, beat_ready;
  unpacker #(
      .Slow(PortBytes < 16)
  ) u_unpacker (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .job_i(job_q),
      .start_i(start_q),
      .idle_o(idle),
      .granules_i(granules),
      .last_o(last),
      .available_i(available),
      .want_o(want),
      .take_o(take),
      .header_o(header_in),
      .header_valid_o(header_in_valid),
      .header_ready_i(header_in_ready),
      .set_four_o(set_four),
      .set_four_valid_o(set_four_valid),
      .set_last_o(set_last),
      .set_valid_o(set_last_valid),
      .set_ready_i(set_last_ready),
      .beat_o(beat),
      .positions_o(positions),
      .planes_o(planes),
      .beat_valid_o(beat_valid),
      .beat_ready_i(beat_ready)
  );
  // A port of less than a granule brings a header in eight cycles and more.
  if (PortBytes < 16) begin : gen_slow_headers
    slow_fifo #(
        .T(row_header_t),
        .Depth(2)
    ) u_headers (
        .clk_i,
        .rst_ni,
        .data_i (header_in),
        .valid_i(header_in_valid),
        .ready_o(header_in_ready),
        .data_o (header),
        .valid_o(header_valid),
        .ready_i(header_ready)
    );
  end else begin : gen_headers
    fifo #(
        .T(row_header_t),
        .Depth(8)
    ) u_headers (
        .clk_i,
        .rst_ni,
        .data_i (header_in),
        .valid_i(header_in_valid),
        .ready_o(header_in_ready),
        .data_o (header),
        .valid_o(header_valid),
        .ready_i(header_ready)
    );
  end
  logic set_valid;
  group_set_t set;
  group_sets u_sets (
      .clk_i,
      .rst_ni,
      .four_i(set_four),
      .four_valid_i(set_four_valid),
      .last_i(set_last),
      .valid_i(set_last_valid),
      .ready_o(set_last_ready),
      .set_o(set),
      .valid_o(set_valid),
      .ready_i(set_ready)
  );

  // ---- cycle 0: a pass is issued ----
  pass_t pass0;
  logic first_pass, row_drained;
  logic [13:0] read_chunk;
  issuer #(
      .Slots(Slots),
      .Turns(Fold)
  ) u_issuer (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .job_i(job_q),
      .start_i(start_q),
      .beat_valid_i(beat_valid),
      .beat_i(beat),
      .beat_ready_o(beat_ready),
      .row_drained_i(row_drained),
      .issue_o(pass0.valid),
      .first_pass_o(first_pass),
      .place_o(pass0.place),
      .last_pass_o(pass0.last_pass),
      .turn_o(pass0.turn),
      .pass_o(pass0.pass),
      .read_chunk_o(read_chunk)
  );

  // Where chains are fewer than rows, the decoder takes a cycle to choose a turn's: so does what goes beside it.
  typedef struct packed {
    pass_t pass;
    logic first_pass;
    beat_e kind;
    logic [1:0] block;
    logic [13:0] chunk;
  } issued_t;
  issued_t issued0, issued;
  assign issued0 = '{pass: pass0, first_pass: first_pass, kind: beat.kind, block: beat.block, chunk: read_chunk};
  if (Fold == 1) begin : gen_at_once
    assign issued = issued0;
  end else begin : gen_later
    always_ff @(posedge clk_i) begin
      issued <= issued0;
      if (!rst_ni) issued.pass.valid <= 1'b0;
    end
  end

  // ---- cycle 1: weights stand, activations arrive ----
  code_t code1[Chains][Lanes];
  lane_index_t index1[Chains][Lanes];
  beat_e kind1_q;
  logic [1:0] block1_q;
  pass_t pass1_q;
  beat_decoder #(
      .Chains(Chains)
  ) u_decoder (
      .clk_i,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .stands_i(beat_valid && first_pass),  // of each turn: the beat is taken with the first pass of the last one
      .enable_i(pass0.valid && first_pass),
      .kind_i(beat.kind),
      .layout_i(beat.layout),
      .last_plane_i(beat.last_plane),
      .bits_i(job_q.bits),
      .turn_i(pass0.turn),
      .positions_i(positions),
      .planes_i(planes),
      .code_o(code1),
      .index_o(index1)
  );
  always_ff @(posedge clk_i) begin
    if (issued.pass.valid && issued.first_pass) begin
      kind1_q  <= issued.kind;
      block1_q <= issued.block;
    end
    pass1_q <= issued.pass;
    if (!rst_ni) pass1_q.valid <= 1'b0;
  end

  word_t chunk1[ChunkBlocks];
  logic [13:0] read_scales_chunk;
  scale_t [1:0] read_scales_data;
  activation_memory #(
      .Chunks(Chunks),
      .Words (WriteWords)
  ) u_activations (
      .clk_i,
      .write_i,
      .write_word_i,
      .write_data_i,
      .write_scales_i,
      .write_scales_chunk_i,
      .write_scales_data_i,
      .read_chunk_i(issued.chunk),
      .read_data_o(chunk1),
      .read_scales_chunk_i(read_scales_chunk),
      .read_scales_data_o(read_scales_data)
  );

  // ---- cycle 2: each lane has its code and its input; then the chains ----
  typedef struct packed {
    pass_t pass;
    logic signed [11:0] inputs_hi;
    logic signed [11:0] inputs_lo;
  } beside_t;
  beside_t beside2_q, next_beside3, beside3;
  logic [CascadeLatency+1:0] valid_q;  // of beside2_q, then beside each stage of the chains
  always_ff @(posedge clk_i) begin
    beside2_q.pass <= pass1_q;
    beside2_q.inputs_hi <= kind1_q == BeatSingle ? chunk1[block1_q].sum_hi : '0;
    beside2_q.inputs_lo <= kind1_q == BeatSingle ? chunk1[block1_q].sum_lo : '0;
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[CascadeLatency:0], pass1_q.valid};
  end
  logic next_valid3, valid3;
  assign next_valid3 = valid_q[CascadeLatency];
  assign valid3 = valid_q[CascadeLatency+1];

  chain_sum_t hi3[Chains], lo3[Chains], hi3_chain[Chains];
  lanes #(
      .CascadeLatency(CascadeLatency),
      .Chains(Chains)
  ) u_lanes (
      .clk_i,
      .valid_i(pass1_q.valid),
      .kind_i(kind1_q),
      .block_i(block1_q),
      .code_i(code1),
      .index_i(index1),
      .chunk_i(chunk1),
      .hi_o(hi3_chain),
      .lo_o(lo3)
  );
  for (genvar r = 0; r < Chains; r++) begin : gen_sum
    assign hi3[r] = hi3_chain[r] - 19'(fault_i == FaultDigit && lo3[r][18]);
  end
  delay #(
      .T(beside_t),
      .Cycles(CascadeLatency)
  ) u_beside (
      .clk_i,
      .data_i(beside2_q),
      .data_o(next_beside3)
  );
  always_ff @(posedge clk_i) beside3 <= next_beside3;

  // ---- groups ----
  logic signed [GroupSumBits-1:0] hi4[Chains], lo4[Chains];
  logic signed [InputSumBits-1:0] inputs_hi4, inputs_lo4;
  pass_t pass4_q, pass5_q;
  logic [1:0] group_q;  // in its set
  logic [1:0] group3;
  accumulators #(
      .GroupSumBits(GroupSumBits),
      .InputSumBits(InputSumBits),
      .Chains(Chains)
  ) u_accumulators (
      .clk_i,
      .next_valid_i(next_valid3),
      .next_pass_i(next_beside3.pass.pass),
      .next_turn_i(next_beside3.pass.turn),
      .next_first_i(next_beside3.pass.place.first_in_group && fault_i != FaultPlace),
      .valid_i(valid3),
      .pass_i(beside3.pass.pass),
      .turn_i(beside3.pass.turn),
      .first_i(beside3.pass.place.first_in_group && fault_i != FaultPlace),
      .hi_i(hi3),
      .lo_i(lo3),
      .inputs_hi_i(beside3.inputs_hi),
      .inputs_lo_i(beside3.inputs_lo),
      .hi_o(hi4),
      .lo_o(lo4),
      .inputs_hi_o(inputs_hi4),
      .inputs_lo_o(inputs_lo4)
  );
  logic group_valid3, group_end3;
  assign group_valid3 = valid3 && beside3.pass.place.last_in_group;
  assign group_end3 = group_valid3 && beside3.pass.last_pass;
  assign group3 = group_q ^ 2'(fault_i == FaultGroup);
  assign set_ready = group_end3 && job_q.group_blocks != 0 && (group_q == 2'd3 || beside3.pass.place.last_in_row);
  always_ff @(posedge clk_i) begin
    pass4_q <= beside3.pass;
    pass4_q.valid <= group_valid3;
    pass5_q <= pass4_q;
    if (!rst_ni) begin
      pass4_q.valid <= 1'b0;
      pass5_q.valid <= 1'b0;
      group_q <= '0;
    end else if (group_end3) begin
      group_q <= beside3.pass.place.last_in_row ? '0 : group_q + 1'b1;
    end
  end

  logic first5, odd5;
  logic signed [SumBits-1:0] total5[2][Chains], total5_d[2][Chains];
  group_t [Chains-1:0] rows4_q;  // parameters of the turn's rows
  for (genvar r = 0; r < Chains; r++) begin : gen_parameters
    always_ff @(posedge clk_i) begin
      rows4_q[r] <= set[group3][row_of(beside3.pass.turn, Chains, r)];
      if (job_q.group_blocks == 0) rows4_q[r] <= '{step: 9'd1, offset: 11'd0};
    end
  end
  reduction_node #(
      .GroupSumBits(GroupSumBits),
      .InputSumBits(InputSumBits),
      .Chains(Chains)
  ) u_reduction (
      .clk_i,
      .two_digits_i(job_q.two_digits),
      .group_i(rows4_q),
      .hi_i(hi4),
      .lo_i(lo4),
      .inputs_hi_i(inputs_hi4),
      .inputs_lo_i(inputs_lo4),
      .first_i(first5),
      .odd_i(odd5),
      .total_i(total5),
      .total_o(total5_d)
  );

  // ---- rows ----
  logic row_done, read_odd, next_read;
  logic [$clog2(Slots)-1:0] read_slot, next_slot;
  logic [$clog2(Rows)-1:0] read_row, next_row;
  logic signed [SumBits-1:0] read_sum;
  row_totals #(
      .Slots (Slots),
      .Chains(Chains)
  ) u_totals (
      .clk_i,
      .rst_ni,
      .two_digits_i(job_q.two_digits),
      .tokens_i(job_q.tokens),
      .next_valid_i(pass4_q.valid),
      .next_pass_i(pass4_q.pass),
      .next_turn_i(pass4_q.turn),
      .next_first_i(pass4_q.place.first_in_row),
      .valid_i(pass5_q.valid),
      .pass_i(pass5_q.pass),
      .turn_i(pass5_q.turn),
      .place_i(pass5_q.place),
      .first_o(first5),
      .odd_o(odd5),
      .total_o(total5),
      .total_i(total5_d),
      .row_done_o(row_done),
      .read_slot_i(read_slot),
      .read_odd_i(read_odd),
      .read_row_i(read_row),
      .next_read_i(next_read),
      .next_slot_i(next_slot),
      .next_row_i(next_row),
      .read_sum_o(read_sum)
  );
  drain #(
      .Slots (Slots),
      .Folded(Fold > 1)
  ) u_drain (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .job_i(job_q),
      .start_i(start_q),
      .done_o(drained),
      .row_done_i(row_done),
      .row_drained_o(row_drained),
      .read_slot_o(read_slot),
      .read_odd_o(read_odd),
      .read_row_o(read_row),
      .next_read_o(next_read),
      .next_slot_o(next_slot),
      .next_row_o(next_row),
      .read_sum_i(read_sum),
      .read_scales_chunk_o(read_scales_chunk),
      .read_scales_data_i(read_scales_data),
      .header_i(header),
      .header_valid_i(header_valid),
      .header_ready_o(header_ready),
      .packet_o,
      .packet_valid_o,
      .packet_ready_i,
      .saturated_o
  );

  initial begin
    assert (Fold inside {1, 2, 4, 8});
  end
`ifndef SYNTHESIS
  GroupHasItsParameters :
  assert property (@(posedge clk_i) disable iff (!rst_ni) group_valid3 && job_q.group_blocks != 0 |-> set_valid);
`endif
endmodule
`default_nettype wire
