/// What a pass finds out about a vector: its largest number, sums, squares. Numbers come a part of a row a cycle; the total
/// leaves $clog2(RealLanes) + 1 cycles after the vector's last, of one lane two.
`default_nettype none
module sfu_totals
  import godwit_isa_pkg::*;
  import sfu_pkg::*;
#(
    parameter int unsigned RealLanes = 8
) (
    input  wire                               clk_i,
    input  wire                               rst_ni,
    input  wire part_t                        beat_i,
    input  wire         [RealLanes-1:0]       mask_i,    // reals of the vector
    input  wire         [RealLanes-1:0][31:0] value_i,   // reals, scores or weights
    input  wire         [RealLanes-1:0][31:0] addend_i,
    input  wire         [RealLanes-1:0][63:0] square_i,
    input  wire scale_t [RealLanes-1:0]       scale_i,   // of values
    output total_t                            total_o,
    output logic                              valid_o
);
  localparam int unsigned Levels = RealLanes == 1 ? 1 : $clog2(RealLanes);
  localparam int unsigned SquareBits = 77;

  logic [RealLanes-1:0][31:0] key;
  logic [RealLanes-1:0][7:0] exponent;
  logic [RealLanes-1:0][45:0] addend;
  logic [RealLanes-1:0][SquareBits-1:0] square;
  for (genvar l = 0; l < RealLanes; l++) begin : gen_lane
    always_comb begin
      unique case (beat_i.row.pass)
        PassLargest: key[l] = value_i[l][31] ? -value_i[l] : value_i[l];
        PassMost: key[l] = value_i[l] ^ 32'h8000_0000;
        default: key[l] = value_i[l];
      endcase
      exponent[l] = scale_i[l].exponent ^ 8'h80;
      if (scale_i[l].mantissa == 0) exponent[l] = '0;
      addend[l] = {{14{addend_i[l][31]}}, addend_i[l]};
      square[l] = SquareBits'(square_i[l]);
      if (!mask_i[l]) begin
        key[l] = '0;
        exponent[l] = '0;
        addend[l] = '0;
        square[l] = '0;
      end
    end
  end

  part_t stage_q[Levels];
  part_t beat;
  row_t  row_q;
  logic [31:0] most, most_q, most_d;
  logic [7:0] top, top_q, top_d;
  logic [45:0] sum, sum_q, sum_d;
  logic [SquareBits-1:0] squares, squares_q, squares_d;
  logic enable;
  always_comb begin
    enable = beat_i.valid;
    for (int unsigned s = 0; s < Levels; s++) enable |= stage_q[s].valid;
  end
  reduce_tree #(
      .Lanes(RealLanes),
      .Bits (32)
  ) u_most (
      .clk_i,
      .enable_i(enable),
      .value_i (key),
      .value_o (most)
  );
  reduce_tree #(
      .Lanes(RealLanes),
      .Bits (8)
  ) u_top (
      .clk_i,
      .enable_i(enable),
      .value_i (exponent),
      .value_o (top)
  );
  reduce_tree #(
      .Lanes(RealLanes),
      .Bits (46),
      .Sum  (1'b1)
  ) u_sum (
      .clk_i,
      .enable_i(enable),
      .value_i (addend),
      .value_o (sum)
  );
  reduce_tree #(
      .Lanes(RealLanes),
      .Bits (SquareBits),
      .Sum  (1'b1)
  ) u_squares (
      .clk_i,
      .enable_i(enable),
      .value_i (square),
      .value_o (squares)
  );

  logic first;
  assign beat = stage_q[Levels-1];
  assign first = beat.row.first && beat.part == 0;
  assign most_d = first || most > most_q ? most : most_q;
  assign top_d = first || top > top_q ? top : top_q;
  assign sum_d = (first ? '0 : sum_q) + sum;
  assign squares_d = (first ? '0 : squares_q) + squares;
  always_ff @(posedge clk_i) begin
    if (beat.valid) begin
      most_q <= most_d;
      top_q <= top_d;
      sum_q <= sum_d;
      squares_q <= squares_d;
    end
    if (enable) begin
      stage_q[0] <= beat_i;
      for (int unsigned s = 1; s < Levels; s++) stage_q[s] <= stage_q[s-1];
      row_q <= beat.row;
    end
    valid_o <= beat.valid && beat.row.last && beat.last_part && rst_ni;
    if (!rst_ni) begin
      for (int unsigned s = 0; s < Levels; s++) stage_q[s].valid <= 1'b0;
    end
  end
  assign total_o = '{
          pass: row_q.pass,
          number: row_q.number,
          alone: row_q.alone,
          word: row_q.to,
          most: most_q,
          top: top_q,
          added: sum_q,
          squares: squares_q
      };
endmodule
`default_nettype wire
