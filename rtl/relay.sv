/// A valid/ready handshake over a way that takes several cycles: a chain of queues of two, so that no wire is longer than one of
/// them and an entry can go every cycle. An entry is seen `Stages` cycles after it came, or later.
`default_nettype none
module relay #(
    parameter type         T      = logic,
    parameter int unsigned Stages = 2
) (
    input  wire   clk_i,
    input  wire   rst_ni,
    input  wire T data_i,
    input  wire   valid_i,
    output logic  ready_o,
    output T      data_o,
    output logic  valid_o,
    input  wire   ready_i,
    output logic  idle_o    // nothing is on its way
);
  T data[Stages+1];
  logic [Stages:0] valid, ready;
  assign data[0] = data_i;
  assign valid[0] = valid_i;
  assign ready_o = ready[0];
  assign data_o = data[Stages];
  assign valid_o = valid[Stages];
  assign ready[Stages] = ready_i;
  assign idle_o = valid[Stages:1] == '0;
  for (genvar i = 0; i < Stages; i++) begin : gen_stage
    fifo #(
        .T(T),
        .Depth(2)
    ) u_stage (
        .clk_i,
        .rst_ni,
        .data_i (data[i]),
        .valid_i(valid[i]),
        .ready_o(ready[i]),
        .data_o (data[i+1]),
        .valid_o(valid[i+1]),
        .ready_i(ready[i+1])
    );
  end

  initial begin
    assert (Stages >= 1);
  end
endmodule
`default_nettype wire
