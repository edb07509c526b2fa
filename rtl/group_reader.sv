/// Reads so many groups of eight reals that lie one behind the other in the vector memory, ahead of who takes them. A new
/// beginning while groups of the last one remain is not meant to be.
`default_nettype none
module group_reader
  import machine_pkg::*;
#(
    parameter int unsigned Depth = 4  // groups that were asked for and are not taken
) (
    input  wire                    clk_i,
    input  wire                    rst_ni,
    input  wire                    begin_i,
    input  wire vec_t              from_i,          // a multiple of 8
    input  wire       [17:0]       groups_i,
    // vector memory
    output vec_t                   read_address_o,
    output logic                   read_valid_o,
    input  wire                    read_ready_i,
    input  wire                    answer_valid_i,  // two cycles after
    input  wire       [ 7:0][31:0] answer_i,
    // groups, in order
    output logic      [ 7:0][31:0] group_o,
    output logic                   valid_o,
    input  wire                    take_i,
    output logic                   last_o           // the last one is taken now
);
  localparam int unsigned HeldBits = $clog2(Depth + 1);
  typedef logic [7:0][31:0] reals_t;

  vec_t address_q;
  logic [17:0] read_left_q, left_q;  // groups that are to be read; to be taken
  logic [HeldBits-1:0] held_q;
  logic read, room;
  assign read_valid_o = read_left_q != 0 && held_q != HeldBits'(Depth);
  assign read = read_valid_o && read_ready_i;
  assign read_address_o = address_q;
  assign last_o = take_i && left_q == 1;

  always_ff @(posedge clk_i) begin
    if (begin_i) begin
      address_q <= from_i;
      read_left_q <= groups_i;
      left_q <= groups_i;
    end else begin
      if (read) begin
        address_q   <= address_q + 24'd8;
        read_left_q <= read_left_q - 1'b1;
      end
      if (take_i) left_q <= left_q - 1'b1;
    end
    if (!rst_ni) begin
      read_left_q <= '0;
      held_q <= '0;
    end else begin
      held_q <= held_q + HeldBits'(read) - HeldBits'(take_i);
    end
  end

  fifo #(
      .T(reals_t),
      .Depth(Depth)
  ) u_groups (
      .clk_i,
      .rst_ni,
      .data_i (answer_i),
      .valid_i(answer_valid_i),
      .ready_o(room),
      .data_o (group_o),
      .valid_o,
      .ready_i(take_i)
  );

`ifndef SYNTHESIS
  RoomForEveryAnswer :
  assert property (@(posedge clk_i) disable iff (!rst_ni) answer_valid_i |-> room);
`endif
endmodule
`default_nettype wire
