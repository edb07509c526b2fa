/// Gives the vectors of an instruction one after the other, as a plan's three loops say.
`default_nettype none
module sfu_walk
  import sfu_pkg::*;
(
    input  wire        clk_i,
    input  wire plan_t plan_i,   // stands
    input  wire        start_i,
    input  wire        next_i,
    output vector_t    vector_o
);
  typedef struct packed {
    spot_t at;
    spot_t other;
  } places_t;
  logic [7:0] inner_q, outer_q;
  logic [ 4:0] middle_q;
  logic [20:0] count_q;
  places_t now_q, middle_at_q, outer_at_q;  // now, and where the loops that are under way began
  spot_t word_q;
  logic  odd_q;

  logic [7:0] inner_last_q, outer_last_q;
  logic [4:0] middle_last_q;
  logic inner_ends, middle_ends, outer_ends;
  places_t next_inner, next_middle, next_outer;
  assign inner_ends = inner_q == inner_last_q;
  assign middle_ends = middle_q == middle_last_q;
  assign outer_ends = outer_q == outer_last_q;
  assign next_inner = '{at: now_q.at + plan_i.inner_step, other: now_q.other + spot_t'(plan_i.other_inner)};
  assign next_middle = '{
          at: middle_at_q.at + plan_i.middle_step,
          other: middle_at_q.other + spot_t'(plan_i.other_middle)
      };
  assign next_outer = '{at: outer_at_q.at + plan_i.outer_step, other: outer_at_q.other + spot_t'(plan_i.other_outer)};

  always_ff @(posedge clk_i) begin
    inner_last_q  <= plan_i.inner - 1'b1;
    middle_last_q <= plan_i.middle - 1'b1;
    outer_last_q  <= plan_i.outer - 1'b1;
    if (start_i) begin
      inner_q <= '0;
      middle_q <= '0;
      outer_q <= '0;
      count_q <= plan_i.count;
      now_q <= '{at: plan_i.at, other: plan_i.other};
      middle_at_q <= '{at: plan_i.at, other: plan_i.other};
      outer_at_q <= '{at: plan_i.at, other: plan_i.other};
      word_q <= plan_i.word;
      odd_q <= 1'b0;
    end else if (next_i) begin
      odd_q <= !odd_q;
      if (plan_i.two_digits || odd_q) word_q <= word_q + spot_t'(plan_i.words);
      inner_q <= inner_ends ? '0 : inner_q + 1'b1;
      if (!inner_ends) begin
        now_q <= next_inner;
      end else if (!middle_ends) begin
        middle_q <= middle_q + 1'b1;
        if (plan_i.grows) count_q <= count_q + 1'b1;
        now_q <= next_middle;
        middle_at_q <= next_middle;
      end else begin
        middle_q <= '0;
        count_q <= plan_i.count;
        outer_q <= outer_q + 1'b1;
        now_q <= next_outer;
        middle_at_q <= next_outer;
        outer_at_q <= next_outer;
      end
    end
  end
  assign vector_o = '{
          at: now_q.at,
          other: now_q.other,
          word: word_q,
          count: count_q,
          last: inner_ends && middle_ends && outer_ends
      };
endmodule
`default_nettype wire
