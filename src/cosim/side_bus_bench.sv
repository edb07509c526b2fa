/// side_bus with its structs opened into plain ports, for a driver in C++ that plays its clients and the memory ports.
`default_nettype none
module side_bus_bench
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Readers = 3,
    parameter int unsigned Writers = 2,
    parameter int unsigned Ports   = 4
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    input  wire  [  7:0] read_channel_i      [Readers],
    input  wire  [ 39:0] read_address_i      [Readers],
    input  wire  [ 11:0] read_granules_i     [Readers],
    input  wire          read_valid_i        [Readers],
    output logic         read_ready_o        [Readers],
    output logic [127:0] granule_o,
    output logic         granule_valid_o     [Readers],
    input  wire          granule_ready_i     [Readers],
    output logic         reading_o           [Readers],
    input  wire  [  7:0] write_channel_i     [Writers],
    input  wire  [ 39:0] write_address_i     [Writers],
    input  wire  [127:0] write_data_i        [Writers],
    input  wire  [ 15:0] write_strobe_i      [Writers],
    input  wire          write_valid_i       [Writers],
    output logic         write_ready_o       [Writers],
    output logic [ 39:0] port_read_address_o,
    output logic [ 11:0] port_read_granules_o,
    output logic         port_read_valid_o   [  Ports],
    input  wire          port_read_ready_i   [  Ports],
    input  wire  [127:0] port_granule_i      [  Ports],
    input  wire          port_granule_valid_i[  Ports],
    output logic         port_granule_ready_o[  Ports],
    output logic [ 39:0] port_write_address_o,
    output logic [127:0] port_write_data_o,
    output logic [ 15:0] port_write_strobe_o,
    output logic         port_write_valid_o  [  Ports],
    input  wire          port_write_ready_i  [  Ports],
    output logic         writes_idle_o
);
  side_read_t [Readers-1:0] read;
  logic [Readers-1:0] read_valid, read_ready, granule_valid, granule_ready, reading;
  side_write_t [Writers-1:0] write;
  logic [Writers-1:0] write_valid, write_ready;
  side_read_t port_read;
  side_write_t port_write;
  granule_t [Ports-1:0] port_granule;
  logic [Ports-1:0] port_read_valid, port_read_ready, port_granule_valid, port_granule_ready;
  logic [Ports-1:0] port_write_valid, port_write_ready;
  for (genvar r = 0; r < Readers; r++) begin : gen_reader
    assign read[r] = '{channel: read_channel_i[r], address: read_address_i[r], granules: read_granules_i[r]};
    assign read_valid[r] = read_valid_i[r];
    assign read_ready_o[r] = read_ready[r];
    assign granule_valid_o[r] = granule_valid[r];
    assign granule_ready[r] = granule_ready_i[r];
    assign reading_o[r] = reading[r];
  end
  for (genvar w = 0; w < Writers; w++) begin : gen_writer
    assign write[w] = '{
            channel: write_channel_i[w],
            address: write_address_i[w],
            data: write_data_i[w],
            strobe: write_strobe_i[w]
        };
    assign write_valid[w] = write_valid_i[w];
    assign write_ready_o[w] = write_ready[w];
  end
  for (genvar p = 0; p < Ports; p++) begin : gen_port
    assign port_read_valid_o[p] = port_read_valid[p];
    assign port_read_ready[p] = port_read_ready_i[p];
    assign port_granule[p] = port_granule_i[p];
    assign port_granule_valid[p] = port_granule_valid_i[p];
    assign port_granule_ready_o[p] = port_granule_ready[p];
    assign port_write_valid_o[p] = port_write_valid[p];
    assign port_write_ready[p] = port_write_ready_i[p];
  end
  side_bus #(
      .Readers(Readers),
      .Writers(Writers),
      .Ports  (Ports)
  ) u_bus (
      .clk_i,
      .rst_ni,
      .read_i(read),
      .read_valid_i(read_valid),
      .read_ready_o(read_ready),
      .granule_o,
      .granule_valid_o(granule_valid),
      .granule_ready_i(granule_ready),
      .reading_o(reading),
      .writes_idle_o,
      .write_i(write),
      .write_valid_i(write_valid),
      .write_ready_o(write_ready),
      .port_read_o(port_read),
      .port_read_valid_o(port_read_valid),
      .port_read_ready_i(port_read_ready),
      .port_granule_i(port_granule),
      .port_granule_valid_i(port_granule_valid),
      .port_granule_ready_o(port_granule_ready),
      .port_write_o(port_write),
      .port_write_valid_o(port_write_valid),
      .port_write_ready_i(port_write_ready)
  );
  assign port_read_address_o  = port_read.address;
  assign port_read_granules_o = port_read.granules;
  assign port_write_address_o = port_write.address;
  assign port_write_data_o    = port_write.data;
  assign port_write_strobe_o  = port_write.strobe;
endmodule
`default_nettype wire
