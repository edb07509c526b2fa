/// Rows of eight reals: one read and one write a cycle, each real with its own strobe. A read answers a cycle later; what it
/// gives of a row that is written in the same cycle is undefined.
`default_nettype none
module vector_bank #(
    parameter  int unsigned Rows        = 8192,
    localparam int unsigned AddressBits = Rows > 1 ? $clog2(Rows) : 1
) (
    input  wire                          clk_i,
    input  wire                          read_i,
    input  wire  [AddressBits-1:0]       read_row_i,
    output logic [            7:0][31:0] read_data_o,
    input  wire  [            7:0]       write_i,
    input  wire  [AddressBits-1:0]       write_row_i,
    input  wire  [            7:0][31:0] write_data_i
);
  for (genvar r = 0; r < 8; r++) begin : gen_real
    logic [31:0] real_q[Rows];
    always_ff @(posedge clk_i) begin
      if (read_i) read_data_o[r] <= real_q[read_row_i];
      if (write_i[r]) real_q[write_row_i] <= write_data_i[r];
    end
  end
endmodule
`default_nettype wire
