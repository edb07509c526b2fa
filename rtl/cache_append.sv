/// `append`: keys or values of a chunk into the KV cache of one layer. Each head of each token is read twice: for its largest
/// magnitude, from which its scale comes, and for its codes. The largest is read one head ahead, so that the division for the
/// next head's scale is under way while a head's codes are written. What it reads comes from a group_reader, what it writes
/// leaves a granule at a time; whether the writes were answered is not its business. Four cycles after its start it says
/// whether the instruction can be.
`default_nettype none
module cache_append
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices      = 2,
    parameter int unsigned VectorReals = 65536,
    parameter int unsigned RealLanes   = 2,      // reals a cycle into codes: 1, 2, 4 or 8
    parameter int unsigned Dividers    = 2       // of a head's scale and its inverse
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e              fault_i,
`endif
    input  wire         [ 4:0]       fraction_bits_i,
    input  wire op_t                 op_i,
    input  wire                      start_i,
    output logic                     wrong_o,          // in the fourth cycle after the start
    output logic                     beyond_o,
    output logic                     done_o,           // its last granule is taken now
    // group_reader
    output logic                     read_begin_o,
    output vec_t                     read_from_o,
    output logic        [17:0]       read_groups_o,
    input  wire         [ 7:0][31:0] group_i,
    input  wire                      group_valid_i,
    output logic                     group_take_o,
    input  wire                      group_last_i,
    // granules to be written
    output side_write_t              write_o,
    output logic                     write_valid_o,
    input  wire                      write_ready_i
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned SliceBits = $clog2(Slices);
  typedef logic [7:0][31:0] reals_t;
  typedef logic [35:0] granule_address_t;

  // ---- the instruction ----
  append_instr_t append;
  logic is_key;
  logic [7:0] heads;
  logic [9:0] dim;
  logic [9:0] key_row;  // granules
  logic [18:0] value_row;
  assign append = op_i.word;
  assign is_key = append.cache == CacheKey;
  assign heads = op_i.cache.kv_heads;
  assign dim = op_i.cache.head_dim;
  // Three granules of scales, filled up to a line: dim is a multiple of 16.
  always_ff @(posedge clk_i) key_row <= (dim >> 1) + 10'd4;
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
    Largest,     // of the head ahead
    Divide,      // until this head's scale is there
    Scale,
    ScaleRest,   // where it lies across two granules
    Codes
  } state_e;
  state_e state_q;

  logic [4:0] token_q;
  logic [7:0] head_q;
  logic [19:0] position, position_q;  // the register: from the second state of a token on
  assign position = op_i.position + 20'(token_q);
  always_ff @(posedge clk_i) position_q <= position;

  // ---- one multiplier: its product is there in the next state ----
  logic [27:0] factor_a, word_a_q;  // the registers: of what the word says
  logic [15:0] factor_b, word_b_q;
  logic [19:0] layer_high_q;  // of the layer's place: of the stride's upper half
  granule_address_t key_offset_q, value_offset_q;
  granule_address_t product_q, key_base_q, value_base_q;
  logic prepares;
  logic [27:0] block_row_q;  // of keys, over all slices
  granule_address_t key_row_q;  // of this head's block row
  channel_t key_channel_q;
  always_ff @(posedge clk_i) begin  // for the next state; the instruction comes with its start
    unique case (state_q)
      Rest: {word_a_q, word_b_q} <= {28'(append.layer), op_i.cache.layer_stride[15:0]};
      Layer: {word_a_q, word_b_q} <= {28'(append.stride), 16'(op_i.tokens - 5'd1)};
      default: {word_a_q, word_b_q} <= {28'(dim), 16'(heads)};
    endcase
    layer_high_q   <= 20'(append.layer) * 20'(op_i.cache.layer_stride[31:16]);
    key_offset_q   <= op_i.cache.key_offset + {layer_high_q, 16'b0};
    value_offset_q <= op_i.cache.value_offset + {layer_high_q, 16'b0};
  end
  assign prepares = state_q inside {Layer, Span, Size};
  always_comb begin
    if (prepares) {factor_a, factor_b} = {word_a_q, word_b_q};
    else if (state_q == Token) {factor_a, factor_b} = {28'(position[19:3]), 16'(heads)};
    else {factor_a, factor_b} = {block_row_q >> SliceBits, 16'(key_row)};
  end
  always_ff @(posedge clk_i) product_q <= 36'(factor_a) * 36'(factor_b);

  // ---- what cannot be ----
  logic past_cache_q;
  logic signed [29:0] to_end_q, room_q;  // of the vector memory: from the first vector, from the last one
  assign beyond_o = signed'({1'b0, product_q[28:0]}) > room_q || past_cache_q;
  always_ff @(posedge clk_i) begin
    wrong_o <= append.from[2:0] != 0 || append.stride[2:0] != 0 || dim == 0 || dim[3:0] != 0 || heads == 0;
    past_cache_q <= 21'(op_i.position) + 21'(op_i.tokens) > 21'(op_i.cache.capacity);
    to_end_q <= 30'(VectorReals) - 30'(append.from);
    if (state_q == Size) room_q <= to_end_q - 30'(product_q[28:0]);
  end

  // ---- a head, twice: the first time while the head before it is the one to be written, if there is one ----
  vec_t token_from_q, ahead_from_q, head_from_q;
  logic [4:0] ahead_token_q;
  logic [7:0] ahead_head_q;
  logic ahead_done_q, writes_q;  // no head is left to read ahead; there is one to be written
  logic ahead_last_head, divided, scaled_q, leave;
  logic [1:0] late1_q, late2_q;  // a group is in pair_most_q, in group_most_q; it was the last
  logic [17:0] head_groups;
  assign ahead_last_head = ahead_head_q + 8'd1 == heads;
  assign leave = state_q == Divide && late1_q == '0 && late2_q == '0 && (!writes_q || scaled_q || divided);
  assign head_groups = 18'(dim >> 3);
  assign read_begin_o = (state_q == HeadPlace && !ahead_done_q) || (leave && writes_q);
  assign read_from_o = leave ? head_from_q : ahead_from_q;
  assign read_groups_o = head_groups;
  always_ff @(posedge clk_i) begin
    if (state_q == Rest) begin
      token_from_q <= append.from;
      ahead_from_q <= append.from;
      ahead_token_q <= '0;
      ahead_head_q <= '0;
      ahead_done_q <= 1'b0;
      writes_q <= 1'b0;
    end else if (leave) begin
      writes_q <= 1'b1;
      head_from_q <= ahead_from_q;
      ahead_from_q <= ahead_from_q + 24'(dim);
      ahead_head_q <= ahead_head_q + 1'b1;
      if (ahead_last_head) begin
        ahead_head_q  <= '0;
        ahead_token_q <= ahead_token_q + 1'b1;
        ahead_from_q  <= token_from_q + 24'(append.stride);
        token_from_q  <= token_from_q + 24'(append.stride);
        ahead_done_q  <= ahead_done_q || ahead_token_q + 5'd1 == op_i.tokens;
      end
    end
    scaled_q <= state_q != Rest && !leave && (scaled_q || divided);
  end

  // ---- its largest magnitude: compared are the bits without the sign, inverted where there is one, and the sign ----
  reals_t magnitude;
  logic [3:0][31:0] pair_most_q;
  logic [1:0][31:0] four_most;
  logic [31:0] group_most_q, most_q;
  always_comb begin
    for (int unsigned i = 0; i < 8; i++) magnitude[i] = {group_i[i][30:0] ^ {31{group_i[i][31]}}, group_i[i][31]};
    for (int unsigned i = 0; i < 2; i++) begin
      four_most[i] = pair_most_q[2*i] > pair_most_q[2*i+1] ? pair_most_q[2*i] : pair_most_q[2*i+1];
    end
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < 4; i++) begin
      pair_most_q[i] <= magnitude[2*i] > magnitude[2*i+1] ? magnitude[2*i] : magnitude[2*i+1];
    end
    group_most_q <= four_most[0] > four_most[1] ? four_most[0] : four_most[1];
    late1_q <= {group_last_i, group_take_o} & {2{state_q == Largest}};
    late2_q <= late1_q;
    if (state_q == HeadPlace) most_q <= '0;
    else if (late2_q[0] && group_most_q > most_q) most_q <= group_most_q;
  end

  // ---- its scale ----
  scale_t next_scale, next_inverse, scale_q, inverse_q;
  row_scale #(
      .Dividers(Dividers)
  ) u_scale (
      .clk_i,
      .rst_ni,
      .start_i(leave && !ahead_done_q),
      .largest_i(32'(most_q[31:1]) + 32'(most_q[0])),
      .limit_i(14'd127),
      .divisor_i(47'd127),
      .exponent_i(-10'(fraction_bits_i)),
      .done_o(divided),
      .scale_o(next_scale),
      .inverse_o(next_inverse)
  );
  always_ff @(posedge clk_i) begin
    if (leave) begin
      scale_q   <= next_scale;
      inverse_q <= next_inverse;
    end
  end
  localparam int unsigned ScaleBytes = $bits(scale_t) / 8;
  logic [5:0] scale_byte;  // in the header of the block row of keys
  logic [1:0] scale_granule_q;
  logic [15:0] scale_at_q;  // its first byte of a granule
  logic scale_wraps_q;
  logic [31:0][7:0] scale_line;  // two granules, the scale in its place
  logic [31:0] scale_strobe;
  logic [7:0] lane_q;  // of a block row's eight positions
  assign scale_byte = 6'(position_q[2:0]) * 6'(ScaleBytes) + (is_key ? 6'd0 : 6'd24);
  always_ff @(posedge clk_i) begin  // of a token they stand long before its first granule
    scale_granule_q <= scale_byte[5:4];
    scale_at_q <= 16'd1 << scale_byte[3:0];
    scale_wraps_q <= scale_byte[3:0] > 4'(16 - ScaleBytes);
    lane_q <= 8'd1 << position_q[2:0];
  end
  always_comb begin
    scale_line   = '0;
    scale_strobe = '0;
`ifdef GODWIT_QUICK
    if (state_q inside {Scale, ScaleRest})  // in a simulation only where it is written
`endif
    for (int unsigned i = 0; i < 16; i++) begin
      for (int unsigned b = 0; b < ScaleBytes; b++) begin
        scale_strobe[i+b] |= scale_at_q[i];
        scale_line[i+b] |= scale_q[8*b+:8] & {8{scale_at_q[i]}};
      end
    end
  end

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
      .value_i(group_i),
      .scale_i(inverse_q),
      .wanted_i('0),
      .tag_i(1'b0),
      .valid_i(group_valid_i && state_q == Codes),
      .ready_o(coder_ready),
      .real_o(coded),
      .tag_o(tag),
      .valid_o(coded_valid),
      .ready_i(coded_pop),
      .saturations_o(saturations),  // never: a real is within its row's largest
      .idle_o(coder_idle)
  );
  assign group_take_o = group_valid_i && (state_q == Largest || (state_q == Codes && coder_ready));

  // ---- where they go ----
  logic [1:0] step_q;  // granules of a group
  logic step_last, last_emitted;
  logic [17:0] coded_left_q;
  granule_address_t key_at_q;  // next granule of codes
  granule_address_t value_at_q;  // of this block row of values
  channel_t value_channel_q;
  assign step_last = is_key ? step_q == 2'd3 : 1'b1;
  assign coded_pop = state_q == Codes && write_ready_i && step_last;
  assign last_emitted = coded_valid && coded_pop && coded_left_q == 1;
  always_comb begin
    write_valid_o = 1'b0;
    write_o = '0;
    unique case (state_q)
      Scale: begin
        write_valid_o = 1'b1;
        write_o.channel = key_channel_q;
        write_o.address = {key_row_q + 36'(scale_granule_q), 4'b0};
        write_o.data = scale_line[15:0];
        write_o.strobe = scale_strobe[15:0];
      end
      ScaleRest: begin
        write_valid_o = fault_i != FaultHeader;
        write_o.channel = key_channel_q;
        write_o.address = {key_row_q + 36'(scale_granule_q) + 36'd1, 4'b0};
        write_o.data = scale_line[31:16];
        write_o.strobe = scale_strobe[31:16];
      end
      Codes: begin
        write_valid_o = coded_valid;
        if (is_key) begin
          write_o.channel = key_channel_q;
          write_o.address = {key_at_q, 4'b0};
          for (int unsigned i = 0; i < 16; i++) begin
            write_o.data[8*i+:8] = coded[{step_q, i>=8}][7:0] & {8{lane_q[i%8]}};
          end
          write_o.strobe = {2{lane_q}};
        end else begin
          write_o.channel = value_channel_q;
          write_o.address = {value_at_q + 36'(position_q[19:1]), 4'b0};
          for (int unsigned i = 0; i < 16; i++) write_o.data[8*i+:8] = coded[i%8][7:0];
          write_o.strobe = position_q[0] ? 16'hff00 : 16'h00ff;
        end
      end
      default: ;
    endcase
  end

  // ---- step by step ----
  logic last_head, last_token, head_ends, goes;
  assign last_head = head_q + 8'd1 == heads;
  assign last_token = token_q + 5'd1 == op_i.tokens;
  assign head_ends = state_q == Codes && last_emitted;
  assign done_o = head_ends && last_head && last_token;
  assign goes = write_valid_o && write_ready_i;
  always_ff @(posedge clk_i) begin
    unique case (state_q)
      Rest: token_q <= '0;
      Span: begin
        key_base_q   <= key_offset_q + product_q;
        value_base_q <= value_offset_q + product_q;
      end
      Token: begin
        head_q <= '0;
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
        if (goes && is_key) key_at_q <= key_at_q + 1'b1;
        if (write_valid_o && coded_pop) begin
          coded_left_q <= coded_left_q - 1'b1;
          value_channel_q <= value_channel_q == channel_t'(Slices - 1) ? '0 : value_channel_q + 1'b1;
          if (value_channel_q == channel_t'(Slices - 1)) value_at_q <= value_at_q + 36'(value_row);
        end
      end
      default: ;
    endcase
    if (head_ends) begin
      head_q <= head_q + 1'b1;
      if (fault_i == FaultValueRow) value_at_q <= value_base_q;
      block_row_q <= block_row_q + 1'b1;
      if (last_head) token_q <= token_q + 1'b1;
    end
    if (!rst_ni) begin
      state_q <= Rest;
      step_q  <= '0;
    end else begin
      if (state_q == Codes && goes) step_q <= step_last ? '0 : step_q + 1'b1;
      unique case (state_q)
        Rest: if (start_i) state_q <= Layer;
        Layer: state_q <= Span;
        Span: state_q <= Size;
        Size: state_q <= Check;
        Check: state_q <= wrong_o || beyond_o ? Rest : HeadPlace;
        Token: state_q <= TokenPlace;
        TokenPlace: state_q <= Head;
        Head: state_q <= HeadPlace;
        HeadPlace: state_q <= ahead_done_q ? Divide : Largest;
        Largest: if (group_last_i) state_q <= Divide;
        Divide: if (leave) state_q <= writes_q ? Scale : Token;
        Scale: if (write_ready_i) state_q <= scale_wraps_q ? ScaleRest : Codes;
        ScaleRest: if (write_ready_i) state_q <= Codes;
        default: if (last_emitted) state_q <= !last_head ? Head : !last_token ? Token : Rest;
      endcase
    end
  end

  initial begin
    assert (Slices == 1 << SliceBits);
  end
`ifndef SYNTHESIS
  StartsWhenIdle :
  assert property (@(posedge clk_i) disable iff (!rst_ni) start_i |-> state_q == Rest);
`endif
endmodule
`default_nettype wire
