/// Keeps the totals of a block row while groups are added to them, and finished rows until they are requantised: a ring of 16
/// slots of two tokens. Whoever issues work counts the slots; nothing here can refuse. Of several turns totals are read a cycle
/// before they are added to, and what comes next of the ring when what is shown is taken.
`default_nettype none
module row_totals
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned Slots  = 16,
    parameter int unsigned Chains = Rows
) (
    input wire clk_i,
    input wire rst_ni,
    input wire two_digits_i,
    input wire [4:0] tokens_i,
    // of the next cycle
    input wire next_valid_i,
    input wire [3:0] next_pass_i,
    input wire [2:0] next_turn_i,
    input wire next_first_i,
    // of this one
    input wire valid_i,
    input wire [3:0] pass_i,
    input wire [2:0] turn_i,  // which rows the totals are of
    input wire place_t place_i,  // last_in_row: of the last group
    output logic first_o,  // nothing was added to total_o yet
    output logic odd_o,  // the two digits are the odd token's
    output logic signed [SumBits-1:0] total_o[2][Chains],
    input wire logic signed [SumBits-1:0] total_i[2][Chains],  // with what the group adds, in the same cycle
    output logic row_done_o,  // all tokens of a block row are in the ring
    input wire [$clog2(Slots)-1:0] read_slot_i,
    input wire read_odd_i,
    input wire [$clog2(Rows)-1:0] read_row_i,
    // of several turns: what is read for the next cycle, and for those after it until next_read_i is there again
    input wire next_read_i,
    input wire [$clog2(Slots)-1:0] next_slot_i,
    input wire [$clog2(Rows)-1:0] next_row_i,
    output logic signed [SumBits-1:0] read_sum_o
);
  typedef logic [$clog2(Slots)-1:0] slot_t;
  typedef logic signed [SumBits-1:0] sum_t;

  localparam bit Folded = Chains < Rows;
  localparam int unsigned Turns = Rows / Chains;
  localparam int unsigned Pairs = TokensMost / 2 * Turns;  // totals of a memory
  typedef logic [$clog2(Pairs)-1:0] pair_t;
  typedef logic [$clog2(Slots*Turns)-1:0] ring_place_t;

  slot_t base_q;

  function automatic logic [2:0] pair_of(input logic [3:0] pass);
    return two_digits_i ? pass[3:1] : pass[2:0];
  endfunction
  function automatic logic [1:0] of_banks(input logic valid, input logic [3:0] pass);  // even and odd token
    return !valid ? 2'b00 : !two_digits_i ? 2'b11 : pass[0] ? 2'b10 : 2'b01;
  endfunction
  function automatic ring_place_t ring_place(input slot_t slot, input logic [$clog2(Rows)-1:0] row);
    return ring_place_t'({3'(32'(row) / Chains), slot});
  endfunction

  logic [2:0] pair;
  logic [1:0] write, next_read;
  logic last_pass;
  assign pair = pair_of(pass_i);
  assign write = of_banks(valid_i, pass_i);
  assign next_read = of_banks(next_valid_i, next_pass_i);
  assign last_pass = two_digits_i ? 5'(pass_i) + 5'd1 == tokens_i : 5'(pair) == 5'((tokens_i - 5'd1) >> 1);
  assign first_o = place_i.first_in_row && !Folded;  // total_o is zero otherwise
  assign odd_o = two_digits_i && pass_i[0];
  assign row_done_o = valid_i && place_i.last_in_row && last_pass && turn_i == 3'(Turns - 1);
  // Each chain has its own memories, of one reader and one writer: one for all of them would have 16 writers, which no RAM has.
  pair_t total_place, next_place;
  ring_place_t write_place;
  sum_t waiting[2][Chains];
  assign total_place = pair_t'({turn_i, pair});
  assign next_place  = pair_t'({next_turn_i, pair_of(next_pass_i)});
  assign write_place = ring_place_t'({turn_i, base_q + slot_t'(pair)});
  assign read_sum_o  = waiting[read_odd_i][32'(read_row_i)%Chains];
  for (genvar b = 0; b < 2; b++) begin : gen_bank
    for (genvar r = 0; r < Chains; r++) begin : gen_row
      if (Folded) begin : gen_early
        place_memory #(
            .T(sum_t),
            .Places(Pairs)
        ) u_total (
            .clk_i,
            .next_read_i(next_read[b]),
            .next_zero_i(next_first_i),
            .next_place_i(next_place),
            .data_o(total_o[b][r]),
            .write_i(write[b]),
            .write_place_i(total_place),
            .data_i(total_i[b][r])
        );
        place_memory #(
            .T(sum_t),
            .Places(Slots * Turns)
        ) u_ring (
            .clk_i,
            .next_read_i,
            .next_zero_i(1'b0),
            .next_place_i(ring_place(next_slot_i, next_row_i)),
            .data_o(waiting[b][r]),
            .write_i(write[b] && place_i.last_in_row),
            .write_place_i(write_place),
            .data_i(total_i[b][r])
        );
      end else begin : gen_at_once
        sum_t total_q[Pairs];
        sum_t ring_q[Slots*Turns];
        assign waiting[b][r] = ring_q[ring_place(read_slot_i, read_row_i)];
        assign total_o[b][r] = total_q[total_place];
        always_ff @(posedge clk_i) begin
          if (write[b]) total_q[total_place] <= total_i[b][r];
          if (write[b] && place_i.last_in_row) ring_q[write_place] <= total_i[b][r];
        end
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
`ifndef SYNTHESIS
  if (Folded) begin : gen_check
    NotReadWhileWritten :
    assert property (@(posedge clk_i) disable iff (!rst_ni)
                     !next_first_i && (write & next_read) != 0 |-> next_place != total_place);
  end
`endif
endmodule
`default_nettype wire
