/// port: what it asks for always has room, so no beat is lost and none is refused; bursts are whole words that do not cross
/// 4 KB; what it shows at the bus stands until it is taken; no answer is miscounted; and of every granule that is to be
/// written each byte is written once, the others never (one byte, `byte_i`, is watched). The bus answers only what was asked,
/// in bursts that end as they were asked for; a flush stays until the port is quiet; jobs are whole words of the port.
`default_nettype none
module port_proof
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter  int unsigned PortBytes   = 64,
    parameter  int unsigned FifoWords   = 8,
    parameter  int unsigned BurstWords  = 4,
    parameter  int unsigned Outstanding = 2,
    localparam int unsigned AddressBits = 40,
    localparam int unsigned Ways        = stream_ways(PortBytes)
) (
    input wire                                clk_i,
    input wire                                rst_ni,
    input wire              [AddressBits-1:0] base_i,
    input wire                                flush_i,
    input wire stream_job_t                   job_i,
    input wire                                job_valid_i,
    input wire              [       Ways-1:0] stream_ready_i,
    input wire side_read_t                    read_i,
    input wire                                read_valid_i,
    input wire                                granule_ready_i,
    input wire side_write_t                   write_i,
    input wire                                write_valid_i,
    input wire                                arready_i,
    input wire                                rid_i,
    input wire              [8*PortBytes-1:0] rdata_i,
    input wire              [            1:0] rresp_i,
    input wire                                rlast_i,
    input wire                                rvalid_i,
    input wire                                awready_i,
    input wire                                wready_i,
    input wire              [            1:0] bresp_i,
    input wire                                bvalid_i,
    input wire              [            3:0] byte_i
);
  localparam int unsigned WordGranules = PortBytes < 16 ? 1 : PortBytes / 16;
  localparam int unsigned GranuleWords = PortBytes < 16 ? 16 / PortBytes : 1;
  localparam int unsigned WordShift = $clog2(PortBytes);
  localparam int unsigned SideShift = WordShift < 4 ? 4 : WordShift;  // side reads are of whole granules and words
  localparam logic [1:0] SideRest = 2'd0;  // states of the port's side reads
  localparam logic [1:0] SideTake = 2'd2;
  typedef logic [9:0] number_t;
  typedef logic [AddressBits-1:0] address_t;

  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic quiet, job_ready, idle, read_ready, granule_valid, write_ready, writes_idle;
  logic stream_error, side_error, write_error, arid, arvalid, rready, awvalid, wvalid, bready;
  logic [Ways-1:0] stream_valid;
  logic [Ways-1:0][8*PortBytes-1:0] stream;
  logic [8*PortBytes-1:0] wdata;
  logic [PortBytes-1:0] wstrb;
  granule_t granule;
  address_t araddr, awaddr;
  logic [7:0] arlen;
  port #(
      .PortBytes  (PortBytes),
      .FifoWords  (FifoWords),
      .BurstWords (BurstWords),
      .Outstanding(Outstanding),
      .AddressBits(AddressBits)
  ) u_port (
      .clk_i,
      .rst_ni,
      .base_i,
      .flush_i,
      .quiet_o        (quiet),
      .job_i,
      .job_valid_i,
      .job_ready_o    (job_ready),
      .stream_o       (stream),
      .stream_valid_o (stream_valid),
      .stream_ready_i,
      .idle_o         (idle),
      .read_i,
      .read_valid_i,
      .read_ready_o   (read_ready),
      .granule_o      (granule),
      .granule_valid_o(granule_valid),
      .granule_ready_i,
      .write_i,
      .write_valid_i,
      .write_ready_o  (write_ready),
      .writes_idle_o  (writes_idle),
      .stream_error_o (stream_error),
      .side_error_o   (side_error),
      .write_error_o  (write_error),
      .axi_arid_o     (arid),
      .axi_araddr_o   (araddr),
      .axi_arlen_o    (arlen),
      .axi_arvalid_o  (arvalid),
      .axi_arready_i  (arready_i),
      .axi_rid_i      (rid_i),
      .axi_rdata_i    (rdata_i),
      .axi_rresp_i    (rresp_i),
      .axi_rlast_i    (rlast_i),
      .axi_rvalid_i   (rvalid_i),
      .axi_rready_o   (rready),
      .axi_awaddr_o   (awaddr),
      .axi_awvalid_o  (awvalid),
      .axi_awready_i  (awready_i),
      .axi_wdata_o    (wdata),
      .axi_wstrb_o    (wstrb),
      .axi_wvalid_o   (wvalid),
      .axi_wready_i   (wready_i),
      .axi_bresp_i    (bresp_i),
      .axi_bvalid_i   (bvalid_i),
      .axi_bready_o   (bready)
  );

  // ---- who uses it ----
  address_t base_q;  // stands from the reset on
  logic flushed_q, quiet_q;
  always_ff @(posedge clk_i) begin
    if (!begun_q) base_q <= base_i;
    flushed_q <= rst_ni && flush_i;
    quiet_q   <= quiet;
  end
  always_comb begin
    assume (base_i[11:0] == '0 && (!begun_q || base_i == base_q));
    assume (!flushed_q || flush_i || quiet_q);
    assume (job_i.address % 36'(WordGranules) == 0 && job_i.stride % 32'(WordGranules) == 0);
    assume (job_i.row_granules % 32'(WordGranules) == 0 && (job_i.rows == 0 || job_i.row_granules != 0));
    assume (read_i.granules != 0 && read_i.address[3:0] == 0 && write_i.address[3:0] == 0);
  end

  // ---- the bus: words and bursts that it owes, by id ----
  number_t words_q[2], bursts_q[2];
  logic ask;
  assign ask = arvalid && arready_i;
  always_comb begin
    if (rvalid_i) begin
      assume (words_q[rid_i] != 0);
      if (bursts_q[rid_i] == 1)
        assume (rlast_i == (words_q[rid_i] == 1));
        else assume (rlast_i || words_q[rid_i] > bursts_q[rid_i]);
    end
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < 2; i++) begin
      words_q[i] <= words_q[i] + (ask && arid == 1'(i) ? number_t'(arlen) + 1'b1 : '0) -
          number_t'(rvalid_i && rid_i == 1'(i));
      bursts_q[i] <= bursts_q[i] + number_t'(ask && arid == 1'(i)) - number_t'(rvalid_i && rid_i == 1'(i) && rlast_i);
      if (!rst_ni) begin
        words_q[i]  <= '0;
        bursts_q[i] <= '0;
      end
    end
  end
  number_t asking[2];  // words of the burst that is not taken yet
  always_comb begin
    for (int unsigned i = 0; i < 2; i++) asking[i] = arvalid && arid == 1'(i) ? number_t'(arlen) + 1'b1 : '0;
  end

  // ---- words that the side read still needs, and those that its collector holds ----
  logic [15:0] needed, burst;
  number_t parts;
  if (PortBytes < 16) begin : gen_parts
    assign parts  = number_t'(u_port.gen_collect.u_collector.gen_gather.parts_q);
    assign needed = 16'(u_port.side_remain_q) * 16'(GranuleWords);
  end else begin : gen_no_parts
    assign parts  = '0;
    assign needed = (16'(u_port.side_remain_q) + 16'(u_port.side_lane_q) + 16'(WordGranules - 1)) / 16'(WordGranules);
  end
  assign burst = 16'(u_port.side_burst_q) + 16'(parts);

  // ---- writes: addresses and data that were taken and not answered ----
  number_t addresses_q, data_q;
  always_comb assume (!bvalid_i || (addresses_q != 0 && data_q != 0));
  always_ff @(posedge clk_i) begin
    addresses_q <= addresses_q + number_t'(awvalid && awready_i) - number_t'(bvalid_i);
    data_q <= data_q + number_t'(wvalid && wready_i) - number_t'(bvalid_i);
    if (!rst_ni) begin
      addresses_q <= '0;
      data_q <= '0;
    end
  end

  // ---- one byte of the granule that is written ----
  side_write_t write_q;
  logic [3:0] byte_q;
  logic due_q, beat, covers;
  address_t byte_address, lane;
  always_ff @(posedge clk_i) begin
    if (!begun_q) byte_q <= byte_i;
    if (write_valid_i && write_ready) begin
      write_q <= write_i;
      due_q   <= write_i.strobe[byte_q];
    end else if (beat && covers) begin
      due_q <= 1'b0;
    end
    if (!rst_ni) due_q <= 1'b0;
  end
  assign beat = u_port.beat_goes;
  assign byte_address = base_q + address_t'(write_q.address) + address_t'(byte_q);
  assign lane = byte_address - awaddr;
  assign covers = lane < address_t'(PortBytes);
  logic byte_right;
  always_comb begin
    byte_right = 1'b1;
    for (int unsigned b = 0; b < PortBytes; b++) begin
      if (lane == address_t'(b)) begin
        byte_right = wstrb[b] == due_q && (!due_q || wdata[8*b+:8] == write_q.data[byte_q*8+:8]);
      end
    end
  end
  logic [GranuleWords-1:0]
      wanted, some;  // words of the granule in the register: to be written; that have a byte to write
  if (PortBytes < 16) begin : gen_wanted
    assign wanted = u_port.gen_cut.wanted_q;
  end else begin : gen_whole
    assign wanted = '1;
  end
  number_t beats;  // that it still takes
  always_comb begin
    beats = '0;
    for (int unsigned p = 0; p < GranuleWords; p++) begin
      some[p] = u_port.write_q.strobe[p*(16/GranuleWords)+:16/GranuleWords] != 0;
      beats   = beats + number_t'(wanted[p]);
    end
    if (beats == 0) beats = number_t'(1);
  end

  // ---- what was on show ----
  logic ask_waited_q, address_waited_q, data_waited_q, arid_q;
  address_t araddr_q, awaddr_q;
  logic [7:0] arlen_q;
  logic [8*PortBytes-1:0] wdata_q;
  logic [PortBytes-1:0] wstrb_q;
  always_ff @(posedge clk_i) begin
    ask_waited_q <= rst_ni && arvalid && !arready_i;
    address_waited_q <= rst_ni && awvalid && !awready_i;
    data_waited_q <= rst_ni && wvalid && !wready_i;
    arid_q <= arid;
    araddr_q <= araddr;
    arlen_q <= arlen;
    awaddr_q <= awaddr;
    wdata_q <= wdata;
    wstrb_q <= wstrb;
  end

  // ---- words are taken in turn ----
  logic turn_q;  // whose word is the next
  number_t count[2];
  number_t waiting;
  assign count[0] = number_t'(u_port.gen_way[0].u_prefetch.count_q);
  if (Ways == 2) begin : gen_second
    assign count[1] = number_t'(u_port.gen_way[1].u_prefetch.count_q);
    always_comb assume (!stream_ready_i[!turn_q] || (stream_ready_i[turn_q] && stream_valid[turn_q]));
    always_ff @(posedge clk_i) turn_q <= rst_ni && !flush_i && (turn_q ^ (^(stream_valid & stream_ready_i)));
  end else begin : gen_only
    assign count[1] = count[0];
    assign turn_q   = 1'b0;
  end
  assign waiting = Ways == 2 ? count[0] + count[1] : count[0];

  always_comb begin
    if (begun_q) begin
      // reads
      BusOwesBursts :
      assert (words_q[0] >= bursts_q[0] && words_q[1] >= bursts_q[1] && (words_q[0] == 0) == (bursts_q[0] == 0) &&
              (words_q[1] == 0) == (bursts_q[1] == 0));
      OwesNoMoreThanHasRoom :
      assert (words_q[0] + asking[0] <= FifoWords && words_q[1] + asking[1] <= BurstWords &&
              waiting <= FifoWords && u_port.u_side.count_q <= BurstWords);
      RoomIsCounted :
      assert (flushed_q ? number_t'(u_port.room_q) == FifoWords && waiting == 0 :
              number_t'(u_port.room_q) + waiting + words_q[0] + asking[0] == FifoWords);
      WordsLieInTurn : assert (count[turn_q] == count[!turn_q] + number_t'(u_port.way_q != turn_q));
      BurstsAreCounted :
      assert (number_t'(u_port.under_way_q) == bursts_q[0] + number_t'(arvalid && !arid) &&
              u_port.under_way_q <= Outstanding);
      SideBurstIsCounted : assert (number_t'(u_port.side_under_way_q) == bursts_q[1] + number_t'(arvalid && arid));
      SideWordsAreCounted :
      assert (flushed_q ? u_port.side_q == SideRest && number_t'(u_port.u_side.count_q) == 0 :
              number_t'(u_port.u_side.count_q) + words_q[1] + asking[1] ==
              (u_port.side_q == SideTake ? number_t'(u_port.side_burst_q) : '0));
      SideBurstHasAPlace : assert (flushed_q || u_port.side_q != SideTake || u_port.side_burst_q <= BurstWords);
      SideBurstIsOfTheRead : assert (u_port.side_q != SideTake || (burst <= needed && burst % 16'(GranuleWords) == 0));
      NothingIsLeftOver : assert (u_port.side_q == SideTake ? parts <= number_t'(GranuleWords) : parts == 0);
      NothingIsLost :
      assert ((!u_port.stream_push || u_port.stream_room) && (!u_port.side_push || u_port.side_room) && rready &&
              bready);
      JobHasWords :
      assert (!u_port.job_busy_q || (u_port.row_remain_q != 0 && u_port.rows_remain_q != 0 &&
              u_port.job_q.row_granules != 0 && u_port.job_q.row_granules % 32'(WordGranules) == 0 &&
              u_port.job_q.stride % 32'(WordGranules) == 0));
      ReadHasGranules : assert (u_port.side_q == SideRest || u_port.side_remain_q != 0);
      StatesAreOnes : assert (u_port.side_q != 2'd3);
      LaneIsOne : assert (u_port.side_q == SideRest || number_t'(u_port.side_lane_q) < number_t'(WordGranules));
      WordsAreWhole :
      assert (!u_port.job_busy_q || (u_port.address_q[WordShift-1:0] == '0 &&
              u_port.row_address_q[WordShift-1:0] == '0));
      SideWordsAreWhole : assert (u_port.side_q == SideRest || u_port.side_address_q[SideShift-1:0] == '0);
      BurstIsInItsPage :
      assert (!arvalid || (araddr[WordShift-1:0] == '0 && arlen < BurstWords &&
              13'(araddr[11:0]) + ((13'(arlen) + 13'd1) << WordShift) <= 13'd4096));
      AskStands : assert (!ask_waited_q || (arvalid && arid == arid_q && araddr == araddr_q && arlen == arlen_q));
      QuietIsQuiet :
      assert (!quiet || (!arvalid && words_q[0] == 0 && words_q[1] == 0 && addresses_q == 0 && data_q == 0));
      // writes
      AnswersAreCounted :
      assert (addresses_q == number_t'(u_port.unanswered_q) + number_t'(u_port.address_gone_q) &&
              data_q == number_t'(u_port.unanswered_q) + number_t'(u_port.data_gone_q));
      AnswersFit : assert (!u_port.write_q_valid || number_t'(u_port.unanswered_q) + beats <= number_t'(255));
      GoneOfABeat :
      assert (!(u_port.address_gone_q && u_port.data_gone_q) &&
              (u_port.write_q_valid || !(u_port.address_gone_q || u_port.data_gone_q)));
      AddressStands : assert (!address_waited_q || (awvalid && awaddr == awaddr_q));
      DataStands : assert (!data_waited_q || (wvalid && wdata == wdata_q && wstrb == wstrb_q));
      GranuleIsKept :
      assert (!u_port.write_q_valid || (u_port.write_q.address == write_q.address &&
              u_port.write_q.data == write_q.data && u_port.write_q.strobe == write_q.strobe &&
              write_q.address[3:0] == 0));
      WordsHaveBytes : assert (GranuleWords == 1 || !u_port.write_q_valid || (wanted & ~some) == '0);
      ByteIsDue :
      assert (!u_port.write_q_valid || due_q == (write_q.strobe[byte_q] && wanted[32'(byte_q)*GranuleWords/16]));
      ByteIsRight : assert (!u_port.write_q_valid || !covers || byte_right);
      ByteIsWritten : assert (u_port.write_q_valid || !due_q);
    end
  end
endmodule
`default_nettype wire
