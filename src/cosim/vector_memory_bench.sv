/// The vector memory with 16 reals a port, its ports as arrays for a driver in C++.
`default_nettype none
module vector_memory_bench
  import machine_pkg::*;
#(
    parameter int unsigned Reals = 1024,
    parameter int unsigned Banks = 2,
    parameter int unsigned Ports = 3
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,
    input  wire                  read_valid_i   [Ports],
    output logic                 read_ready_o   [Ports],
    input  wire  [         23:0] read_address_i [Ports],
    input  wire  [    Banks-1:0] read_groups_i  [Ports],
    output logic                 answer_valid_o [Ports],
    output logic [Banks*256-1:0] answer_o       [Ports],
    input  wire                  write_valid_i  [Ports],
    output logic                 write_ready_o  [Ports],
    input  wire  [         23:0] write_address_i[Ports],
    input  wire  [  Banks*8-1:0] write_strobe_i [Ports],
    input  wire  [Banks*256-1:0] write_data_i   [Ports]
);
  logic [Ports-1:0] read_valid, read_ready, answer_valid, write_valid, write_ready;
  vec_t [Ports-1:0] read_address, write_address;
  logic [Ports-1:0][Banks-1:0] read_groups;
  logic [Ports-1:0][Banks-1:0][7:0] write_strobe;
  logic [Ports-1:0][Banks-1:0][7:0][31:0] answer, write_data;
  for (genvar p = 0; p < Ports; p++) begin : gen_port
    assign read_valid[p] = read_valid_i[p];
    assign read_ready_o[p] = read_ready[p];
    assign read_address[p] = read_address_i[p];
    assign read_groups[p] = read_groups_i[p];
    assign answer_valid_o[p] = answer_valid[p];
    assign answer_o[p] = answer[p];
    assign write_valid[p] = write_valid_i[p];
    assign write_ready_o[p] = write_ready[p];
    assign write_address[p] = write_address_i[p];
    assign write_strobe[p] = write_strobe_i[p];
    assign write_data[p] = write_data_i[p];
  end
  vector_memory #(
      .Reals  (Reals),
      .Banks  (Banks),
      .Readers(Ports),
      .Writers(Ports)
  ) u_memory (
      .clk_i,
      .rst_ni,
      .read_valid_i(read_valid),
      .read_ready_o(read_ready),
      .read_address_i(read_address),
      .read_groups_i(read_groups),
      .answer_valid_o(answer_valid),
      .answer_o(answer),
      .write_valid_i(write_valid),
      .write_ready_o(write_ready),
      .write_address_i(write_address),
      .write_strobe_i(write_strobe),
      .write_data_i(write_data)
  );
endmodule
`default_nettype wire
