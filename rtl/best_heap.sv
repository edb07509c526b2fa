/// The best logits where they come slowly: a heap in block RAM, its worst on top, in place of sorted cells. One that beats the worst
/// sinks to its place in some ten cycles; at the end the heap is sorted where it lies, best first. Node n has the nodes 2 n + 1
/// and 2 n + 2 below it, which are read together. The worse of them is found in the cycle in which they come, whether what sinks
/// goes below it in the next one, while those below it are read already.
`default_nettype none
module best_heap
  import machine_pkg::*;
#(
    parameter int unsigned Cells = 256  // a power of two
) (
    input  wire            clk_i,
    input  wire            clear_i,         // forget everything
    input  wire best_key_t insert_i,        // where it is valid; it stands until it is taken
    output logic           insert_ready_o,
    output best_key_t      last_o,          // what another one has to beat
    input  wire            sort_i,          // nothing comes any more
    output logic           sorted_o,
    output best_key_t      first_o,         // the best one that is left, once sorted
    input  wire            take_i           // shows the next one
);
  localparam int unsigned Pairs = Cells / 2;
  typedef logic [$clog2(Cells):0] node_t;
  typedef logic [$clog2(Pairs)-1:0] pair_t;
  typedef enum logic [2:0] {
    Clearing,
    Waiting,
    Fetching,  // the last node that is not sorted yet
    Sinking,
    Sorted
  } state_e;

  state_e state_q;
  best_key_t root_q, item_q;  // node 0; what looks for its place
  node_t hole_q;  // whose nodes below are there now; from_q: where it is put unless one below is worse
  node_t end_q;  // nodes from here on are sorted
  node_t shown_q;

  // ---- nodes 1 to Cells - 1: the left ones are odd ----
  best_key_t left_q[Pairs];
  best_key_t right_q[Pairs];
  best_key_t left, right, put;
  pair_t read_pair, write_pair;
  logic write_left, write_right;
  always_ff @(posedge clk_i) begin
    left  <= left_q[read_pair];
    right <= right_q[read_pair];
    if (write_left) left_q[write_pair] <= put;
    if (write_right) right_q[write_pair] <= put;
  end
  function automatic pair_t pair_of(input node_t node);
    return pair_t'((node - 1'b1) >> 1);
  endfunction

  // ---- a step down: first the way, then whether it is gone ----
  node_t below_left, below_right, below, from_q;
  logic left_there, right_there, goes_right, there_q, follows_q, goes_down;
  best_key_t worse_q;  // below from_q, if there is one
  assign below_left = node_t'(hole_q << 1) + 1'b1;
  assign below_right = below_left + 1'b1;
  assign right_there = hole_q < node_t'(Pairs - 1) && below_right < end_q;
  assign goes_right = right_there && right < left;
  assign below = goes_right ? below_right : below_left;
  assign left_there = hole_q < node_t'(Pairs) && below_left < end_q;
  assign goes_down = there_q && worse_q < item_q;

  assign insert_ready_o = state_q == Waiting;
  assign last_o = root_q;
  assign sorted_o = state_q == Sorted;
  assign first_o = shown_q == 0 ? root_q : shown_q[$clog2(Cells)] ? '0 : shown_q[0] ? left : right;

  node_t next_shown, written;
  logic writes;
  assign next_shown = shown_q + node_t'(take_i && !shown_q[$clog2(Cells)]);
  always_comb begin
    read_pair = '0;
    written = from_q;
    put = goes_down ? worse_q : item_q;
    unique case (state_q)
      Clearing: begin
        put = '0;
        written = hole_q;
      end
      Waiting: read_pair = insert_i.valid ? '0 : pair_of(end_q - 1'b1);
      Fetching: begin
        put = root_q;
        written = end_q - 1'b1;
      end
      Sinking: read_pair = pair_t'(below);
      default: read_pair = pair_of(next_shown);
    endcase
    write_pair = pair_of(written);
    writes = (state_q inside {Clearing, Fetching} || (state_q == Sinking && follows_q)) && written != 0;
    write_left = writes && written[0];
    write_right = writes && (!written[0] || state_q == Clearing);
  end

  always_ff @(posedge clk_i) begin
    from_q <= hole_q;
    there_q <= left_there;
    worse_q <= goes_right ? right : left;
    follows_q <= state_q == Sinking;
    unique case (state_q)
      Clearing: begin
        root_q <= '0;
        hole_q <= hole_q + node_t'(2);
        if (hole_q == node_t'(Cells - 1)) state_q <= Waiting;
      end
      Waiting: begin
        hole_q <= '0;
        item_q <= insert_i;
        if (insert_i.valid) state_q <= insert_i > root_q ? Sinking : Waiting;
        else if (sort_i) state_q <= end_q == node_t'(1) ? Sorted : Fetching;
      end
      Fetching: begin
        hole_q  <= '0;
        item_q  <= end_q[0] ? right : left;  // of node end - 1
        end_q   <= end_q - 1'b1;
        state_q <= Sinking;
      end
      Sinking: begin
        if (follows_q && from_q == 0) root_q <= put;
        hole_q <= below;
        if (follows_q && !goes_down) state_q <= Waiting;
      end
      default: shown_q <= next_shown;
    endcase
    if (clear_i) begin
      state_q <= Clearing;
      hole_q  <= node_t'(1);
      end_q   <= node_t'(Cells);
      shown_q <= '0;
    end
  end

  initial begin
    assert (Cells == 1 << $clog2(Cells) && Cells >= 4);
  end
endmodule
`default_nettype wire
