/// Takes finished block rows from the result ring, token by token and row by row, through the one requantiser, and sends a
/// packet of eight reals a token; of keys, first one of the values' scales. Stands still while the packet is not taken.
`default_nettype none
module drain
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slots = 16,
    // The ring is read a cycle before; whether a packet is taken is not asked in the same cycle, and a cycle is lost with each.
    parameter bit Folded = 0
) (
    input  wire                                  clk_i,
    input  wire                                  rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                          fault_i,
`endif
    input  wire job_t                            job_i,
    input  wire                                  start_i,              // of a job: counts block rows from zero
    output logic                                 done_o,               // the job's last packet has gone
    input  wire                                  row_done_i,
    output logic                                 row_drained_o,
    // the result ring
    output logic             [$clog2(Slots)-1:0] read_slot_o,
    output logic                                 read_odd_o,
    output logic             [ $clog2(Rows)-1:0] read_row_o,
    // and of a folded slice, what is read for the next cycle and those after it until next_read_o is there again
    output logic                                 next_read_o,
    output logic             [$clog2(Slots)-1:0] next_slot_o,
    output logic             [ $clog2(Rows)-1:0] next_row_o,
    input  wire logic signed [      SumBits-1:0] read_sum_i,
    // scales
    output logic             [             13:0] read_scales_chunk_o,
    input  wire scale_t      [              1:0] read_scales_data_i,
    input  wire row_header_t                     header_i,
    input  wire                                  header_valid_i,
    output logic                                 header_ready_o,
    // out
    output packet_t                              packet_o,
    output logic                                 packet_valid_o,
    input  wire                                  packet_ready_i,
    output logic                                 saturated_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  typedef logic [$clog2(Slots)-1:0] slot_t;
  typedef struct packed {
    logic        scales;
    logic        last;    // of the job
    logic [3:0]  token;
    logic [7:0]  head;
    logic [19:0] row;
  } name_t;

  logic [$clog2(Slots):0] rows_waiting_q, rows_waiting;
  logic  waits_q;  // one at least
  slot_t base_q;
  logic [3:0] token_q, token_d;
  logic [2:0] row_q;
  logic [19:0] block_row_q;
  logic scales_ready_q;  // the scale of token_q was read
  logic told_q;  // the packet of the values' scales is on its way
  logic keys_q;  // the job's kind, which stands
  logic enable, tell, step, last_row, last_token;
  slot_t slots;  // of a block row
  logic [3:0] next_token;

  // ---- which value ----
  assign enable = !packet_valid_o || (!Folded && packet_ready_i);
  assign tell = enable && header_valid_i && keys_q && !told_q;
  assign step = enable && waits_q && header_valid_i && scales_ready_q && !(keys_q && !told_q);
  assign last_row = row_q == 3'(Rows - 1);
  assign last_token = 5'(token_q) + 5'd1 == job_i.tokens;
  assign row_drained_o = step && last_row && last_token;
  assign header_ready_o = row_drained_o;
  assign read_slot_o = base_q + slot_t'(token_q[3:1]);
  assign read_odd_o = token_q[0];
  assign read_row_o = row_q;
  assign slots = slot_t'((job_i.tokens + 5'd1) >> 1);
  if (Folded) begin : gen_early
    // While nothing waits, what will come first is read again and again; it is there before its block row is done.
    assign next_read_o = step || !waits_q;
    slot_t next_slot;
    assign next_slot   = last_token ? slots : slot_t'(next_token[3:1]);
    assign next_slot_o = !waits_q || !last_row ? read_slot_o : base_q + next_slot;
    assign next_row_o  = row_q + 3'(waits_q);
  end else begin : gen_at_once
    assign {next_read_o, next_slot_o, next_row_o} = '0;
  end

  row_place_t at;
  logic [13:0] next_from;
  block_row_walk u_walk (
      .clk_i,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .job_i,
      .start_i,
      .next_i(row_drained_o),
      .at_o(at),
      .next_from_o(next_from)
  );

  // The scale of the next token is read while the last value of this one leaves. Where it lies is worked out while the
  // others leave, two cycles after what it follows from: behind this one's, or where this one's is, of an even token without digits.
  logic [13:0] chunks_q, scale_at_q, next_scale_at_q;
  logic token_ends;
  assign token_ends = step && last_row;
  assign next_token = token_q + 1'b1;
  assign token_d = !token_ends ? token_q : last_token ? '0 : next_token;
  assign read_scales_chunk_o = token_ends ? next_scale_at_q : scale_at_q;

  assign rows_waiting = rows_waiting_q + 5'(row_done_i) - 5'(row_drained_o);
  always_ff @(posedge clk_i) begin
    keys_q   <= job_i.kind == JobKeys;
    chunks_q <= 14'((job_i.blocks + 16'd3) >> 2);
    if (last_token) next_scale_at_q <= next_from;
    else next_scale_at_q <= scale_at_q + (job_i.two_digits || token_q[0] ? chunks_q : '0);
    if (start_i) scale_at_q <= job_i.first.from;
    else if (token_ends) scale_at_q <= next_scale_at_q;
    if (!rst_ni) begin
      rows_waiting_q <= '0;
      waits_q <= 1'b0;
      base_q <= '0;
      token_q <= '0;
      row_q <= '0;
      block_row_q <= '0;
      scales_ready_q <= 1'b0;
      told_q <= 1'b0;
    end else begin
      rows_waiting_q <= rows_waiting;
      waits_q <= rows_waiting != 0;
      scales_ready_q <= !start_i;
      token_q <= token_d;
      if (step) row_q <= row_q + 1'b1;
      if (tell || row_drained_o) told_q <= tell;
      if (start_i) block_row_q <= '0;
      if (row_drained_o) begin
        base_q <= base_q + slots;
        block_row_q <= block_row_q + 1'b1;
      end
    end
  end

  // ---- the value ----
  logic value_valid, value_saturated;
  assign saturated_o = enable && value_valid && value_saturated;
  logic [31:0] value;
  // A folded slice's sums, scales and headers come from block RAM, and its multipliers lie where there is one: a stage between.
  typedef struct packed {
    logic                      valid;
    logic signed [SumBits-1:0] sum;
    scale_t                    row_scale;
    scale_t                    input_scale;
    logic [31:0]               bias;
  } begun_t;
  begun_t begins, begun;
  assign begins.valid = step;
  assign begins.sum = read_sum_i;
  assign begins.row_scale = header_i.scale[row_q];
  assign begins.input_scale = read_scales_data_i[!job_i.two_digits&&token_q[0]];
  assign begins.bias = job_i.kind == JobKeys ? '0 : header_i.bias[row_q];
  if (Folded) begin : gen_begun
    begun_t begun_q;
    always_ff @(posedge clk_i) begin
      if (enable) begun_q <= begins;
      if (!rst_ni) begun_q.valid <= 1'b0;
    end
    assign begun = begun_q;
  end else begin : gen_begins
    assign begun = begins;
  end
  requantise u_requantise (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .enable_i(enable),
      .valid_i(begun.valid),
      .fraction_i(6'(job_i.fraction_bits) - (job_i.group_blocks != 0 ? 6'sd3 : 6'sd0)),
      .sum_i(begun.sum),
      .row_scale_i(begun.row_scale),
      .input_scale_i(begun.input_scale),
      .bias_i(begun.bias),
      .valid_o(value_valid),
      .real_o(value),
      .saturated_o(value_saturated)
  );

  // ---- the packet ----
  // Values and the scales of values go one way, so that neither overtakes: the header with the scales is there until the
  // last value of its block row has begun, at least eight steps later.
  name_t name;
  localparam int unsigned Stages = Folded ? 6 : 5;  // with requantise's
  name_t [Stages-1:0] name_q;
  logic [Stages-1:0] tell_q;
  logic [2:0] filled_q;
  logic [Rows-1:0][31:0] real_q;
  logic packet_valid_q;
  name_t packet_name_q;

  assign name.scales = tell && fault_i != FaultValueScale;
  assign name.last = !tell && last_token && block_row_q + 20'd1 == job_i.block_rows;
  assign name.token = token_q;
  assign name.head = job_i.kind == JobKeys ? at.inner[7:0] : job_i.kind == JobValues ? at.outer[7:0] : '0;
  assign name.row = job_i.kind == JobValues ? 20'(at.inner) : at.outer;

  always_ff @(posedge clk_i) begin
    if (enable) begin
      name_q <= {name_q[Stages-2:0], name};
      if (value_valid) real_q <= {value, real_q[Rows-1:1]};
      if (tell_q[Stages-1]) real_q <= header_i.bias;
      packet_name_q <= name_q[Stages-1];
    end
    if (!rst_ni) begin
      filled_q <= '0;
      tell_q <= '0;
      packet_valid_q <= 1'b0;
    end else if (enable) begin
      tell_q <= {tell_q[Stages-2:0], tell};
      packet_valid_q <= tell_q[Stages-1] || (value_valid && filled_q == 3'(Rows - 1));
      if (value_valid) filled_q <= filled_q + 1'b1;
    end else if (packet_ready_i) begin
      packet_valid_q <= 1'b0;
    end
  end
  assign packet_valid_o = packet_valid_q;
  assign packet_o.scales = packet_name_q.scales;
  assign packet_o.token = packet_name_q.token;
  assign packet_o.head = packet_name_q.head;
  assign packet_o.row = packet_name_q.row;
  assign packet_o.real_value = real_q;
  assign done_o = packet_valid_q && packet_ready_i && packet_name_q.last;
endmodule
`default_nettype wire
