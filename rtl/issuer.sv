/// Lets a beat of weights stand while the tokens pass: one pass a cycle (two digits of one token, or one digit of two). Where
/// chains are fewer than rows, all tokens pass in each of `Turns` turns, which have some of the rows each. The beat is taken at the
/// first pass of its last turn, so that the next one is put together meanwhile. A beat that ends a block row starts only when
/// the result ring has room for all its tokens.
`default_nettype none
module issuer
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slots = 16,
    parameter int unsigned Turns = 1    // 1, 2, 4 or 8
) (
    input  wire                clk_i,
    input  wire                rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e        fault_i,
`endif
    input  wire job_t          job_i,
    input  wire                start_i,        // two cycles before the first beat, or more
    input  wire                beat_valid_i,
    input  wire beat_t         beat_i,
    output logic               beat_ready_o,
    input  wire                row_drained_i,
    output logic               issue_o,
    output logic               first_pass_o,   // of a turn: the beat stands, whole
    output place_t             place_o,
    output logic               last_pass_o,    // of the beat
    output logic        [ 2:0] turn_o,
    output logic        [ 3:0] pass_o,
    output logic        [13:0] read_chunk_o
);
  localparam int unsigned SlotBits = $clog2(Slots + 1);
  typedef logic [SlotBits-1:0] slots_t;
  typedef logic [SlotBits:0] slots_more_t;

  logic [3:0] pass_q;
  logic [2:0] turn_q;
  logic last_of_turn, last_turn, first_turn;
  logic [13:0] row_of_pass_q;  // chunks from the first pass to this one
  logic [13:0] chunks;
  logic [13:0] chunk, chunk_q;  // of the beat whose passes go on
  place_t place_q;
  slots_t used_q;
  slots_t row_slots_q;
  logic [3:0] last_pass_q;  // of a turn
  logic takes_q;  // of several turns, the first pass of the last one: nothing holds it up
  logic full_q, reserve;  // no room for a block row's tokens

  row_place_t at;
  logic [13:0] next_from;
  block_row_walk u_walk (
      .clk_i,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .job_i,
      .start_i,
      .next_i(issue_o && last_pass_o && place_o.last_in_row),
      .at_o(at),
      .next_from_o(next_from)
  );

  assign chunks = 14'((job_i.blocks + 16'd3) >> 2);
  assign first_turn = turn_q == 0;
  assign last_turn = turn_q == 3'(Turns - 1);
  assign last_of_turn = pass_q == last_pass_q;
  assign last_pass_o = last_of_turn && last_turn;
  assign first_pass_o = pass_q == 0;
  assign issue_o = !first_pass_o || !first_turn || (beat_valid_i && !(beat_i.place.last_in_row && full_q));
  assign beat_ready_o = Turns == 1 ? issue_o && first_pass_o : takes_q;
  assign chunk = first_pass_o ? beat_i.chunk : chunk_q;
  assign place_o = first_pass_o ? beat_i.place : place_q;
  assign reserve = issue_o && first_pass_o && first_turn && beat_i.place.last_in_row;
  assign pass_o = pass_q;
  assign turn_o = turn_q;
  assign read_chunk_o = at.from + row_of_pass_q + chunk;

  always_ff @(posedge clk_i) begin
    row_slots_q <= slots_t'((job_i.tokens + 5'd1) >> 1);
    last_pass_q <= 4'((job_i.two_digits ? job_i.tokens : (job_i.tokens + 5'd1) >> 1) - 5'd1);
    // Of what used_q will be: of the rest of a job's block rows any has room when one goes.
    if (reserve == row_drained_i) full_q <= slots_more_t'(used_q) + row_slots_q > slots_more_t'(Slots);
    else full_q <= reserve && slots_more_t'(used_q) + {row_slots_q, 1'b0} > slots_more_t'(Slots);
    chunk_q <= chunk;
    place_q <= place_o;
    if (!rst_ni) begin
      pass_q <= '0;
      turn_q <= '0;
      row_of_pass_q <= '0;
      used_q <= '0;
      takes_q <= 1'b0;
    end else begin
      takes_q <= issue_o && last_of_turn && turn_q == 3'(Turns - 2);
      if (issue_o) begin
        pass_q <= last_of_turn ? '0 : pass_q + 1'b1;
        if (last_of_turn) turn_q <= last_turn ? '0 : turn_q + 1'b1;
        row_of_pass_q <= last_of_turn ? '0 : row_of_pass_q + chunks;
      end
      used_q <= used_q + (reserve ? row_slots_q : '0) - (row_drained_i ? row_slots_q : '0);
    end
  end

  initial begin
    assert (Turns inside {1, 2, 4, 8});
  end
endmodule
`default_nettype wire
