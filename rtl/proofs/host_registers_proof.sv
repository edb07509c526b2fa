/// host_registers: each write and each read is answered once, and the answer stands until it is taken; the machine is started
/// only while it rests, once a write, and is at work from its start to its end.
`default_nettype none
module host_registers_proof
  import godwit_isa_pkg::*;
  import machine_pkg::*;
(
    input wire                clk_i,
    input wire                rst_ni,
    input wire         [11:0] awaddr_i,
    input wire                awvalid_i,
    input wire         [31:0] wdata_i,
    input wire         [ 3:0] wstrb_i,
    input wire                wvalid_i,
    input wire                bready_i,
    input wire         [11:0] araddr_i,
    input wire                arvalid_i,
    input wire                rready_i,
    input wire                done_i,
    input wire error_t        error_i,
    input wire         [31:0] position_i,
    input wire         [ 7:0] saturations_i
);
  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic awready, wready, bvalid, arready, rvalid, start, spill, greedy;
  logic [1:0] bresp, rresp;
  logic [31:0] rdata, position, tokens;
  byte_address_t program_address, descriptors;
  logic [19:0] count;
  logic [4:0] fraction_bits;
  logic [StopTokens-1:0] stop_valid;
  logic [StopTokens-1:0][23:0] stop;
  host_registers u_registers (
      .clk_i,
      .rst_ni,
      .axil_awaddr_i  (awaddr_i),
      .axil_awvalid_i (awvalid_i),
      .axil_awready_o (awready),
      .axil_wdata_i   (wdata_i),
      .axil_wstrb_i   (wstrb_i),
      .axil_wvalid_i  (wvalid_i),
      .axil_wready_o  (wready),
      .axil_bresp_o   (bresp),
      .axil_bvalid_o  (bvalid),
      .axil_bready_i  (bready_i),
      .axil_araddr_i  (araddr_i),
      .axil_arvalid_i (arvalid_i),
      .axil_arready_o (arready),
      .axil_rdata_o   (rdata),
      .axil_rresp_o   (rresp),
      .axil_rvalid_o  (rvalid),
      .axil_rready_i  (rready_i),
      .start_o        (start),
      .done_i,
      .error_i,
      .position_i,
      .saturations_i,
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

  // ---- answers that are owed ----
  logic [1:0] writes_q, reads_q;
  always_ff @(posedge clk_i) begin
    writes_q <= rst_ni ? writes_q + 2'(awvalid_i && awready) - 2'(bvalid && bready_i) : '0;
    reads_q  <= rst_ni ? reads_q + 2'(arvalid_i && arready) - 2'(rvalid && rready_i) : '0;
  end

  // ---- the machine: at work from start to end ----
  logic busy_q;
  always_ff @(posedge clk_i) busy_q <= rst_ni && (start || busy_q) && !done_i;
  always_comb assume (!done_i || busy_q);

  logic write_waited_q, read_waited_q, start_q;
  logic [1:0] bresp_q, rresp_q;
  logic [31:0] rdata_q;
  always_ff @(posedge clk_i) begin
    write_waited_q <= rst_ni && bvalid && !bready_i;
    read_waited_q <= rst_ni && rvalid && !rready_i;
    start_q <= start;
    bresp_q <= bresp;
    rresp_q <= rresp;
    rdata_q <= rdata;
  end

  always_comb begin
    if (begun_q) begin
      AddressWithData : assert (!rst_ni || (awvalid_i && awready) == (wvalid_i && wready));
      WritesAreAnswered : assert (writes_q == 2'(bvalid));
      ReadsAreAnswered : assert (reads_q == 2'(rvalid));
      WriteAnswerStands : assert (!write_waited_q || (bvalid && bresp == bresp_q));
      ReadAnswerStands : assert (!read_waited_q || (rvalid && rresp == rresp_q && rdata == rdata_q));
      StartsAtRest : assert (!start || (!busy_q && !start_q));
      AtWork : assert (u_registers.control_q.start == (start || busy_q));
      IdleAtRest : assert (u_registers.control_q.idle == !u_registers.control_q.start);
    end
  end
endmodule
`default_nettype wire
