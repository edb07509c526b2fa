/// A first-in first-out queue with the oldest entry on show. It has no way past: an entry is seen a cycle after it came.
`default_nettype none
module fifo #(
    parameter type         T     = logic,
    parameter int unsigned Depth = 4
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
  localparam int unsigned AddressBits = Depth > 1 ? $clog2(Depth) : 1;
  typedef logic [AddressBits-1:0] address_t;

  T memory_q[Depth];
  address_t write_q, read_q;
  logic [AddressBits:0] count_q;
  logic push, pop;

  function automatic address_t next(address_t a);
    return a == address_t'(Depth - 1) ? '0 : a + 1'b1;
  endfunction

  assign ready_o = count_q != (AddressBits + 1)'(Depth);
  assign valid_o = count_q != 0;
  assign data_o = memory_q[read_q];
  assign push = valid_i && ready_o;
  assign pop = valid_o && ready_i;

  always_ff @(posedge clk_i) begin
    if (push) memory_q[write_q] <= data_i;
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
    end else begin
      if (push) write_q <= next(write_q);
      if (pop) read_q <= next(read_q);
      count_q <= count_q + (AddressBits + 1)'(push) - (AddressBits + 1)'(pop);
    end
  end

  initial begin
    assert (Depth >= 1);
  end
endmodule
`default_nettype wire
