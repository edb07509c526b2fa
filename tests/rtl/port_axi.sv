/// port with the AXI names that cocotbext-axi looks for, and its structs opened into plain ports.
`default_nettype none
module port_axi
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter  int unsigned PortBytes   = 64,
    parameter  int unsigned FifoWords   = 64,
    parameter  int unsigned BurstWords  = 16,
    parameter  int unsigned Outstanding = 8,
    parameter  int unsigned AddressBits = 40,
    localparam int unsigned Ways        = stream_ways(PortBytes)
) (
    input  wire                         clk,
    input  wire                         rst_n,
    input  wire  [     AddressBits-1:0] base,
    input  wire                         flush,
    output logic                        quiet,
    input  wire  [                35:0] job_address,
    input  wire  [                31:0] job_row_granules,
    input  wire  [                19:0] job_rows,
    input  wire  [                31:0] job_stride,
    input  wire                         job_valid,
    output logic                        job_ready,
    output logic [8*PortBytes*Ways-1:0] stream,
    output logic [            Ways-1:0] stream_valid,
    input  wire  [            Ways-1:0] stream_ready,
    output logic                        idle,
    input  wire  [                39:0] read_address,
    input  wire  [                11:0] read_granules,
    input  wire                         read_valid,
    output logic                        read_ready,
    output logic [               127:0] granule,
    output logic                        granule_valid,
    input  wire                         granule_ready,
    input  wire  [                39:0] write_address,
    input  wire  [               127:0] write_data,
    input  wire  [                15:0] write_strobe,
    input  wire                         write_valid,
    output logic                        write_ready,
    output logic                        writes_idle,
    output logic                        stream_error,
    output logic                        side_error,
    output logic                        write_error,
    output logic [                 0:0] axi_arid,
    output logic [     AddressBits-1:0] axi_araddr,
    output logic [                 7:0] axi_arlen,
    output logic [                 2:0] axi_arsize,
    output logic [                 1:0] axi_arburst,
    output logic                        axi_arvalid,
    input  wire                         axi_arready,
    input  wire  [                 0:0] axi_rid,
    input  wire  [     8*PortBytes-1:0] axi_rdata,
    input  wire  [                 1:0] axi_rresp,
    input  wire                         axi_rlast,
    input  wire                         axi_rvalid,
    output logic                        axi_rready,
    output logic [                 0:0] axi_awid,
    output logic [     AddressBits-1:0] axi_awaddr,
    output logic [                 7:0] axi_awlen,
    output logic [                 2:0] axi_awsize,
    output logic [                 1:0] axi_awburst,
    output logic                        axi_awvalid,
    input  wire                         axi_awready,
    output logic [     8*PortBytes-1:0] axi_wdata,
    output logic [       PortBytes-1:0] axi_wstrb,
    output logic                        axi_wlast,
    output logic                        axi_wvalid,
    input  wire                         axi_wready,
    input  wire  [                 0:0] axi_bid,
    input  wire  [                 1:0] axi_bresp,
    input  wire                         axi_bvalid,
    output logic                        axi_bready
);
  stream_job_t job;
  side_read_t  read;
  side_write_t write;
  assign job = '{address: job_address, row_granules: job_row_granules, rows: job_rows, stride: job_stride};
  assign read = '{channel: '0, address: read_address, granules: read_granules};
  assign write = '{channel: '0, address: write_address, data: write_data, strobe: write_strobe};
  assign axi_arsize = 3'($clog2(PortBytes));
  assign axi_arburst = 2'b01;
  assign axi_awid = '0;
  assign axi_awlen = '0;
  assign axi_awsize = 3'($clog2(PortBytes));
  assign axi_awburst = 2'b01;
  assign axi_wlast = 1'b1;
  port #(
      .PortBytes  (PortBytes),
      .FifoWords  (FifoWords),
      .BurstWords (BurstWords),
      .Outstanding(Outstanding),
      .AddressBits(AddressBits)
  ) u_port (
      .clk_i          (clk),
      .rst_ni         (rst_n),
      .base_i         (base),
      .flush_i        (flush),
      .quiet_o        (quiet),
      .job_i          (job),
      .job_valid_i    (job_valid),
      .job_ready_o    (job_ready),
      .stream_o       (stream),
      .stream_valid_o (stream_valid),
      .stream_ready_i (stream_ready),
      .idle_o         (idle),
      .read_i         (read),
      .read_valid_i   (read_valid),
      .read_ready_o   (read_ready),
      .granule_o      (granule),
      .granule_valid_o(granule_valid),
      .granule_ready_i(granule_ready),
      .write_i        (write),
      .write_valid_i  (write_valid),
      .write_ready_o  (write_ready),
      .writes_idle_o  (writes_idle),
      .stream_error_o (stream_error),
      .side_error_o   (side_error),
      .write_error_o  (write_error),
      .axi_arid_o     (axi_arid),
      .axi_araddr_o   (axi_araddr),
      .axi_arlen_o    (axi_arlen),
      .axi_arvalid_o  (axi_arvalid),
      .axi_arready_i  (axi_arready),
      .axi_rid_i      (axi_rid),
      .axi_rdata_i    (axi_rdata),
      .axi_rresp_i    (axi_rresp),
      .axi_rlast_i    (axi_rlast),
      .axi_rvalid_i   (axi_rvalid),
      .axi_rready_o   (axi_rready),
      .axi_awaddr_o   (axi_awaddr),
      .axi_awvalid_o  (axi_awvalid),
      .axi_awready_i  (axi_awready),
      .axi_wdata_o    (axi_wdata),
      .axi_wstrb_o    (axi_wstrb),
      .axi_wvalid_o   (axi_wvalid),
      .axi_wready_i   (axi_wready),
      .axi_bresp_i    (axi_bresp),
      .axi_bvalid_i   (axi_bvalid),
      .axi_bready_o   (axi_bready)
  );
endmodule
`default_nettype wire
