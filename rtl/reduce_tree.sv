/// The largest of `Lanes` numbers, or their sum, a level of pairs a stage: $clog2(Lanes) stages that advance together when
/// enabled. One number takes a stage, too.
`default_nettype none
module reduce_tree #(
    parameter int unsigned Lanes = 8,    // a power of two
    parameter int unsigned Bits  = 32,
    parameter bit          Sum   = 1'b0
) (
    input  wire                        clk_i,
    input  wire                        enable_i,
    input  wire  [Lanes-1:0][Bits-1:0] value_i,
    output logic [ Bits-1:0]           value_o
);
  // Node n is made of nodes 2 n and 2 n + 1; those from `Lanes` on are what comes in.
  logic [Bits-1:0] node_q[1:Lanes<2?1 : Lanes-1];
  if (Lanes == 1) begin : gen_one
    always_ff @(posedge clk_i) if (enable_i) node_q[1] <= value_i[0];
  end
  for (genvar n = 1; n < Lanes; n++) begin : gen_node
    logic [Bits-1:0] left, right;
    if (2 * n >= Lanes) begin : gen_leaf
      assign left  = value_i[2*n-Lanes];
      assign right = value_i[2*n+1-Lanes];
    end else begin : gen_inner
      assign left  = node_q[2*n];
      assign right = node_q[2*n+1];
    end
    always_ff @(posedge clk_i) begin
      if (enable_i) node_q[n] <= Sum ? left + right : left > right ? left : right;
    end
  end
  assign value_o = node_q[1];

  initial begin
    assert (Lanes == 1 << $clog2(Lanes));
  end
endmodule
`default_nettype wire
