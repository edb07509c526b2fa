/// A queue for what comes slowly: registers one behind the other, without a table a bit. An entry moves on when the next register is
/// empty, so it is seen Depth cycles after it came, and one can come every second cycle. Ready comes from a register.
`default_nettype none
module slow_fifo #(
    parameter type         T     = logic,
    parameter int unsigned Depth = 2
) (
    input  wire   clk_i,
    input  wire   rst_ni,
    input  wire T data_i,
    input  wire   valid_i,
    output logic  ready_o,
    output T      data_o,
    output logic  valid_o,
    input  wire   ready_i
);
  T stage_q[Depth];  // the oldest entry is in the first that holds one
  logic [Depth-1:0] valid_q, moves;
  logic [Depth:0] comes;  // an entry is there for stage i
  assign comes   = {valid_i, valid_q};
  assign moves   = comes[Depth:1] & ~valid_q;  // into stage i
  assign ready_o = !valid_q[Depth-1];
  assign data_o  = stage_q[0];
  assign valid_o = valid_q[0];

  for (genvar i = 0; i < Depth; i++) begin : gen_stage
    always_ff @(posedge clk_i) if (moves[i]) stage_q[i] <= i == Depth - 1 ? data_i : stage_q[(i+1)%Depth];
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= moves | (valid_q & ~(Depth'({moves, ready_i})));
  end

  initial begin
    assert (Depth >= 1);
  end
endmodule
`default_nettype wire
