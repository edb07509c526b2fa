/// kernel_registers in front of host_registers, as in the kernel, with the names that cocotbext-axi looks for.
`default_nettype none
module kernel_registers_axi
  import godwit_isa_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Channels = 3
) (
    input  wire                       clk,
    input  wire                       rst_n,
    input  wire  [        11:0]       axil_awaddr,
    input  wire  [         2:0]       axil_awprot,
    input  wire                       axil_awvalid,
    output logic                      axil_awready,
    input  wire  [        31:0]       axil_wdata,
    input  wire  [         3:0]       axil_wstrb,
    input  wire                       axil_wvalid,
    output logic                      axil_wready,
    output logic [         1:0]       axil_bresp,
    output logic                      axil_bvalid,
    input  wire                       axil_bready,
    input  wire  [        11:0]       axil_araddr,
    input  wire  [         2:0]       axil_arprot,
    input  wire                       axil_arvalid,
    output logic                      axil_arready,
    output logic [        31:0]       axil_rdata,
    output logic [         1:0]       axil_rresp,
    output logic                      axil_rvalid,
    input  wire                       axil_rready,
    output logic                      start,
    input  wire                       done,
    output logic                      interrupt,
    output logic [Channels-1:0][63:0] base,
    output logic [        31:0]       tokens
);
  logic awvalid, awready, wready, wvalid, bvalid, bready, arvalid, arready, rvalid, rready, spill, greedy;
  logic [1:0] bresp, rresp;
  logic [31:0] rdata, position;
  byte_address_t program_address, descriptors;
  logic [19:0] count;
  logic [4:0] fraction_bits;
  logic [StopTokens-1:0] stop_valid;
  logic [StopTokens-1:0][23:0] stop;
  kernel_registers #(
      .Channels(Channels)
  ) u_kernel (
      .clk_i            (clk),
      .rst_ni           (rst_n),
      .axil_awaddr_i    (axil_awaddr),
      .axil_awvalid_i   (axil_awvalid),
      .axil_awready_o   (axil_awready),
      .axil_wdata_i     (axil_wdata),
      .axil_wstrb_i     (axil_wstrb),
      .axil_wvalid_i    (axil_wvalid),
      .axil_wready_o    (axil_wready),
      .axil_bresp_o     (axil_bresp),
      .axil_bvalid_o    (axil_bvalid),
      .axil_bready_i    (axil_bready),
      .axil_araddr_i    (axil_araddr),
      .axil_arvalid_i   (axil_arvalid),
      .axil_arready_o   (axil_arready),
      .axil_rdata_o     (axil_rdata),
      .axil_rresp_o     (axil_rresp),
      .axil_rvalid_o    (axil_rvalid),
      .axil_rready_i    (axil_rready),
      .machine_awvalid_o(awvalid),
      .machine_awready_i(awready && wready),
      .machine_wvalid_o (wvalid),
      .machine_bresp_i  (bresp),
      .machine_bvalid_i (bvalid),
      .machine_bready_o (bready),
      .machine_arvalid_o(arvalid),
      .machine_arready_i(arready),
      .machine_rdata_i  (rdata),
      .machine_rresp_i  (rresp),
      .machine_rvalid_i (rvalid),
      .machine_rready_o (rready),
      .done_i           (done),
      .interrupt_o      (interrupt),
      .base_o           (base)
  );
  host_registers u_host (
      .clk_i          (clk),
      .rst_ni         (rst_n),
      .axil_awaddr_i  (axil_awaddr),
      .axil_awvalid_i (awvalid),
      .axil_awready_o (awready),
      .axil_wdata_i   (axil_wdata),
      .axil_wstrb_i   (axil_wstrb),
      .axil_wvalid_i  (wvalid),
      .axil_wready_o  (wready),
      .axil_bresp_o   (bresp),
      .axil_bvalid_o  (bvalid),
      .axil_bready_i  (bready),
      .axil_araddr_i  (axil_araddr),
      .axil_arvalid_i (arvalid),
      .axil_arready_o (arready),
      .axil_rdata_o   (rdata),
      .axil_rresp_o   (rresp),
      .axil_rvalid_o  (rvalid),
      .axil_rready_i  (rready),
      .start_o        (start),
      .done_i         (done),
      .error_i        ('0),
      .position_i     ('0),
      .saturations_i  ('0),
      .program_o      (program_address),
      .descriptors_o  (descriptors),
      .position_o     (position),
      .tokens_o       (tokens),
      .spill_o        (spill),
      .greedy_o       (greedy),
      .count_o        (count),
      .fraction_bits_o(fraction_bits),
      .stop_valid_o   (stop_valid),
      .stop_o         (stop)
  );
endmodule
`default_nettype wire
