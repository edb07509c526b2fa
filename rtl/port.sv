/// One memory port: an AXI4 master that streams ahead of the slice, and reads and writes for the side bus between. Streams
/// are sequences of bursts that end at borders of 4 KB and are asked for as far as the FIFO has room; side reads go first. The
/// FIFO lies in as many halves as words are taken a cycle: words go to them in turn, and must be taken in turn.
/// While flush_i is up it begins nothing, drops what comes, and is quiet when everything that was asked has been answered.
/// A port narrower than a granule collects what is read at its side, and writes a granule's words one by one, those without a
/// byte to write left out.
`default_nettype none
module port
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter  int unsigned PortBytes   = 64,                     // 4 to 64
    parameter  int unsigned FifoWords   = 256,                    // of PortBytes
    parameter  int unsigned BurstWords  = 16,                     // most beats of a burst
    parameter  int unsigned Outstanding = 8,                      // bursts of the stream that may be under way
    parameter  int unsigned AddressBits = 40,
    localparam int unsigned Ways        = stream_ways(PortBytes)
) (
    input wire clk_i,
    input wire rst_ni,
`ifdef GODWIT_FAULTS
    input wire fault_e fault_i,
`endif
    input wire [AddressBits-1:0] base_i,  // of the channel
    input wire flush_i,
    output logic quiet_o,  // nothing is under way at the bus
    // streams, in order
    input wire stream_job_t job_i,
    input wire job_valid_i,
    output logic job_ready_o,
    output logic [Ways-1:0][8*PortBytes-1:0] stream_o,
    output logic [Ways-1:0] stream_valid_o,
    input wire [Ways-1:0] stream_ready_i,
    output logic idle_o,  // no stream is being asked for, or waits here
    // side bus: one read at a time, its granules one a cycle; single granules written
    input wire side_read_t read_i,  // its channel is this one
    input wire read_valid_i,
    output logic read_ready_o,
    output granule_t granule_o,
    output logic granule_valid_o,
    input wire granule_ready_i,
    input wire side_write_t write_i,
    input wire write_valid_i,
    output logic write_ready_o,
    output logic writes_idle_o,  // all were answered
    // an answer was not OKAY, for one cycle
    output logic stream_error_o,
    output logic side_error_o,
    output logic write_error_o,
    // AXI4: ids 0 stream, 1 side
    output logic axi_arid_o,
    output logic [AddressBits-1:0] axi_araddr_o,
    output logic [7:0] axi_arlen_o,
    output logic axi_arvalid_o,
    input wire axi_arready_i,
    input wire axi_rid_i,
    input wire [8*PortBytes-1:0] axi_rdata_i,
    input wire [1:0] axi_rresp_i,
    input wire axi_rlast_i,
    input wire axi_rvalid_i,
    output logic axi_rready_o,
    output logic [AddressBits-1:0] axi_awaddr_o,
    output logic axi_awvalid_o,
    input wire axi_awready_i,
    output logic [8*PortBytes-1:0] axi_wdata_o,
    output logic [PortBytes-1:0] axi_wstrb_o,
    output logic axi_wvalid_o,
    input wire axi_wready_i,
    input wire [1:0] axi_bresp_i,
    input wire axi_bvalid_i,
    output logic axi_bready_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned WordGranules = PortBytes < 16 ? 1 : PortBytes / 16;
  localparam int unsigned GranuleWords = PortBytes < 16 ? 16 / PortBytes : 1;
  localparam int unsigned WordShift = $clog2(PortBytes);
  localparam int unsigned LaneBits = WordGranules > 1 ? $clog2(WordGranules) : 1;
  localparam int unsigned BorderWords = 4096 / PortBytes;
  localparam int unsigned BorderBits = $clog2(BorderWords);
  localparam int unsigned RoomBits = $clog2(FifoWords + 1);
  localparam int unsigned BurstBits = $clog2(BurstWords + 1);
  typedef logic [AddressBits-1:0] address_t;
  typedef logic [BurstBits-1:0] burst_t;
  typedef logic [39:0] words_t;

  // Words of so many granules.
  function automatic words_t words_of(input logic [31:0] granules);
    return PortBytes < 16 ? words_t'(granules) * words_t'(GranuleWords) : words_t'(granules) / words_t'(WordGranules);
  endfunction

  // Words of the next burst: not past a border of 4 KB, not more than remain.
  function automatic burst_t burst_of(input logic [BorderBits-1:0] word_in_page, input words_t remain,
                                      input fault_e fault);
    logic [BorderBits:0] most;
    most = (BorderBits + 1)'(BorderWords) - (BorderBits + 1)'(word_in_page);
    if (most > (BorderBits + 1)'(BurstWords) || fault == FaultBorder) most = (BorderBits + 1)'(BurstWords);
    return remain < words_t'(most) ? burst_t'(remain) : burst_t'(most);
  endfunction

  // ---- streams: which burst is next ----
  stream_job_t job_q;
  logic job_busy_q;
  words_t row_remain_q;  // words of this block row that were not asked for
  logic [19:0] rows_remain_q;
  address_t row_address_q, address_q;
  burst_t burst;
  logic burst_known;
  logic [RoomBits-1:0] room_q;  // words of the FIFO that nobody asked for
  logic [$clog2(Outstanding+1)-1:0] under_way_q;
  logic stream_want, stream_go, row_end;

  if (PortBytes >= 16) begin : gen_burst
    assign burst = burst_of(address_q[WordShift+:BorderBits], row_remain_q, fault_i);
    assign burst_known = 1'b1;
  end else begin : gen_next_burst
    // The one before takes many cycles, so that this one may be worked out in a cycle of its own.
    always_ff @(posedge clk_i) begin
      burst <= burst_of(address_q[WordShift+:BorderBits], row_remain_q, fault_i);
      burst_known <= !stream_go && !(job_valid_i && job_ready_o);
    end
  end
  assign stream_want = job_busy_q && burst_known && room_q >= RoomBits'(burst) && under_way_q != ($bits(
      under_way_q
  ))'(Outstanding);
  assign row_end = row_remain_q == words_t'(burst);
  assign job_ready_o = !job_busy_q && !flush_i;
  assign idle_o = !job_busy_q && room_q == RoomBits'(FifoWords);

  always_ff @(posedge clk_i) begin
    if (job_valid_i && job_ready_o) begin
      job_q <= job_i;
      row_remain_q <= words_of(job_i.row_granules);
      rows_remain_q <= job_i.rows;
      row_address_q <= base_i + (address_t'(job_i.address) << 4);
      address_q <= base_i + (address_t'(job_i.address) << 4);
      job_busy_q <= job_i.rows != 0;
    end else if (stream_go) begin
      if (!row_end) begin
        row_remain_q <= row_remain_q - words_t'(burst);
        address_q <= address_q + (address_t'(burst) << WordShift);
      end else begin
        row_remain_q <= words_of(job_q.row_granules);
        row_address_q <= row_address_q + (address_t'(job_q.stride) << 4);
        address_q <= row_address_q + (address_t'(job_q.stride) << 4);
        rows_remain_q <= rows_remain_q - 1'b1;
        if (rows_remain_q == 1) job_busy_q <= 1'b0;
      end
    end
    if (!rst_ni || flush_i) job_busy_q <= 1'b0;
  end

  // ---- side reads: one burst at a time, words wait until their granules have gone ----
  typedef enum logic [1:0] {
    SideRest,
    SideAsk,
    SideTake
  } side_e;
  side_e side_q;
  logic [11:0] side_remain_q;  // granules to be given
  address_t side_address_q;  // of the next granule to be asked for
  burst_t side_burst_q, side_burst;
  words_t side_words;
  logic [LaneBits-1:0] side_lane_q;
  logic [8*PortBytes-1:0] side_word;
  logic side_word_valid, side_word_done, side_go, granule_goes, burst_ends;

  assign side_words   = words_of(32'(side_remain_q) + 32'(side_lane_q) + 32'(WordGranules - 1));
  assign side_burst   = burst_of(side_address_q[WordShift+:BorderBits], side_words, fault_i);
  assign read_ready_o = side_q == SideRest && !flush_i;
  assign granule_goes = granule_valid_o && granule_ready_i;
  if (PortBytes >= 16) begin : gen_choose
    assign granule_valid_o = side_word_valid;
    assign granule_o = WordGranules == 1 ? side_word[GranuleBits-1:0] : side_word[side_lane_q*GranuleBits+:GranuleBits];
    assign side_word_done = granule_goes && (side_remain_q == 1 || side_lane_q == LaneBits'(WordGranules - 1));
    assign burst_ends = side_word_done && side_burst_q == 1;
  end else begin : gen_collect
    // Bursts end with a granule; its last word is taken before it is given.
    logic word_ready;
    granule_collector #(
        .PortBytes(PortBytes)
    ) u_collector (
        .clk_i,
        .rst_ni      (rst_ni && !flush_i),
        .port_i      (side_word),
        .port_valid_i(side_word_valid),
        .port_ready_o(word_ready),
        .word_o      (granule_o),
        .word_valid_o(granule_valid_o),
        .word_ready_i(granule_ready_i)
    );
    assign side_word_done = side_word_valid && word_ready;
    assign burst_ends = granule_goes && side_burst_q == 0;
  end

  always_ff @(posedge clk_i) begin
    unique case (side_q)
      SideRest: begin
        side_remain_q <= read_i.granules;
        side_address_q <= base_i + (address_t'(read_i.address) >> WordShift << WordShift);
        side_lane_q <= WordGranules == 1 || fault_i == FaultGranule ? '0 : read_i.address[4+:LaneBits];
        if (read_valid_i && read_ready_o) side_q <= SideAsk;
      end
      SideAsk: begin
        side_burst_q <= side_burst;
        if (side_go) begin
          side_address_q <= side_address_q + (address_t'(side_burst) << WordShift);
          side_q <= SideTake;
        end
      end
      SideTake: begin
        if (granule_goes) begin
          side_remain_q <= side_remain_q - 1'b1;
          side_lane_q   <= WordGranules == 1 || side_word_done ? '0 : side_lane_q + 1'b1;
        end
        if (side_word_done) side_burst_q <= side_burst_q - 1'b1;
        if (granule_goes && side_remain_q == 1) side_q <= SideRest;
        else if (burst_ends) side_q <= SideAsk;
      end
      default: ;
    endcase
    if (!rst_ni || flush_i) side_q <= SideRest;
  end

  // ---- read addresses: what was chosen stands until it is taken ----
  logic ask_q, ask_free;
  logic side_under_way_q;
  assign ask_free = !ask_q || axi_arready_i;
  assign side_go = side_q == SideAsk && ask_free && !flush_i;
  assign stream_go = stream_want && !(side_q == SideAsk) && ask_free && !flush_i;
  assign axi_arvalid_o = ask_q;
  always_ff @(posedge clk_i) begin
    if (ask_free) begin
      axi_arid_o   <= side_q == SideAsk;
      axi_araddr_o <= side_q == SideAsk ? side_address_q : address_q;
      axi_arlen_o  <= 8'(side_q == SideAsk ? side_burst : burst) - 8'd1;
    end
    if (!rst_ni) ask_q <= 1'b0;
    else if (ask_free) ask_q <= side_go || stream_go;
  end

  // ---- read data: there is room for all that was asked for ----
  logic stream_push, side_push, stream_room, side_room;
  logic [Ways-1:0] way_room;
  logic [1:0] given_back;
  assign given_back = fault_i == FaultCredit && stream_go ? '0 : 2'($countones(stream_valid_o & stream_ready_i));
  assign axi_rready_o = 1'b1;
  assign stream_push = axi_rvalid_i && !axi_rid_i && !flush_i;
  assign side_push = axi_rvalid_i && axi_rid_i && !flush_i;
  logic way_q;  // where the next word goes
  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i || Ways == 1) way_q <= 1'b0;
    else if (stream_push) way_q <= !way_q;
  end
  for (genvar w = 0; w < Ways; w++) begin : gen_way
    fifo #(
        .T    (logic [8*PortBytes-1:0]),
        .Depth(FifoWords / Ways)
    ) u_prefetch (
        .clk_i,
        .rst_ni (rst_ni && !flush_i),
        .data_i (axi_rdata_i),
        .valid_i(stream_push && way_q == 1'(w)),
        .ready_o(way_room[w]),
        .data_o (stream_o[w]),
        .valid_o(stream_valid_o[w]),
        .ready_i(stream_ready_i[w])
    );
  end
  assign stream_room = way_room[way_q];
  fifo #(
      .T    (logic [8*PortBytes-1:0]),
      .Depth(BurstWords)
  ) u_side (
      .clk_i,
      .rst_ni (rst_ni && !flush_i),
      .data_i (axi_rdata_i),
      .valid_i(side_push),
      .ready_o(side_room),
      .data_o (side_word),
      .valid_o(side_word_valid),
      .ready_i(side_word_done)
  );
  always_ff @(posedge clk_i) begin
    if (!rst_ni || flush_i) room_q <= RoomBits'(FifoWords);
    else room_q <= room_q - (stream_go ? RoomBits'(burst) : '0) + RoomBits'(given_back);
    if (!rst_ni) begin
      under_way_q <= '0;
      side_under_way_q <= 1'b0;
    end else begin
      under_way_q <= under_way_q + ($bits(
          under_way_q
      ))'(stream_go) - ($bits(
          under_way_q
      ))'(axi_rvalid_i && !axi_rid_i && axi_rlast_i);
      side_under_way_q <= side_go || (side_under_way_q && !(axi_rvalid_i && axi_rid_i && axi_rlast_i));
    end
  end

  // ---- writes: one beat each, from a register, because address and data may be taken apart ----
  localparam logic [7:0] UnansweredMost = 8'(255 - GranuleWords);
  side_write_t write_q;
  logic write_q_valid, address_gone_q, data_gone_q, address_goes, data_goes, beat_goes, write_goes;
  logic [7:0] unanswered_q;
  assign axi_awvalid_o = write_q_valid && !address_gone_q;
  assign axi_wvalid_o  = write_q_valid && !data_gone_q;
  if (PortBytes >= 16) begin : gen_place
    logic [LaneBits-1:0] write_lane;
    assign write_lane   = WordGranules == 1 ? '0 : write_q.address[4+:LaneBits];
    assign axi_awaddr_o = base_i + (address_t'(write_q.address) >> WordShift << WordShift);
    assign axi_wdata_o  = {WordGranules{write_q.data}};
    always_comb begin
      axi_wstrb_o = '0;
      axi_wstrb_o[write_lane*16+:16] = write_q.strobe;
    end
    assign write_goes = beat_goes;
    always_ff @(posedge clk_i) if (write_ready_o) write_q <= write_i;
  end else begin : gen_cut
    // The lowest word of those that have a byte to write; of a granule without any, the first.
    logic [$clog2(GranuleWords)-1:0] part;
    logic [GranuleWords-1:0] wanted_q, later;  // words that have a byte to write; but for the lowest of them
    assign later = wanted_q & (wanted_q - 1'b1);
    always_comb begin
      part = '0;
      for (int unsigned p = GranuleWords; p > 0; p--) if (wanted_q[p-1]) part = ($clog2(GranuleWords))'(p - 1);
    end
    assign axi_awaddr_o = base_i + address_t'(write_q.address) + (address_t'(part) << WordShift);
    assign axi_wdata_o  = write_q.data[part*8*PortBytes+:8*PortBytes];
    assign axi_wstrb_o  = write_q.strobe[part*PortBytes+:PortBytes];
    assign write_goes   = beat_goes && later == 0;
    always_ff @(posedge clk_i) begin
      if (write_ready_o) begin
        write_q <= write_i;
        for (int unsigned p = 0; p < GranuleWords; p++) wanted_q[p] <= write_i.strobe[p*PortBytes+:PortBytes] != 0;
      end else if (beat_goes) begin
        wanted_q <= later;
      end
    end
  end
  assign address_goes = axi_awvalid_o && axi_awready_i;
  assign data_goes = axi_wvalid_o && axi_wready_i;
  assign beat_goes = write_q_valid && (address_gone_q || address_goes) && (data_gone_q || data_goes);
  assign write_ready_o = (!write_q_valid || write_goes) && unanswered_q < UnansweredMost && !flush_i;
  assign axi_bready_o = 1'b1;
  assign writes_idle_o = unanswered_q == 0 && !write_q_valid;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q_valid  <= 1'b0;
      unanswered_q   <= '0;
      address_gone_q <= 1'b0;
      data_gone_q    <= 1'b0;
    end else begin
      write_q_valid <= (write_valid_i && write_ready_o) || (write_q_valid && !write_goes);
      address_gone_q <= (address_gone_q || address_goes) && !beat_goes;
      data_gone_q <= (data_gone_q || data_goes) && !beat_goes;
      unanswered_q <= unanswered_q + 8'(beat_goes) - 8'(axi_bvalid_i);
    end
  end

  assign stream_error_o = axi_rvalid_i && !axi_rid_i && axi_rresp_i != 0;
  assign side_error_o = axi_rvalid_i && axi_rid_i && axi_rresp_i != 0;
  assign write_error_o = axi_bvalid_i && axi_bresp_i != 0;
  assign quiet_o = !ask_q && under_way_q == 0 && !side_under_way_q && writes_idle_o;

`ifndef SYNTHESIS
  NothingIsLost :
  assert property (@(posedge clk_i) disable iff (!rst_ni) (stream_push |-> stream_room) and(side_push |-> side_room));
`endif
  initial begin
    assert (PortBytes inside {4, 8, 16, 32, 64} && FifoWords >= 2 * BurstWords && BurstWords % GranuleWords == 0 &&
            FifoWords % Ways == 0);
  end
endmodule
`default_nettype wire
