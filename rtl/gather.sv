/// Takes the packets of all slices, one a cycle in turn over slices (of several cores: over cores), and brings each to its place:
/// through activation and combination into the vector memory; or, of a head, to best_logits and to memory. Rows of padding end
/// here. What a packet's place is, it computes from the packet's name; it does not know how block rows are dealt.
`default_nettype none
module gather
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Sources     = 2,      // of packets: slices or cores
    parameter int unsigned VectorReals = 65536,
    parameter int unsigned RealLanes   = 8       // reals a cycle through activation and combination: 1, 2, 4 or 8
) (
    input wire clk_i,
    input wire rst_ni,
`ifdef GODWIT_FAULTS
    input wire fault_e fault_i,
`endif
    input wire gather_job_t job_i,  // stands while packets are under way
    input wire place_offset_t [TokensMost-1:0] offset_i,  // of each vector that meets a block row
    input wire open_i,  // both are there
    output logic idle_o,  // all packets that were taken are at their places
    // packets
    input wire packet_t [Sources-1:0] packet_i,
    input wire [Sources-1:0] packet_valid_i,
    output logic [Sources-1:0] packet_ready_o,
    // vector memory
    output vec_t read_address_o,
    output logic read_valid_o,
    input wire read_ready_i,
    input wire answer_valid_i,  // two cycles after
    input wire [7:0][31:0] answer_i,
    output vec_t write_address_o,
    output logic [7:0][31:0] write_data_o,
    output logic write_valid_o,
    input wire write_ready_i,
    // best_logits
    output logic [7:0][31:0] logit_o,
    output logic [7:0] logit_mask_o,
    output logic [23:0] logit_token_o,
    output logic logit_valid_o,
    input wire logit_ready_i,
    // store unit
    output spill_t spill_o,
    output logic spill_valid_o,
    input wire spill_ready_i,
    // for the counters
    output logic [3:0] saturations_o,
    output logic outside_o  // a place beyond the vector memory: dropped
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Depth = 16;  // packets that can be under way behind the places
  localparam int unsigned Parts = 8 / RealLanes;
  localparam int unsigned IndexBits = Sources > 1 ? $clog2(Sources) : 1;
  typedef logic [7:0][31:0] reals_t;
  gather_job_t job_q;  // stands where it is needed: from the cycle after the first packet was chosen on
  always_ff @(posedge clk_i) job_q <= job_i;

  // ---- a: a packet is chosen ----
  logic [  Sources-1:0] request;
  logic [IndexBits-1:0] index;
  logic chosen, move;
  always_comb begin
    request = open_i ? packet_valid_i : '0;
    if (fault_i == FaultFairness) request[Sources-1] = 1'b0;
    packet_ready_o = '0;
    packet_ready_o[index] = chosen && move;
  end
  round_robin #(
      .Requesters(Sources)
  ) u_turn (
      .clk_i,
      .rst_ni,
      .request_i(request),
      .take_i(move),
      .valid_o(chosen),
      .index_o(index)
  );

  // ---- b, c: its offset among the results: vector, head, block row ----
  packet_t a_q, b_q, c_q;
  logic a_valid_q, b_valid_q, c_valid_q;
  place_offset_t offset_b_q, offset_c_q;
  logic [31:0] head_b_q;
  vec_t stride;
  assign stride = (a_q.scales ? job_q.scales_stride : job_q.head_stride) -
      (fault_i == FaultHeadStride && job_q.head_stride != 0 ? vec_t'(Rows) : '0);

  // ---- d: its places ----
  typedef struct packed {
    byte_address_t address;  // in the vector memory, or in bytes of channel 0
    logic [23:0]   token;
    logic [7:0]    mask;     // for best_logits
    logic          spill;
  } target_t;
  reals_t d_real_q;
  target_t d_q, d;
  vec_t d_other_q;
  logic d_valid_q, d_keep_q, d_reads_q;  // is kept; and needs its other operand
  logic [28:0] place, other;
  logic [26:0] row;  // of the matrix: token of a head
  logic keep, outside, last_token, needs_other;
  assign needs_other = job_q.combine != CombineNone;
  assign row = {4'b0, c_q.row, 3'b0};
  assign last_token = c_q.token == job_q.last_token;
  assign place = 29'(offset_c_q) + 29'(c_q.scales ? job_q.scales : job_q.to);
  assign other = 29'(offset_c_q) + 29'(job_q.other) + (fault_i == FaultOther ? 29'd8 : '0);
  always_comb begin
    d = '0;
    d.token = row[23:0];
    for (int unsigned r = 0; r < Rows; r++) d.mask[r] = last_token && row + 27'(r) < 27'(job_q.rows);
    d.spill = job_q.spill;
    outside = 1'b0;
    if (job_q.head) begin
      d.address = job_q.logits + (byte_address_t'(offset_c_q) << 2);
      keep = job_q.spill || d.mask != '0;
    end else begin
      d.address = byte_address_t'(place);
      keep = 21'(c_q.row) < job_q.row_limit || fault_i == FaultPadding;
      outside = keep && (place > 29'(VectorReals - Rows) || (needs_other && other > 29'(VectorReals - Rows)));
    end
  end

  // ---- into the part that cannot stop: a place in the queue behind it is kept for each packet ----
  logic [$clog2(Depth):0] under_way_q;
  logic full_q;
  logic [3:0] part_q;
  logic begins_q;  // it is 0
  logic enter, ends, pop;
  assign ends = part_q == 4'(Parts - 1);
  assign read_valid_o = d_reads_q && begins_q && !full_q;
  assign read_address_o = d_other_q;
  assign enter = d_valid_q && d_keep_q && (!begins_q || (!full_q && (!d_reads_q || read_ready_i)));
  assign move = !d_valid_q || !d_keep_q || (enter && ends);

  always_ff @(posedge clk_i) begin
    if (move) begin
      a_q <= packet_i[index];
      b_q <= a_q;
      offset_b_q <= (fault_i == FaultToken ? offset_i[0] : offset_i[a_q.token]) + place_offset_t'({a_q.row, 3'b0});
      if (a_q.scales) offset_b_q <= place_offset_t'({a_q.row, 3'b0});
      head_b_q <= 32'(a_q.head) * 32'(stride);
      c_q <= b_q;
      offset_c_q <= offset_b_q + place_offset_t'(head_b_q);
      d_q <= d;
      d_other_q <= vec_t'(other);
      d_keep_q <= keep && !outside;
      d_reads_q <= c_valid_q && keep && !outside && needs_other;
      d_real_q <= c_q.real_value;
    end
    if (!rst_ni) begin
      a_valid_q <= 1'b0;
      b_valid_q <= 1'b0;
      c_valid_q <= 1'b0;
      d_valid_q <= 1'b0;
      d_reads_q <= 1'b0;
      full_q <= 1'b0;
      part_q <= '0;
      begins_q <= 1'b1;
      under_way_q <= '0;
      outside_o <= 1'b0;
    end else begin
      if (move) begin
        a_valid_q <= chosen;
        b_valid_q <= a_valid_q;
        c_valid_q <= b_valid_q;
        d_valid_q <= c_valid_q;
      end
      if (enter) part_q <= ends ? '0 : part_q + 1'b1;
      if (enter) begins_q <= ends;
      under_way_q <= under_way_q + ($clog2(Depth) + 1)'(enter && begins_q) - ($clog2(Depth) + 1)'(pop);
      full_q <= !pop && (full_q || (enter && begins_q && under_way_q == ($clog2(Depth) + 1)'(Depth - 1)));
      outside_o <= move && c_valid_q && outside;
    end
  end

  // ---- activation (5 cycles), combination (3) ----
  localparam int unsigned Activate = 5;
  localparam int unsigned Combine = 3;
  typedef struct packed {
    logic begins;
    logic ends;
  } part_t;
  logic [Activate+Combine-1:0] valid_q;
  part_t part4, part8;
  target_t target8;
  reals_t answer2_q, answer3_q;
  reals_t other5_q;  // its lowest reals go with the part
  logic [RealLanes-1:0] saturated;
  logic [RealLanes-1:0][31:0] real8;
  logic busy;
  assign busy = enter || valid_q != '0;
  delay #(
      .T(part_t),
      .Cycles(Activate - 1)
  ) u_part4 (
      .clk_i,
      .data_i({begins_q, ends}),
      .data_o(part4)
  );
  delay #(
      .T(part_t),
      .Cycles(Combine + 1)
  ) u_part8 (
      .clk_i,
      .data_i(part4),
      .data_o(part8)
  );
  delay #(
      .T(target_t),
      .Cycles(Activate + Combine)
  ) u_target (
      .clk_i,
      .data_i(d_q),
      .data_o(target8)
  );
  // The answer comes two cycles after the first part went in, that part three cycles later, the others behind it.
  always_ff @(posedge clk_i) begin
    if (answer_valid_i) answer2_q <= answer_i;
    answer3_q <= answer2_q;
    other5_q  <= part4.begins ? answer3_q : reals_t'(512'(other5_q) >> (32 * RealLanes));
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Activate+Combine-2:0], enter};
  end

  for (genvar l = 0; l < RealLanes; l++) begin : gen_lane
    logic signed [31:0] active5;
    logic [2:0] lane0;  // of the eight
    assign lane0 = 3'(32'(part_q) * RealLanes + l);
    activate u_activate (
        .clk_i,
`ifdef GODWIT_FAULTS
        .fault_i,
