/// The machine on five pins: a shift register stands before each of its inputs and behind each of its outputs, so that a part's pads do
/// not bound what is placed (the wide ports lead to a memory controller and a host, not to pads) and nothing of the machine is
/// without an end. With `shift_i` the register passes on by a bit; else it takes what the machine gives.
`default_nettype none
module scanned #(
    parameter int unsigned Slices = 1,
    parameter int unsigned Cores = 1,
    parameter int unsigned PortBytes = 4,
    parameter int unsigned PrefetchBytes = 2048,
    parameter int unsigned ActivationWords = 512,
    parameter int unsigned SfuLanes = 2,
    parameter int unsigned VectorReals = 16384,
    parameter int unsigned Fold = 8
) (
    input  wire  clk_i,
    input  wire  rst_ni,
    input  wire  shift_i,
    input  wire  scan_i,
    output logic scan_o
);
  localparam int unsigned AddressBits = 40;
  typedef struct packed {
    logic [11:0]                        axil_awaddr;
    logic                               axil_awvalid;
    logic [31:0]                        axil_wdata;
    logic [3:0]                         axil_wstrb;
    logic                               axil_wvalid;
    logic                               axil_bready;
    logic [11:0]                        axil_araddr;
    logic                               axil_arvalid;
    logic                               axil_rready;
    logic [Slices-1:0]                  axi_arready;
    logic [Slices-1:0]                  axi_rid;
    logic [Slices-1:0][8*PortBytes-1:0] axi_rdata;
    logic [Slices-1:0][1:0]             axi_rresp;
    logic [Slices-1:0]                  axi_rlast;
    logic [Slices-1:0]                  axi_rvalid;
    logic [Slices-1:0]                  axi_awready;
    logic [Slices-1:0]                  axi_wready;
    logic [Slices-1:0][1:0]             axi_bresp;
    logic [Slices-1:0]                  axi_bvalid;
  } in_t;
  typedef struct packed {
    logic                               axil_awready;
    logic                               axil_wready;
    logic [1:0]                         axil_bresp;
    logic                               axil_bvalid;
    logic                               axil_arready;
    logic [31:0]                        axil_rdata;
    logic [1:0]                         axil_rresp;
    logic                               axil_rvalid;
    logic                               done;
    logic [Slices-1:0]                  axi_arid;
    logic [Slices-1:0][AddressBits-1:0] axi_araddr;
    logic [Slices-1:0][7:0]             axi_arlen;
    logic [Slices-1:0]                  axi_arvalid;
    logic [Slices-1:0]                  axi_rready;
    logic [Slices-1:0][AddressBits-1:0] axi_awaddr;
    logic [Slices-1:0]                  axi_awvalid;
    logic [Slices-1:0][8*PortBytes-1:0] axi_wdata;
    logic [Slices-1:0][PortBytes-1:0]   axi_wstrb;
    logic [Slices-1:0]                  axi_wvalid;
    logic [Slices-1:0]                  axi_bready;
  } out_t;

  in_t in_q;
  out_t out, out_q;
  machine #(
      .Slices         (Slices),
      .Cores          (Cores),
      .PortBytes      (PortBytes),
      .PrefetchBytes  (PrefetchBytes),
      .ActivationWords(ActivationWords),
      .SfuLanes       (SfuLanes),
      .VectorReals    (VectorReals),
      .Fold           (Fold),
      .AddressBits    (AddressBits)
  ) u_machine (
      .clk_i,
      .rst_ni,
      .axil_awaddr_i (in_q.axil_awaddr),
      .axil_awvalid_i(in_q.axil_awvalid),
      .axil_awready_o(out.axil_awready),
      .axil_wdata_i  (in_q.axil_wdata),
      .axil_wstrb_i  (in_q.axil_wstrb),
      .axil_wvalid_i (in_q.axil_wvalid),
      .axil_wready_o (out.axil_wready),
      .axil_bresp_o  (out.axil_bresp),
      .axil_bvalid_o (out.axil_bvalid),
      .axil_bready_i (in_q.axil_bready),
      .axil_araddr_i (in_q.axil_araddr),
      .axil_arvalid_i(in_q.axil_arvalid),
      .axil_arready_o(out.axil_arready),
      .axil_rdata_o  (out.axil_rdata),
      .axil_rresp_o  (out.axil_rresp),
      .axil_rvalid_o (out.axil_rvalid),
      .axil_rready_i (in_q.axil_rready),
      .done_o        (out.done),
      .axi_arid_o    (out.axi_arid),
      .axi_araddr_o  (out.axi_araddr),
      .axi_arlen_o   (out.axi_arlen),
      .axi_arvalid_o (out.axi_arvalid),
      .axi_arready_i (in_q.axi_arready),
      .axi_rid_i     (in_q.axi_rid),
      .axi_rdata_i   (in_q.axi_rdata),
      .axi_rresp_i   (in_q.axi_rresp),
      .axi_rlast_i   (in_q.axi_rlast),
      .axi_rvalid_i  (in_q.axi_rvalid),
      .axi_rready_o  (out.axi_rready),
      .axi_awaddr_o  (out.axi_awaddr),
      .axi_awvalid_o (out.axi_awvalid),
      .axi_awready_i (in_q.axi_awready),
      .axi_wdata_o   (out.axi_wdata),
      .axi_wstrb_o   (out.axi_wstrb),
      .axi_wvalid_o  (out.axi_wvalid),
      .axi_wready_i  (in_q.axi_wready),
      .axi_bresp_i   (in_q.axi_bresp),
      .axi_bvalid_i  (in_q.axi_bvalid),
      .axi_bready_o  (out.axi_bready)
  );

  assign scan_o = out_q[$bits(out_t)-1];
  always_ff @(posedge clk_i) begin
    if (shift_i) in_q <= {in_q[$bits(in_t)-2:0], scan_i};
    out_q <= shift_i ? {out_q[$bits(out_t)-2:0], 1'b0} : out;
  end
endmodule
`default_nettype wire
