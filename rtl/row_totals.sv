/// Adds the groups of a block row up, and keeps finished rows until they are requantised: a ring of 16 slots of two tokens.
/// Whoever issues work counts the slots; nothing here can refuse.
`default_nettype none
module row_totals
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Slots = 16
) (
    input  wire                                  clk_i,
    input  wire                                  rst_ni,
    input  wire                                  valid_i,
    input  wire                                  two_digits_i,
    input  wire              [              4:0] tokens_i,
    input  wire              [              3:0] pass_i,
    input  wire place_t                          place_i,                // last_in_row: of the last group
    input  wire logic signed [      SumBits-1:0] sum_i       [2][Rows],
    output logic                                 row_done_o,             // all tokens of a block row are in the ring
    input  wire              [$clog2(Slots)-1:0] read_slot_i,
    input  wire                                  read_odd_i,
    input  wire              [ $clog2(Rows)-1:0] read_row_i,
    output logic signed      [      SumBits-1:0] read_sum_o
);
  typedef logic [$clog2(Slots)-1:0] slot_t;
  typedef logic signed [SumBits-1:0] sum_t;

  slot_t base_q;

  logic [2:0] pair;
  logic [1:0] write;  // even and odd token
  logic last_pass;
  assign pair = two_digits_i ? pass_i[3:1] : pass_i[2:0];
  assign write = !valid_i ? 2'b00 : !two_digits_i ? 2'b11 : pass_i[0] ? 2'b10 : 2'b01;
  assign last_pass = two_digits_i ? 5'(pass_i) + 5'd1 == tokens_i : 5'(pair) == 5'((tokens_i - 5'd1) >> 1);
  assign row_done_o = valid_i && place_i.last_in_row && last_pass;
  // Each row has its own memories, of one reader and one writer: one for all of them would have 16 writers, which no RAM has.
  sum_t waiting[2][Rows];
  assign read_sum_o = waiting[read_odd_i][read_row_i];
  for (genvar b = 0; b < 2; b++) begin : gen_bank
    for (genvar r = 0; r < Rows; r++) begin : gen_row
      sum_t total_q[TokensMost/2];
      sum_t ring_q[Slots];
      sum_t total_d;
      assign waiting[b][r] = ring_q[read_slot_i];
      assign total_d = (place_i.first_in_row ? sum_t'(0) : total_q[pair]) + (two_digits_i ? sum_i[0][r] : sum_i[b][r]);
      always_ff @(posedge clk_i) begin
        if (write[b]) total_q[pair] <= total_d;
        if (write[b] && place_i.last_in_row) ring_q[base_q+slot_t'(pair)] <= total_d;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) base_q <= '0;
    else if (row_done_o) base_q <= base_q + slot_t'((tokens_i + 5'd1) >> 1);
  end

  initial begin
    assert (Slots == 1 << $clog2(Slots) && Slots >= TokensMost / 2);
  end
endmodule
`default_nettype wire
