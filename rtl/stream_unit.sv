/// Turns `stream` and `stream_kv` into one stream job for every port. Its work ends when all ports have taken their jobs; the
/// ports go on by themselves, in order.
`default_nettype none
module stream_unit
  import godwit_isa_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices = 2,
    // Where a stream takes thousands of cycles: products and what they are of in registers, which takes two more.
    parameter bit Late = 0
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e              fault_i,
`endif
    input  wire op_t                 op_i,
    input  wire                      start_i,
    output logic                     done_o,
    output logic                     error_valid_o,
    output error_t                   error_o,
    output stream_job_t [Slices-1:0] job_o,
    output logic        [Slices-1:0] job_valid_o,
    input  wire         [Slices-1:0] job_ready_i
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned SliceBits = $clog2(Slices);

  stream_kv_instr_t kv;
  assign kv = op_i.word;

  // ---- what every slice's part has in common, a cycle after the start ----
  logic [19:0] head_blocks, position_blocks, first_j, last_j;  // of 8 positions; last_j is the one behind the last
  logic [31:0] key_row, value_row;  // granules of a block row
  logic [35:0] layer_offset_q;
  logic [27:0] first_n_q, last_n_q;  // block rows over all slices: from the first to the one behind the last
  logic keys_q, values_q;
  logic [31:0] row_q, stride_q;
  logic go_q;
  logic [Slices-1:0] wait_q;

  assign head_blocks = 20'(op_i.cache.head_dim >> 4);
  assign key_row = (32'(head_blocks) * 8 + 3 + 3) & ~32'd3;
  assign position_blocks = (op_i.length + 20'd15) >> 4;
  assign value_row = 32'(op_i.cache.capacity >> 4) * 8;
  assign first_j = kv.part == PartOpen ? (op_i.length - 20'(op_i.tokens)) >> 3 : '0;
  assign last_j = kv.part == PartOpen ? (op_i.length + 20'd7) >> 3 : (op_i.length - 20'(op_i.tokens)) >> 3;

  always_ff @(posedge clk_i) begin
    keys_q <= kv.header.opcode == OpStreamKv && kv.cache == CacheKey;
    values_q <= kv.header.opcode == OpStreamKv && kv.cache == CacheValue;
    layer_offset_q <= (kv.cache == CacheKey ? op_i.cache.key_offset : op_i.cache.value_offset) +
        (fault_i == FaultLayer && kv.cache == CacheValue ? 36'd0 : 36'(kv.layer) * 36'(op_i.cache.layer_stride));
    if (kv.cache == CacheKey) begin
      first_n_q <= first_j * 28'(op_i.cache.kv_heads);
      last_n_q <= last_j * 28'(op_i.cache.kv_heads);
      row_q <= key_row;
      stride_q <= key_row;
    end else begin
      first_n_q <= '0;
      last_n_q <= 28'(op_i.cache.kv_heads) * 28'(op_i.cache.head_dim >> 3);
      row_q <= 32'(position_blocks) * 8;
      stride_q <= value_row;
    end
  end

  // Of n block rows a slice s has n / Slices, and one more where n mod Slices is above s. So a product serves all slices, and
  // each adds at most one row to it or takes one away.
  logic [27:0] low, rows;  // of the last slice, which has fewest below; between first and last
  logic [35:0] low_address, next_address;
  logic [31:0] granules, more_granules, fewer_granules;
  logic begins;  // these stand from the next cycle on
  if (Late) begin : gen_late
    logic [27:0] low_q, rows_q;
    logic [35:0] low_product_q;
    logic [31:0] granules_q;
    logic [ 1:0] start_q;
    always_ff @(posedge clk_i) begin
      low_q <= first_n_q >> SliceBits;
      rows_q <= (last_n_q >> SliceBits) - (first_n_q >> SliceBits);
      low_product_q <= 36'(low_q) * 36'(stride_q);
      granules_q <= row_q * 32'(rows_q);
      start_q <= rst_ni ? {start_q[0], start_i} : '0;
    end
    assign {low, rows, granules, begins} = {low_q, rows_q, granules_q, start_q[1]};
    assign low_address = layer_offset_q + low_product_q;
  end else begin : gen_at_once
    assign low = first_n_q >> SliceBits;
    assign rows = (last_n_q >> SliceBits) - low;
    assign low_address = layer_offset_q + 36'(low) * 36'(stride_q);
    assign granules = row_q * 32'(rows);
    assign begins = start_i;
  end
  assign next_address   = low_address + 36'(stride_q);
  assign more_granules  = granules + row_q;
  assign fewer_granules = granules - row_q;
  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    logic low_more, high_more;
    logic [27:0] own_rows;
    logic [31:0] own_granules;
    assign low_more  = (first_n_q & 28'(Slices - 1)) > 28'(s);
    assign high_more = (last_n_q & 28'(Slices - 1)) > 28'(s);
    assign own_rows  = rows + 28'(high_more) - 28'(low_more);
    always_comb begin
      if (!keys_q) own_granules = row_q;
      else if (high_more == low_more) own_granules = granules;
      else own_granules = high_more ? more_granules : fewer_granules;
    end
    always_comb begin
      if (keys_q || values_q) begin
        job_o[s] = '{
            address: low_more ? next_address : low_address,
            row_granules: own_granules,
            rows: keys_q ? 20'(own_rows != 0) : row_q != 0 ? 20'(own_rows) : '0,
            stride: stride_q
        };
      end else begin
        job_o[s] = '{
            address: op_i.descriptor.offset,
            row_granules: op_i.descriptor.granules,
            rows: 20'(op_i.descriptor.granules != 0),
            stride: '0
        };
      end
    end
  end
  assign job_valid_o = wait_q;
  assign done_o = go_q && (wait_q & ~job_ready_i) == '0;

  // Positions that the cache does not have, or heads that are not whole blocks.
  assign error_valid_o = go_q && (keys_q || values_q) &&
      (op_i.length < 20'(op_i.tokens) || op_i.length > op_i.cache.capacity || op_i.cache.head_dim[3:0] != 0);
  assign error_o = '{code: ErrorInstruction, unit: UnitStream, index: op_i.index};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      go_q   <= 1'b0;
      wait_q <= '0;
    end else if (begins) begin
      go_q   <= 1'b1;
      wait_q <= '1;
    end else if (go_q) begin
      wait_q <= wait_q & ~job_ready_i;
      if (done_o) go_q <= 1'b0;
    end
  end

  initial begin
    assert (Slices == 1 << SliceBits);
  end
endmodule
`default_nettype wire