`endif
        .enable_i(busy),
        .function_i(job_q.activation),
        .fraction_bits_i(job_q.fraction_bits),
        .x_i(d_real_q[lane0]),
        .y_o(active5)
    );
    combine_reals u_combine (
        .clk_i,
        .enable_i(busy),
        .combine_i(job_q.combine),
        .fraction_bits_i(job_q.fraction_bits),
        .a_i(active5),
        .b_i(other5_q[l]),
        .real_o(real8[l]),
        .saturated_o(saturated[l])
    );
  end
  always_comb begin
    saturations_o = '0;
    for (int unsigned l = 0; l < RealLanes; l++) begin
      saturations_o += 4'(valid_q[Activate+Combine-1] && saturated[l]);
    end
  end

  // ---- eight reals again, and out ----
  typedef struct packed {
    target_t target;
    reals_t  real_value;
  } result_t;
  result_t result, out;
  logic out_valid, queue_ready;
  if (Parts == 1) begin : gen_at_once
    assign result.real_value = real8;
  end else begin : gen_assemble
    logic [(Parts-1)*RealLanes-1:0][31:0] real_q;
    always_ff @(posedge clk_i) begin
      if (valid_q[Activate+Combine-1]) begin
        real_q <= ((Parts - 1) * RealLanes * 32)'({real8, real_q} >> (RealLanes * 32));
      end
    end
    assign result.real_value = {real8, real_q};
  end
  assign result.target = target8;
  fifo #(
      .T(result_t),
      .Depth(Depth)
  ) u_results (
      .clk_i,
      .rst_ni,
      .data_i (result),
      .valid_i(valid_q[Activate+Combine-1] && part8.ends),
      .ready_o(queue_ready),
      .data_o (out),
      .valid_o(out_valid),
      .ready_i(pop)
  );

  // Of a head a result may go two ways; it leaves when both have taken it.
  logic logit_due, spill_due, logit_done_q, spill_done_q, logit_taken, spill_taken;
  assign logit_due = out.target.mask != '0 && !logit_done_q;
  assign spill_due = out.target.spill && !spill_done_q;
  assign logit_valid_o = job_q.head && out_valid && logit_due;
  assign spill_valid_o = job_q.head && out_valid && spill_due;
  assign logit_taken = !logit_due || logit_ready_i;
  assign spill_taken = !spill_due || spill_ready_i;
  assign write_valid_o = !job_q.head && out_valid;
  assign pop = out_valid && (job_q.head ? logit_taken && spill_taken : write_ready_i);
  always_ff @(posedge clk_i) begin
    if (!rst_ni || pop) begin
      logit_done_q <= 1'b0;
      spill_done_q <= 1'b0;
    end else begin
      logit_done_q <= logit_done_q || (logit_valid_o && logit_ready_i);
      spill_done_q <= spill_done_q || (spill_valid_o && spill_ready_i);
    end
  end
  assign write_address_o = vec_t'(out.target.address);
  assign write_data_o = out.real_value;
  assign logit_o = out.real_value;
  assign logit_mask_o = out.target.mask;
  assign logit_token_o = out.target.token;
  assign spill_o = '{address: out.target.address, logits: out.real_value};
  assign idle_o = !a_valid_q && !b_valid_q && !c_valid_q && !d_valid_q && under_way_q == 0;

  initial begin
    assert (RealLanes inside {1, 2, 4, 8});
  end
`ifndef SYNTHESIS
  RoomForEveryResult :
  assert property (@(posedge clk_i) disable iff (!rst_ni) valid_q[Activate+Combine-1] && part8.ends |-> queue_ready);
  logic [1:0] asked_q;
  always_ff @(posedge clk_i) asked_q <= !rst_ni ? '0 : {asked_q[0], read_valid_o && read_ready_i};
  AnswersComeInTime :
  assert property (@(posedge clk_i) disable iff (!rst_ni) asked_q[1] == answer_valid_i);
`endif
endmodule
`default_nettype wire
