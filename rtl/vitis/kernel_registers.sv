/// What a Vitis RTL kernel has beside the machine's own registers, on the same AXI4-Lite port: interrupts (0x04 global enable,
/// 0x08 enable, 0x0c status: bit 0 done, bit 1 ready; docs: UG1393, "Control Requirements for XRT-Managed Kernels") and, from
/// FirstBase on, where each channel's memory begins. All other addresses are the machine's. A status bit is set at the end of
/// a run if it is enabled, and cleared by writing a one to it. Bases are whole pages of 4 KB and are not written during a run.
`default_nettype none
module kernel_registers #(
    parameter int unsigned Channels    = 2,
    parameter int unsigned AddressBits = 12,
    parameter int unsigned FirstBase   = 256  // byte address; eight bytes a channel
) (
    input  wire                          clk_i,
    input  wire                          rst_ni,
    // host
    input  wire  [AddressBits-1:0]       axil_awaddr_i,
    input  wire                          axil_awvalid_i,
    output logic                         axil_awready_o,
    input  wire  [           31:0]       axil_wdata_i,
    input  wire  [            3:0]       axil_wstrb_i,
    input  wire                          axil_wvalid_i,
    output logic                         axil_wready_o,
    output logic [            1:0]       axil_bresp_o,
    output logic                         axil_bvalid_o,
    input  wire                          axil_bready_i,
    input  wire  [AddressBits-1:0]       axil_araddr_i,
    input  wire                          axil_arvalid_i,
    output logic                         axil_arready_o,
    output logic [           31:0]       axil_rdata_o,
    output logic [            1:0]       axil_rresp_o,
    output logic                         axil_rvalid_o,
    input  wire                          axil_rready_i,
    // the machine, to which addresses and data go as they come
    output logic                         machine_awvalid_o,
    input  wire                          machine_awready_i,
    output logic                         machine_wvalid_o,
    input  wire  [            1:0]       machine_bresp_i,
    input  wire                          machine_bvalid_i,
    output logic                         machine_bready_o,
    output logic                         machine_arvalid_o,
    input  wire                          machine_arready_i,
    input  wire  [           31:0]       machine_rdata_i,
    input  wire  [            1:0]       machine_rresp_i,
    input  wire                          machine_rvalid_i,
    output logic                         machine_rready_o,
    input  wire                          done_i,             // for one cycle: a run has ended
    output logic                         interrupt_o,
    output logic [   Channels-1:0][63:0] base_o
);
  localparam logic [1:0] Okay = 2'b00;
  localparam int unsigned EndBase = FirstBase + 8 * Channels;
  localparam int unsigned ChannelBits = Channels > 1 ? $clog2(Channels) : 1;
  typedef logic [31:0] offset_t;
  typedef logic [ChannelBits-1:0] channel_t;

  logic global_q;
  logic [1:0] enable_q, status_q;
  logic [Channels-1:0][63:0] base_q;

  function automatic logic is_own(input offset_t offset);
    return offset inside {32'h4, 32'h8, 32'hc} || (offset >= FirstBase && offset < EndBase);
  endfunction
  function automatic offset_t word_of(input logic [AddressBits-1:0] address);
    return offset_t'({address[AddressBits-1:2], 2'b0});
  endfunction
  function automatic channel_t channel_of(input offset_t offset);
    return channel_t'((offset - FirstBase) >> 3);
  endfunction

  // ---- write: one is unanswered at a time ----
  offset_t write_offset;
  logic write_own, write_comes, own_write, own_answer_q;
  logic [31:0] mask;
  assign write_offset = word_of(axil_awaddr_i);
  assign write_own = is_own(write_offset);
  assign write_comes = axil_awvalid_i && axil_wvalid_i && !own_answer_q;
  assign own_write = write_comes && write_own && !machine_bvalid_i;
  assign machine_awvalid_o = write_comes && !write_own;
  assign machine_wvalid_o = machine_awvalid_o;
  assign axil_awready_o = own_write || (machine_awvalid_o && machine_awready_i);
  assign axil_wready_o = axil_awready_o;
  assign axil_bvalid_o = own_answer_q || machine_bvalid_i;
  assign axil_bresp_o = own_answer_q ? Okay : machine_bresp_i;
  assign machine_bready_o = axil_bready_i && !own_answer_q;
  always_comb begin
    for (int unsigned b = 0; b < 4; b++) mask[8*b+:8] = {8{axil_wstrb_i[b]}};
  end

  // ---- read: one is unanswered at a time ----
  offset_t read_offset;
  logic read_own, own_read, own_data_q;
  logic [31:0] read_data, data_q;
  assign read_offset = word_of(axil_araddr_i);
  assign read_own = is_own(read_offset);
  assign own_read = axil_arvalid_i && read_own && !own_data_q && !machine_rvalid_i;
  assign machine_arvalid_o = axil_arvalid_i && !read_own && !own_data_q;
  assign axil_arready_o = own_read || (machine_arvalid_o && machine_arready_i);
  assign axil_rvalid_o = own_data_q || machine_rvalid_i;
  assign axil_rdata_o = own_data_q ? data_q : machine_rdata_i;
  assign axil_rresp_o = own_data_q ? Okay : machine_rresp_i;
  assign machine_rready_o = axil_rready_i && !own_data_q;
  always_comb begin
    case (read_offset)
      32'h4: read_data = {31'b0, global_q};
      32'h8: read_data = {30'b0, enable_q};
      32'hc: read_data = {30'b0, status_q};
      default: begin
        read_data = read_offset[2] ? base_q[channel_of(read_offset)][63:32] : base_q[channel_of(read_offset)][31:0];
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (own_read) data_q <= read_data;
    if (!rst_ni) begin
      global_q <= 1'b0;
      enable_q <= '0;
      status_q <= '0;
      base_q <= '0;
      own_answer_q <= 1'b0;
      own_data_q <= 1'b0;
    end else begin
      own_answer_q <= own_write || (own_answer_q && !axil_bready_i);
      own_data_q   <= own_read || (own_data_q && !axil_rready_i);
      if (own_write) begin
        case (write_offset)
          32'h4: if (mask[0]) global_q <= axil_wdata_i[0];
          32'h8: enable_q <= (enable_q & ~mask[1:0]) | (axil_wdata_i[1:0] & mask[1:0]);
          32'hc: status_q <= status_q & ~(axil_wdata_i[1:0] & mask[1:0]);
          default: begin
            if (write_offset[2]) begin
              base_q[channel_of(write_offset)][63:32] <= (base_q[channel_of(write_offset)][63:32] & ~mask) |
                  (axil_wdata_i & mask);
            end else begin
              base_q[channel_of(write_offset)][31:0] <= (base_q[channel_of(write_offset)][31:0] & ~mask) |
                  (axil_wdata_i & mask);
            end
          end
        endcase
      end
      // An end in the cycle in which another one's bit is cleared is not lost.
      if (done_i) begin
        status_q <= ((own_write && write_offset == 32'hc) ? status_q & ~(axil_wdata_i[1:0] & mask[1:0]) : status_q) |
            enable_q;
      end
    end
  end
  assign interrupt_o = global_q && status_q != '0;
  assign base_o = base_q;

  initial begin
    assert (FirstBase % 8 == 0 && EndBase <= 1 << AddressBits);
  end
endmodule
`default_nettype wire
