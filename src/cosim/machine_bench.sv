/// The machine with its ports opened into arrays, for a driver in C++, and a way to look into its memories while it rests.
`default_nettype none
module machine_bench
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import fault_pkg::*;
#(
    parameter  int unsigned Slices          = 2,
    parameter  int unsigned Cores           = 1,
    parameter  int unsigned PortBytes       = 64,
    parameter  int unsigned PrefetchBytes   = 16384,
    parameter  int unsigned SfuLanes        = 8,
    parameter  int unsigned WatchdogBits    = 24,
    parameter  int unsigned VectorReals     = 65536,
    parameter  int unsigned ActivationWords = 4096,
    parameter  int unsigned Fold            = 1,
    parameter  int unsigned CascadeLatency  = 8,
    localparam int unsigned Banks           = SfuLanes < 8 ? 1 : SfuLanes / 8,
    localparam int unsigned RowBits         = $clog2(VectorReals / 8 / Banks),
    localparam int unsigned ChunkBits       = $clog2(ActivationWords / ChunkBlocks)
) (
    input  wire                    clk_i,
    input  wire                    rst_ni,
    input  wire  [            7:0] fault_i,
    output logic                   done_o,
    // AXI4-Lite
    input  wire  [           11:0] axil_awaddr_i,
    input  wire                    axil_awvalid_i,
    output logic                   axil_awready_o,
    input  wire  [           31:0] axil_wdata_i,
    input  wire                    axil_wvalid_i,
    output logic                   axil_wready_o,
    output logic [            1:0] axil_bresp_o,
    output logic                   axil_bvalid_o,
    input  wire  [           11:0] axil_araddr_i,
    input  wire                    axil_arvalid_i,
    output logic                   axil_arready_o,
    output logic [           31:0] axil_rdata_o,
    output logic                   axil_rvalid_o,
    // AXI4, one a channel
    output logic                   arid_o         [            Slices],
    output logic [           39:0] araddr_o       [            Slices],
    output logic [            7:0] arlen_o        [            Slices],
    output logic                   arvalid_o      [            Slices],
    input  wire                    arready_i      [            Slices],
    input  wire                    rid_i          [            Slices],
    input  wire  [8*PortBytes-1:0] rdata_i        [            Slices],
    input  wire  [            1:0] rresp_i        [            Slices],
    input  wire                    rlast_i        [            Slices],
    input  wire                    rvalid_i       [            Slices],
    output logic                   rready_o       [            Slices],
    output logic [           39:0] awaddr_o       [            Slices],
    output logic                   awvalid_o      [            Slices],
    input  wire                    awready_i      [            Slices],
    output logic [8*PortBytes-1:0] wdata_o        [            Slices],
    output logic [  PortBytes-1:0] wstrb_o        [            Slices],
    output logic                   wvalid_o       [            Slices],
    input  wire                    wready_i       [            Slices],
    input  wire  [            1:0] bresp_i        [            Slices],
    input  wire                    bvalid_i       [            Slices],
    output logic                   bready_o       [            Slices],
    // writes on chip in this cycle (of each core MPE, load, SFU; the SFU's digits and scales), units that begin or end (unit_e
    // less one)
    output logic [    3*Cores-1:0] write_o,
    output logic [           23:0] write_address_o[           3*Cores],
    output logic [    8*Banks-1:0] write_strobe_o [           3*Cores],
    output logic [  256*Banks-1:0] write_data_o   [           3*Cores],
    output logic [      Cores-1:0] word_o,
    output logic [           15:0] word_address_o [             Cores],
    output logic [          255:0] word_digits_o  [             Cores],
    output logic [           23:0] word_sums_o    [             Cores],
    output logic [      Cores-1:0] scales_o,
    output logic [           13:0] scales_chunk_o [             Cores],
    output logic [           47:0] scales_data_o  [             Cores],
    output logic [            4:0] started_o,
    output logic [            4:0] ended_o,
    output logic [           31:0] instruction_o  [                 5],
    // what is at work in this cycle: a unit with an instruction (stream, load, mpe, sfu, store), a slice with a pass
    output logic [            4:0] busy_o,
    output logic [     Slices-1:0] pass_o,
    // a look: [0] eight reals of a row of each core's banks, [1] a chunk of inputs of each slice with its scales
    input  wire  [            1:0] look_i,
    input  wire  [    RowBits-1:0] look_row_i,
    output logic [          255:0] look_reals_o   [       Cores*Banks],
    input  wire  [  ChunkBits-1:0] look_chunk_i,
    output logic [          255:0] look_digits_o  [Slices*ChunkBlocks],
    output logic [           23:0] look_sums_o    [Slices*ChunkBlocks],
    output logic [           47:0] look_scales_o  [            Slices]
);
  localparam int unsigned Own = Slices / Cores;
  typedef logic [8*PortBytes-1:0] line_t;

  // From a register, so that what depends on it is not computed once more because it might be an input that changed.
  fault_e fault_q;
  always_ff @(posedge clk_i) fault_q <= fault_e'(fault_i);

  logic [Slices-1:0] arid, arvalid, arready, rid, rlast, rvalid, rready;
  logic [Slices-1:0] awvalid, awready, wvalid, wready, bvalid, bready;
  logic [Slices-1:0][39:0] araddr, awaddr;
  logic [Slices-1:0][7:0] arlen;
  logic [Slices-1:0][1:0] rresp, bresp;
  line_t [Slices-1:0] rdata, wdata;
  logic [Slices-1:0][PortBytes-1:0] wstrb;
  logic [1:0] unused_rresp;
  machine #(
      .Slices         (Slices),
      .Cores          (Cores),
      .PortBytes      (PortBytes),
      .PrefetchBytes  (PrefetchBytes),
      .SfuLanes       (SfuLanes),
      .WatchdogBits   (WatchdogBits),
      .VectorReals    (VectorReals),
      .ActivationWords(ActivationWords),
      .Fold           (Fold),
      .CascadeLatency (CascadeLatency)
  ) u_machine (
      .clk_i,
      .rst_ni,
      .axil_awaddr_i,
      .axil_awvalid_i,
      .axil_awready_o,
      .axil_wdata_i,
      .axil_wstrb_i (4'hf),
      .axil_wvalid_i,
      .axil_wready_o,
      .axil_bresp_o,
      .axil_bvalid_o,
      .axil_bready_i(1'b1),
      .axil_araddr_i,
      .axil_arvalid_i,
      .axil_arready_o,
      .axil_rdata_o,
      .axil_rresp_o (unused_rresp),
      .axil_rvalid_o,
      .axil_rready_i(1'b1),
      .fault_i      (fault_q),
      .done_o,
      .axi_arid_o   (arid),
      .axi_araddr_o (araddr),
      .axi_arlen_o  (arlen),
      .axi_arvalid_o(arvalid),
      .axi_arready_i(arready),
      .axi_rid_i    (rid),
      .axi_rdata_i  (rdata),
      .axi_rresp_i  (rresp),
      .axi_rlast_i  (rlast),
      .axi_rvalid_i (rvalid),
      .axi_rready_o (rready),
      .axi_awaddr_o (awaddr),
      .axi_awvalid_o(awvalid),
      .axi_awready_i(awready),
      .axi_wdata_o  (wdata),
      .axi_wstrb_o  (wstrb),
      .axi_wvalid_o (wvalid),
      .axi_wready_i (wready),
      .axi_bresp_i  (bresp),
      .axi_bvalid_i (bvalid),
      .axi_bready_o (bready)
  );
  for (genvar s = 0; s < Slices; s++) begin : gen_port
    assign arid_o[s] = arid[s];
    assign araddr_o[s] = araddr[s];
    assign arlen_o[s] = arlen[s];
    assign arvalid_o[s] = arvalid[s];
    assign arready[s] = arready_i[s];
    assign rid[s] = rid_i[s];
    assign rdata[s] = rdata_i[s];
    assign rresp[s] = rresp_i[s];
    assign rlast[s] = rlast_i[s];
    assign rvalid[s] = rvalid_i[s];
    assign rready_o[s] = rready[s];
    assign awaddr_o[s] = awaddr[s];
    assign awvalid_o[s] = awvalid[s];
    assign awready[s] = awready_i[s];
    always_latch if (wvalid[s]) wdata_o[s] = wdata[s];
    assign wstrb_o[s] = wstrb[s];
    assign wvalid_o[s] = wvalid[s];
    assign wready[s] = wready_i[s];
    assign bresp[s] = bresp_i[s];
    assign bvalid[s] = bvalid_i[s];
    assign bready_o[s] = bready[s];
  end

  // ---- work ----
  for (genvar u = 0; u < 5; u++) begin : gen_busy
    assign busy_o[u] = u_machine.gen_queue[u].u_queue.busy_q;
  end
  for (genvar s = 0; s < Slices; s++) begin : gen_pass
    assign pass_o[s] = u_machine.gen_core[s/Own].u_core.gen_slice[s%Own].u_slice.pass0.valid;
  end

  // ---- writes and units ----
  for (genvar c = 0; c < Cores; c++) begin : gen_writes
    assign write_o[3*c+:3] = u_machine.gen_core[c].u_core.write_valid & u_machine.gen_core[c].u_core.write_ready;
    for (genvar p = 0; p < 3; p++) begin : gen_write
      assign write_address_o[3*c+p] = u_machine.gen_core[c].u_core.write_address[p];
      assign write_strobe_o[3*c+p] = u_machine.gen_core[c].u_core.write_strobe[p];
      assign write_data_o[3*c+p] = u_machine.gen_core[c].u_core.write_data[p];
    end
    assign word_o[c] = u_machine.gen_core[c].u_core.word_valid;
    assign word_address_o[c] = u_machine.gen_core[c].u_core.word;
    assign word_digits_o[c] = u_machine.gen_core[c].u_core.word_data[0].digits;  // cards of up to 16 lanes
    assign word_sums_o[c] = {
      u_machine.gen_core[c].u_core.word_data[0].sum_hi, u_machine.gen_core[c].u_core.word_data[0].sum_lo
    };
    assign scales_o[c] = u_machine.gen_core[c].u_core.scales_valid;
    assign scales_chunk_o[c] = u_machine.gen_core[c].u_core.scales_chunk;
    assign scales_data_o[c] = u_machine.gen_core[c].u_core.scales;
  end
  assign started_o = u_machine.started;
  assign ended_o   = u_machine.ended;
  for (genvar u = 0; u < 5; u++) begin : gen_unit
    assign instruction_o[u] = u_machine.op[u].index;
  end

  // ---- looks: what is shown stands, as nobody reads it, where nobody looks ----
  for (genvar b = 0; b < Cores * Banks; b++) begin : gen_bank
    for (genvar r = 0; r < 8; r++) begin : gen_real
      always_latch begin
        if (look_i[0]) begin
          look_reals_o[b][32*r+:32] =
              u_machine.gen_core[b/Banks].u_core.u_vectors.gen_bank[b%Banks].u_bank.gen_real[r].real_q[look_row_i];
        end
      end
    end
  end
  for (genvar c = 0; c < Cores; c++) begin : gen_core
    for (genvar s = 0; s < Own; s++) begin : gen_slice
      localparam int unsigned Slice = c * Own + s;
      for (genvar b = 0; b < ChunkBlocks; b++) begin : gen_block
        always_latch begin
          if (look_i[1]) begin
            {look_sums_o[Slice*ChunkBlocks+b], look_digits_o[Slice*ChunkBlocks+b]} =
                u_machine.gen_core[c].u_core.gen_slice[s].u_slice.u_activations.gen_bank[b].bank_q[look_chunk_i];
          end
        end
      end
      always_latch begin
        if (look_i[1]) begin
          look_scales_o[Slice] = u_machine.gen_core[c].u_core.gen_slice[s].u_slice.u_activations.scales_q[look_chunk_i];
        end
      end
    end
  end
endmodule
`default_nettype wire
