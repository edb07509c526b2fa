/// What is neither stream nor slice: reads for control and load, writes of single granules, to the port of their channel.
/// One read is under way at a time; the lowest client goes first. Of writes, too, the lowest client goes first; two wait here for
/// their ports, so that whether there is room does not depend on a port's answer in the same cycle.
`default_nettype none
module side_bus
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Readers = 3,
    parameter int unsigned Writers = 2,
    parameter int unsigned Ports   = 2,
    parameter int unsigned Depth   = 2   // writes that wait for their ports
) (
    input  wire                            clk_i,
    input  wire                            rst_ni,
    // readers
    input  wire side_read_t  [Readers-1:0] read_i,
    input  wire              [Readers-1:0] read_valid_i,
    output logic             [Readers-1:0] read_ready_o,
    output granule_t                       granule_o,
    output logic             [Readers-1:0] granule_valid_o,
    input  wire              [Readers-1:0] granule_ready_i,
    // writers
    input  wire side_write_t [Writers-1:0] write_i,
    input  wire              [Writers-1:0] write_valid_i,
    output logic             [Writers-1:0] write_ready_o,
    output logic                           writes_idle_o,         // none waits here
    output logic             [Readers-1:0] reading_o,             // whose read is under way
    // ports
    output side_read_t                     port_read_o,
    output logic             [  Ports-1:0] port_read_valid_o,
    input  wire              [  Ports-1:0] port_read_ready_i,
    input  wire granule_t    [  Ports-1:0] port_granule_i,
    input  wire              [  Ports-1:0] port_granule_valid_i,
    output logic             [  Ports-1:0] port_granule_ready_o,
    output side_write_t                    port_write_o,
    output logic             [  Ports-1:0] port_write_valid_o,
    input  wire              [  Ports-1:0] port_write_ready_i
);
  localparam int unsigned ReaderBits = Readers > 1 ? $clog2(Readers) : 1;
  localparam int unsigned WriterBits = Writers > 1 ? $clog2(Writers) : 1;
  localparam int unsigned PortBits = Ports > 1 ? $clog2(Ports) : 1;
  typedef logic [ReaderBits-1:0] reader_t;
  typedef logic [WriterBits-1:0] writer_t;
  typedef logic [PortBits-1:0] port_t;

  // ---- reads ----
  side_read_t read;
  side_read_t [Readers-1:0] read_q;  // of each: who it is of is known late
  reader_t reader, reader_q;
  port_t read_port;
  logic asked_q, under_way_q;
  logic [11:0] remain_q;
  logic back;

  always_comb begin
    reader = '0;
    for (int r = Readers - 1; r >= 0; r--) if (read_valid_i[r]) reader = reader_t'(r);
    // Whether one may go does not depend on its own wish.
    for (int unsigned r = 0; r < Readers; r++) begin
      read_ready_o[r] = !under_way_q && (read_valid_i & Readers'((1 << r) - 1)) == '0;
    end
  end
  assign read = read_q[reader_q];
  assign read_port = port_t'(read.channel);
  assign port_read_o = read;
  always_comb begin
    port_read_valid_o = '0;
    if (under_way_q && !asked_q) port_read_valid_o[read_port] = 1'b1;
    granule_valid_o = '0;
    granule_valid_o[reader_q] = under_way_q && port_granule_valid_i[read_port];
    port_granule_ready_o = '0;
    port_granule_ready_o[read_port] = under_way_q && granule_ready_i[reader_q];
    reading_o = '0;
    reading_o[reader_q] = under_way_q;
  end
  assign back = port_granule_valid_i[read_port] && port_granule_ready_o[read_port];
  assign granule_o = port_granule_i[read_port];

  always_ff @(posedge clk_i) begin
    if (!under_way_q) begin
      read_q <= read_i;
      reader_q <= reader;
      asked_q <= 1'b0;
      under_way_q <= |read_valid_i;
    end else begin
      if (port_read_valid_o[read_port] && port_read_ready_i[read_port]) asked_q <= 1'b1;
      if (!asked_q) remain_q <= read.granules;
      else if (back) remain_q <= remain_q - 1'b1;
      if (back && remain_q == 1) under_way_q <= 1'b0;
    end
    if (!rst_ni) under_way_q <= 1'b0;
  end

  // ---- writes ----
  writer_t writer;
  port_t   write_port;
  logic room, waits;
  always_comb begin
    writer = '0;
    for (int w = Writers - 1; w >= 0; w--) if (write_valid_i[w]) writer = writer_t'(w);
    for (int unsigned w = 0; w < Writers; w++) begin
      write_ready_o[w] = room && (write_valid_i & Writers'((1 << w) - 1)) == '0;
    end
  end
  fifo #(
      .T    (side_write_t),
      .Depth(Depth)
  ) u_writes (
      .clk_i,
      .rst_ni,
      .data_i (write_i[writer]),
      .valid_i(|write_valid_i),
      .ready_o(room),
      .data_o (port_write_o),
      .valid_o(waits),
      .ready_i(port_write_ready_i[write_port])
  );
  assign write_port = port_t'(port_write_o.channel);
  assign writes_idle_o = !waits;
  always_comb begin
    port_write_valid_o = '0;
    port_write_valid_o[write_port] = waits;
  end
endmodule
`default_nettype wire
