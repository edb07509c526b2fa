/// `append`, `store` and the logits that a head spills: what is written to external memory, a granule a cycle at the most. An
/// appended head is read twice: for its largest magnitude, from which its scale comes, and for its codes. An instruction is
/// done when all writes were answered. Long because one sequence of states leads all of its datapath.
`default_nettype none
module store_unit
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices      = 2,
    parameter int unsigned VectorReals = 65536,
    parameter int unsigned RealLanes   = 2       // reals a cycle into codes: 1, 2, 4 or 8
) (
    input  wire                     clk_i,
    input  wire                     rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e             fault_i,
`endif
    input  wire         [4:0]       fraction_bits_i,
    // unit_queue
    input  wire op_t                op_i,
    input  wire                     start_i,
    output logic                    done_o,
    output logic                    error_valid_o,
    output error_t                  error_o,
    // vector memory
    output vec_t                    read_address_o,   // a multiple of 8
    output logic                    read_valid_o,
    input  wire                     read_ready_i,
    input  wire                     answer_valid_i,   // two cycles after
    input  wire         [7:0][31:0] answer_i,
    // spilled logits
    input  wire spill_t             spill_i,
    input  wire                     spill_valid_i,
    output logic                    spill_ready_o,
    // side bus
    output side_write_t             write_o,
    output logic                    write_valid_o,
    input  wire                     write_ready_i,
    input  wire                     writes_idle_i,    // all that was taken there was answered
    output logic                    idle_o            // nothing waits here
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned SliceBits = $clog2(Slices);
  localparam int unsigned Depth = 4;  // groups of eight reals that were asked for and are not used up
  localparam int unsigned HeldBits = $clog2(Depth + 1);
  typedef logic [7:0][31:0] reals_t;
  typedef logic [35:0] granule_address_t;

  // ---- the instruction ----
  append_instr_t append;
  store_instr_t  store;
  logic is_store, is_key;
  logic [ 7:0] heads;
  logic [ 9:0] dim;
  logic [ 9:0] key_row;  // granules
  logic [18:0] value_row;
  assign append = op_i.word;
  assign store = op_i.word;
  assign is_store = append.header.opcode == OpStore;
  assign is_key = append.cache == CacheKey;
  assign heads = op_i.cache.kv_heads;
  assign dim = op_i.cache.head_dim;
  assign key_row = (dim >> 1) + 10'd4;  // three granules of scales, filled up to a line: dim is a multiple of 16
  assign value_row = op_i.cache.capacity[19:1];

  typedef enum logic [3:0] {
    Rest,
    Layer,
    Span,
    Size,
    Check,
    Token,
    TokenPlace,
    Head,
    HeadPlace,
    Largest,
    Divide,
    Scale,
    ScaleRest,   // where it lies across two granules
    Codes,
    Store,
    Finish
  } state_e;
  state_e state_q;

  logic [4:0] token_q;
  logic [7:0] head_q;
  logic [19:0] position;
  assign position = op_i.position + 20'(token_q);

  // ---- one multiplier: its product is there in the next state ----
  logic [31:0] factor_a, factor_b;
  granule_address_t product_q, key_base_q, value_base_q;
  logic [27:0] span_q;
  logic [27:0] block_row_q;  // of keys, over all slices
  granule_address_t key_row_q;  // of this head's block row
  channel_t key_channel_q;
  always_comb begin
    unique case (state_q)
      Layer: {factor_a, factor_b} = {8'b0, append.layer, op_i.cache.layer_stride};
      Span: {factor_a, factor_b} = {27'b0, op_i.tokens - 5'd1, 12'b0, append.stride};
      Size: {factor_a, factor_b} = {22'b0, dim, 24'b0, heads};
      Token: {factor_a, factor_b} = {15'b0, position[19:3], 24'b0, heads};
      default: {factor_a, factor_b} = {32'(block_row_q >> SliceBits), 22'b0, key_row};
    endcase
  end
  always_ff @(posedge clk_i) product_q <= 36'(factor_a) * 36'(factor_b);

  // ---- what cannot be ----
  logic wrong, beyond;
  always_comb begin
    if (is_store) begin
      wrong  = store.address[3:0] != 0 || store.from[2:0] != 0;
      beyond = 25'(store.from) + 25'(store.count) > 25'(VectorReals);
    end else begin
      wrong = append.from[2:0] != 0 || append.stride[2:0] != 0 || dim == 0 || dim[3:0] != 0 || heads == 0;
      beyond = 29'(append.from) + 29'(span_q) + 29'(product_q) > 29'(VectorReals) ||
          21'(op_i.position) + 21'(op_i.tokens) > 21'(op_i.cache.capacity);
    end
  end
  assign error_valid_o = state_q == Check && (wrong || beyond);
  assign error_o.code  = wrong ? ErrorInstruction : ErrorMemory;
  assign error_o.unit  = UnitStore;
  assign error_o.index = op_i.index;

  // ---- groups of eight reals from the vector memory ----
  logic read_begin;
  vec_t read_from, read_address_q, token_from_q, head_from_q;
  logic [17:0] read_groups, read_left_q, left_q;  // groups that are to be read; to be used
  logic [HeldBits-1:0] held_q;
  reals_t group;
  logic group_valid, group_pop, last_group;
  logic [17:0] head_groups;
  assign head_groups = 18'(dim >> 3);
  always_comb begin
    read_begin  = state_q == HeadPlace || (state_q == Check && is_store) || (state_q == Divide && divided);
    read_from   = is_store ? store.from : head_from_q;
    read_groups = is_store ? 18'((21'(store.count) + 21'd7) >> 3) : head_groups;
  end
  assign read_valid_o = read_left_q != 0 && held_q != HeldBits'(Depth);
  assign read_address_o = read_address_q;
  assign last_group = group_pop && left_q == 1;
  always_ff @(posedge clk_i) begin
    if (read_begin) begin
      read_address_q <= read_from;
      read_left_q <= read_groups;
      left_q <= read_groups;
    end else begin
      if (read_valid_o && read_ready_i) begin
        read_address_q <= read_address_q + 24'd8;
        read_left_q <= read_left_q - 1'b1;
      end
      if (group_pop) left_q <= left_q - 1'b1;
    end
    if (!rst_ni) begin
      read_left_q <= '0;
      held_q <= '0;
    end else begin
      held_q <= held_q + HeldBits'(read_valid_o && read_ready_i) - HeldBits'(group_pop);
    end
  end
  logic room;
  fifo #(
      .T(reals_t),
      .Depth(Depth)
  ) u_groups (
      .clk_i,
      .rst_ni,
      .data_i (answer_i),
      .valid_i(answer_valid_i),
      .ready_o(room),
      .data_o (group),
      .valid_o(group_valid),
      .ready_i(group_pop)
  );

  // ---- the largest magnitude of a head ----
  logic [31:0] group_most, group_most_q, most_q;
  logic [1:0] most_late_q;  // a group is in group_most_q; it was the last
  always_comb begin
    group_most = '0;
    for (int unsigned i = 0; i < 8; i++) begin
      logic [31:0] magnitude;
      magnitude = group[i][31] ? -group[i] : group[i];
      if (magnitude > group_most) group_most = magnitude;
    end
  end
  always_ff @(posedge clk_i) begin
    group_most_q <= group_most;
    most_late_q  <= {last_group, group_pop} & {2{state_q == Largest}};
    if (state_q == HeadPlace) most_q <= '0;
    else if (most_late_q[0] && group_most_q > most_q) most_q <= group_most_q;
  end

  // ---- its scale ----
  logic divide_q, divided;
  scale_t scale, inverse;
  always_ff @(posedge clk_i) divide_q <= most_late_q[1];
  row_scale u_scale (
      .clk_i,
      .rst_ni,
      .start_i(divide_q),
      .largest_i(most_q),
      .limit_i(14'd127),
      .divisor_i(47'd127),
      .exponent_i(-10'(fraction_bits_i)),
      .done_o(divided),
      .scale_o(scale),
      .inverse_o(inverse)
  );
  logic [5:0] scale_byte;  // in the header of the block row of keys
  assign scale_byte = 6'(position[2:0]) * 6'd3 + (is_key ? 6'd0 : 6'd24);
  logic [31:0][7:0] scale_line;  // two granules, the scale in its place
  logic [31:0] scale_strobe;
  assign scale_line   = 256'(scale) << {scale_byte[3:0], 3'b0};
  assign scale_strobe = 32'd7 << scale_byte[3:0];

  // ---- its codes ----
  reals_t coded;
  logic coded_valid, coded_pop, coder_ready, coder_idle, tag;
  logic [3:0] saturations;
  requantise_eight #(
      .Bits(32),
      .RealLanes(RealLanes)
  ) u_codes (
      .clk_i,
      .rst_ni,
      .fraction_i('0),
      .value_i(group),
      .scale_i(inverse),
      .wanted_i('0),
      .tag_i(1'b0),
      .valid_i(group_valid && state_q == Codes),
      .ready_o(coder_ready),
      .real_o(coded),
      .tag_o(tag),
      .valid_o(coded_valid),
      .ready_i(coded_pop),
      .saturations_o(saturations),  // never: a real is within its row's largest
      .idle_o(coder_idle)
  );

  // ---- where codes and reals go ----
  logic [1:0] step_q;  // granules of a group
  logic step_last, emit, emit_ready, last_emitted;
  logic [17:0] coded_left_q;
  granule_address_t key_at_q;  // next granule of codes
  granule_address_t value_at_q;  // of this block row of values
  channel_t value_channel_q;
  byte_address_t store_at_q;
  logic [19:0] store_left_q;
  always_comb begin
    unique case (state_q)
      Largest: group_pop = group_valid;
      Codes:   group_pop = group_valid && coder_ready;
      Store:   group_pop = group_valid && emit_ready && step_last;
      default: group_pop = 1'b0;
    endcase
  end
  assign coded_pop = state_q == Codes && emit_ready && step_last;
  assign last_emitted = coded_valid && coded_pop && coded_left_q == 1;
  always_comb begin
    if (is_store) step_last = step_q[0] || store_left_q <= 20'd4;
    else step_last = is_key ? step_q == 2'd3 : 1'b1;
  end

  side_write_t write;
  always_comb begin
    emit  = 1'b0;
    write = '0;
    unique case (state_q)
      Scale: begin
        emit = 1'b1;
        write.channel = key_channel_q;
        write.address = {key_row_q + 36'(scale_byte[5:4]), 4'b0};
        write.data = scale_line[15:0];
        write.strobe = scale_strobe[15:0];
      end
      ScaleRest: begin
        emit = fault_i != FaultHeader;
        write.channel = key_channel_q;
        write.address = {key_row_q + 36'(scale_byte[5:4]) + 36'd1, 4'b0};
        write.data = scale_line[31:16];
        write.strobe = scale_strobe[31:16];
      end
      Codes: begin
        emit = coded_valid;
        if (is_key) begin
          write.channel = key_channel_q;
          write.address = {key_at_q, 4'b0};
          write.data = {2{56'b0, coded[{step_q, 1'b0}][7:0]}};
          write.data[127:64] = {56'b0, coded[{step_q, 1'b1}][7:0]};
          write.data = write.data << {position[2:0], 3'b0};
          write.strobe = 16'h0101 << position[2:0];
        end else begin
          write.channel = value_channel_q;
          write.address = {value_at_q + 36'(position[19:1]), 4'b0};
          for (int unsigned i = 0; i < 16; i++) write.data[8*i+:8] = coded[i%8][7:0];
          write.strobe = position[0] ? 16'hff00 : 16'h00ff;
        end
      end
      Store: begin
        emit = group_valid;
        write.address = store_at_q;
        write.data = step_q[0] ? group[7:4] : group[3:0];
        for (int unsigned i = 0; i < 4; i++) begin
          if (20'(i) < store_left_q) write.strobe[4*i+:4] = '1;
        end
      end
      default: ;
    endcase
  end

  // ---- out: spilled logits go first, because the chains wait for them ----
  logic out_free, spill_half_q;
  assign out_free = !write_valid_o || write_ready_i;
  assign emit_ready = out_free && !spill_valid_i;
  assign spill_ready_o = out_free && spill_half_q;
  always_ff @(posedge clk_i) begin
    if (out_free) begin
      write_o <= write;
      if (spill_valid_i) begin
        write_o <= '{
            channel: '0,
            address: spill_i.address + (spill_half_q ? 40'd16 : 40'd0),
            data: spill_half_q ? spill_i.logits[7:4] : spill_i.logits[3:0],
            strobe: '1
        };
      end
    end
    if (!rst_ni) begin
      write_valid_o <= 1'b0;
      spill_half_q  <= 1'b0;
    end else if (out_free) begin
      write_valid_o <= spill_valid_i || emit;
      spill_half_q  <= spill_valid_i && !spill_half_q;
    end
  end
  assign idle_o = !write_valid_o && !spill_valid_i;
  assign done_o = state_q == Finish && !write_valid_o && writes_idle_i;

  // ---- step by step ----
  logic last_head, last_token, head_ends;
  assign last_head  = head_q + 8'd1 == heads;
  assign last_token = token_q + 5'd1 == op_i.tokens;
  assign head_ends  = state_q == Codes && last_emitted;
  always_ff @(posedge clk_i) begin
    unique case (state_q)
      Rest: begin
        token_q <= '0;
        token_from_q <= append.from;
        store_at_q <= store.address;
        store_left_q <= store.count;
      end
      Span: begin
        key_base_q   <= op_i.cache.key_offset + product_q;
        value_base_q <= op_i.cache.value_offset + product_q;
      end
      Size: span_q <= product_q[27:0];
      Token: begin
        head_q <= '0;
        head_from_q <= token_from_q;
        value_at_q <= value_base_q;
        value_channel_q <= '0;
      end
      TokenPlace: block_row_q <= product_q[27:0];
      HeadPlace: begin
        key_row_q <= key_base_q + product_q;
        key_at_q <= key_base_q + product_q + 36'd3;
        key_channel_q <= channel_t'(block_row_q & 28'(Slices - 1));
        coded_left_q <= head_groups;
      end
      Codes: begin
        if (emit && emit_ready && is_key) key_at_q <= key_at_q + 1'b1;
        if (emit && coded_pop) begin
          coded_left_q <= coded_left_q - 1'b1;
          value_channel_q <= value_channel_q == channel_t'(Slices - 1) ? '0 : value_channel_q + 1'b1;
          if (value_channel_q == channel_t'(Slices - 1)) value_at_q <= value_at_q + 36'(value_row);
        end
      end
      Store: begin
        if (emit && emit_ready) begin
          store_at_q   <= store_at_q + 40'd16;
          store_left_q <= store_left_q - 20'd4;
        end
      end
      default: ;
    endcase
    if (head_ends) begin
      head_q <= head_q + 1'b1;
      if (fault_i == FaultValueRow) value_at_q <= value_base_q;
      head_from_q <= head_from_q + 24'(dim);
      block_row_q <= block_row_q + 1'b1;
      if (last_head) begin
        token_q <= token_q + 1'b1;
        token_from_q <= token_from_q + 24'(append.stride);
      end
    end
    if (!rst_ni) begin
      state_q <= Rest;
      step_q  <= '0;
    end else begin
      if (state_q inside {Codes, Store} && emit && emit_ready) step_q <= step_last ? '0 : step_q + 1'b1;
      unique case (state_q)
        Rest: if (start_i) state_q <= Layer;
        Layer: state_q <= Span;
        Span: state_q <= Size;
        Size: state_q <= Check;
        Check: begin
          if (wrong || beyond || (is_store && store.count == 0)) state_q <= Finish;
          else state_q <= is_store ? Store : Token;
        end
        Token: state_q <= TokenPlace;
        TokenPlace: state_q <= Head;
        Head: state_q <= HeadPlace;
        HeadPlace: state_q <= Largest;
        Largest: if (last_group) state_q <= Divide;
        Divide: if (divided) state_q <= Scale;
        Scale: if (emit_ready) state_q <= scale_byte[3:0] > 4'd13 ? ScaleRest : Codes;
        ScaleRest: if (emit_ready) state_q <= Codes;
        Codes: if (last_emitted) state_q <= !last_head ? Head : !last_token ? Token : Finish;
        Store: if (last_group) state_q <= Finish;
        default: if (done_o) state_q <= Rest;
      endcase
    end
  end

  initial begin
    assert (Slices == 1 << SliceBits);
  end
`ifndef SYNTHESIS
  StartsWhenIdle :
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> state_q == Rest);
  RoomForEveryAnswer :
  assert property (@(posedge clk_i) disable iff (!rst_ni) answer_valid_i |-> room);
`endif
endmodule
`default_nettype wire
