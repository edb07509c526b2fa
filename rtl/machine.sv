/// Host registers, sequencer, units that all cores share, cores, and a memory port for each channel. What the units are and how
/// they meet: docs/rtl.md; why cores are as they are: docs/why/several-cores.md. A card's sizes are its parameters; the shell
/// gives each port its channel. Nothing is computed here: the file is long because every wire between units is in it.
`default_nettype none
module machine
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices = 2,  // of all cores
    parameter int unsigned Cores = 1,
    parameter int unsigned Hops = 2,  // registers on the ways between cores: one at either border of a die
    parameter int unsigned PortBytes = 64,
    parameter int unsigned PrefetchBytes = 16384,  // of a slice
    parameter int unsigned ActivationWords = 4096,
    parameter int unsigned SfuLanes = 8,
    parameter int unsigned VectorReals = 65536,
    parameter int unsigned Fold = 1,  // turns in which a slice's chains have the rows of a block: 1, 2, 4 or 8
    // What lies around the vector unit is a quarter as wide, at least 1 and at most 8 reals a cycle.
    parameter int unsigned PathLanes = SfuLanes <= 4 ? 1 : SfuLanes >= 32 ? 8 : SfuLanes / 4,
    parameter int unsigned GatherLanes = PathLanes,  // through an activation function
    parameter int unsigned SumLanes = PathLanes,  // logits into the sum of exponentials
    parameter int unsigned LoadLanes = PathLanes,  // codes of 16-bit rows
    parameter int unsigned StoreLanes = PathLanes,  // into the KV cache
    parameter int unsigned CacheLines = 16,  // of four instructions
    // Of what waits between units, and of dividers, a port of less than a granule needs one of each.
    parameter int unsigned QueueDepth = PortBytes < 16 ? 1 : 4,  // instructions at a unit
    parameter int unsigned WriteDepth = PortBytes < 16 ? 1 : 2,  // what goes to a port or to the vector memory
    parameter int unsigned GroupDepth = PortBytes < 16 ? 1 : 4,  // groups for the store unit
    parameter int unsigned ScaleDividers = PortBytes < 16 ? 1 : 2,  // of a vector's scale and its inverse
    parameter int unsigned WatchdogBits = 24,
    parameter int unsigned AddressBits = 40,
    parameter int unsigned CascadeLatency = 8,  // of the part's cascade
    parameter logic [63:0] ChannelStride = 64'd0  // at the bus; 0: each port has its own memory
) (
    input  wire                                       clk_i,
    input  wire                                       rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                               fault_i,
`endif
    // AXI4-Lite: docs/isa.md, "registers of the host"
    input  wire         [      11:0]                  axil_awaddr_i,
    input  wire                                       axil_awvalid_i,
    output logic                                      axil_awready_o,
    input  wire         [      31:0]                  axil_wdata_i,
    input  wire         [       3:0]                  axil_wstrb_i,
    input  wire                                       axil_wvalid_i,
    output logic                                      axil_wready_o,
    output logic        [       1:0]                  axil_bresp_o,
    output logic                                      axil_bvalid_o,
    input  wire                                       axil_bready_i,
    input  wire         [      11:0]                  axil_araddr_i,
    input  wire                                       axil_arvalid_i,
    output logic                                      axil_arready_o,
    output logic        [      31:0]                  axil_rdata_o,
    output logic        [       1:0]                  axil_rresp_o,
    output logic                                      axil_rvalid_o,
    input  wire                                       axil_rready_i,
    output logic                                      done_o,          // for one cycle: a run has ended
    // AXI4, one a channel: bursts of whole words, incrementing; writes of one beat
    output logic        [Slices-1:0]                  axi_arid_o,
    output logic        [Slices-1:0][AddressBits-1:0] axi_araddr_o,
    output logic        [Slices-1:0][            7:0] axi_arlen_o,
    output logic        [Slices-1:0]                  axi_arvalid_o,
    input  wire         [Slices-1:0]                  axi_arready_i,
    input  wire         [Slices-1:0]                  axi_rid_i,
    input  wire         [Slices-1:0][8*PortBytes-1:0] axi_rdata_i,
    input  wire         [Slices-1:0][            1:0] axi_rresp_i,
    input  wire         [Slices-1:0]                  axi_rlast_i,
    input  wire         [Slices-1:0]                  axi_rvalid_i,
    output logic        [Slices-1:0]                  axi_rready_o,
    output logic        [Slices-1:0][AddressBits-1:0] axi_awaddr_o,
    output logic        [Slices-1:0]                  axi_awvalid_o,
    input  wire         [Slices-1:0]                  axi_awready_i,
    output logic        [Slices-1:0][8*PortBytes-1:0] axi_wdata_o,
    output logic        [Slices-1:0][  PortBytes-1:0] axi_wstrb_o,
    output logic        [Slices-1:0]                  axi_wvalid_o,
    input  wire         [Slices-1:0]                  axi_wready_i,
    input  wire         [Slices-1:0][            1:0] axi_bresp_i,
    input  wire         [Slices-1:0]                  axi_bvalid_i,
    output logic        [Slices-1:0]                  axi_bready_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Own = Slices / Cores;  // slices of a core
  localparam int unsigned Sources = Cores == 1 ? Slices : Cores;  // of a core's packets
  localparam int unsigned BurstWords = PortBytes < 16 ? 256 / PortBytes : 16;  // 256 bytes at least
  // Numbers of the units' queues: a unit's number without control.
  localparam int unsigned Stream = 0;
  localparam int unsigned Load = 1;
  localparam int unsigned Mpe = 2;
  localparam int unsigned Sfu = 3;
  localparam int unsigned Store = 4;

  // ---- host ----
  logic start, done, spill, greedy, abort;
  logic   units_rst_n;  // an error resets what is behind the sequencer
  error_t error;
  logic [31:0] position_before, position_after, tokens;
  logic [7:0] saturations;
  byte_address_t program_address, descriptors_address;
  logic [19:0] count;
  logic [4:0] fraction_bits;
  logic [StopTokens-1:0] stop_valid;
  logic [StopTokens-1:0][23:0] stop;
  assign done_o = done;
  host_registers u_registers (
      .clk_i,
      .rst_ni,
      .axil_awaddr_i,
      .axil_awvalid_i,
      .axil_awready_o,
      .axil_wdata_i,
      .axil_wstrb_i,
      .axil_wvalid_i,
      .axil_wready_o,
      .axil_bresp_o,
      .axil_bvalid_o,
      .axil_bready_i,
      .axil_araddr_i,
      .axil_arvalid_i,
      .axil_arready_o,
      .axil_rdata_o,
      .axil_rresp_o,
      .axil_rvalid_o,
      .axil_rready_i,
      .start_o        (start),
      .done_i         (done),
      .error_i        (error),
      .position_i     (position_after),
      .saturations_i  (saturations),
      .program_o      (program_address),
      .descriptors_o  (descriptors_address),
      .position_o     (position_before),
      .tokens_o       (tokens),
      .spill_o        (spill),
      .greedy_o       (greedy),
      .count_o        (count),
      .fraction_bits_o(fraction_bits),
      .stop_valid_o   (stop_valid),
      .stop_o         (stop)
  );
  always_ff @(posedge clk_i) units_rst_n <= rst_ni && !abort;

  // ---- sequencer, queues, semaphores ----
  op_t sent;
`ifdef GODWIT_QUICK
  op_t op[Units];  // in a simulation no bit of one shares a word with another's
`else
  op_t [Units-1:0] op;
`endif
  logic [Units-1:0] sent_valid, sent_ready, idle, started, ended, error_valid;
  error_t [Units-1:0] unit_error;
  logic [Units:0] request, grant, raise;
  logic [Units:0][1:0][3:0] want, raised;
  logic semaphores_zero, semaphores_overflow, all_idle, quiet, busy, fetch_error;
  logic sample_start, sample_done, sample_go, sample_error;
  sample_instr_t sample;
  logic [19:0] sample_position;

  // The side bus: instructions, descriptors, load; sampler, store, which never write at the same time.
  localparam int unsigned Readers = 3;
  localparam int unsigned Writers = 2;
  side_read_t [Readers-1:0] side_read;
  logic [Readers-1:0] side_read_valid, side_read_ready, granule_valid, granule_ready, reading;
  side_write_t [Writers-1:0] side_write;
  logic [Writers-1:0] side_write_valid, side_write_ready;
  granule_t granule;
  logic writes_idle;
  assign granule_ready[1:0] = '1;

  control #(
      .CacheLines  (CacheLines),
      .WatchdogBits(WatchdogBits)
  ) u_control (
      .clk_i,
      .rst_ni,
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .start_i                 (start),
      .program_i               (program_address),
      .descriptors_i           (descriptors_address),
      .position_i              (position_before),
      .tokens_i                (tokens),
      .spill_i                 (spill),
      .busy_o                  (busy),
      .done_o                  (done),
      .error_o                 (error),
      .position_o              (position_after),
      .fetch_o                 (side_read[0]),
      .fetch_valid_o           (side_read_valid[0]),
      .fetch_ready_i           (side_read_ready[0]),
      .fetch_granule_valid_i   (granule_valid[0]),
      .describe_o              (side_read[1]),
      .describe_valid_o        (side_read_valid[1]),
      .describe_ready_i        (side_read_ready[1]),
      .describe_granule_valid_i(granule_valid[1]),
      .granule_i               (granule),
      .op_o                    (sent),
      .op_valid_o              (sent_valid),
      .op_ready_i              (sent_ready),
      .idle_i                  (all_idle),
      .progress_i              (|{started, ended, sample_start, sample_done}),
      .error_valid_i           (error_valid),
      .error_i                 (unit_error),
      .request_o               (request[0]),
      .want_o                  (want[0]),
      .grant_i                 (grant[0]),
      .raise_o                 (raise[0]),
      .raised_o                (raised[0]),
      .semaphores_zero_i       (semaphores_zero),
      .semaphores_overflow_i   (semaphores_overflow),
      .bus_error_i             (fetch_error),
      .abort_o                 (abort),
      .quiet_i                 (quiet),
      .sample_start_o          (sample_start),
      .sample_o                (sample),
      .sample_position_o       (sample_position),
      .sample_done_i           (sample_done),
      .sample_go_i             (sample_go),
      .sample_error_i          (sample_error)
  );
  semaphores #(
      .Requesters(Units + 1)
  ) u_semaphores (
      .clk_i,
      .rst_ni    (units_rst_n),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .request_i (request),
      .want_i    (want),
      .grant_o   (grant),
      .raise_i   (raise),
      .raised_i  (raised),
      .zero_o    (semaphores_zero),
      .overflow_o(semaphores_overflow)
  );
  for (genvar u = 0; u < Units; u++) begin : gen_queue
    unit_queue #(
        .Depth(QueueDepth)
    ) u_queue (
        .clk_i,
        .rst_ni    (units_rst_n),
        .op_i      (sent),
        .op_valid_i(sent_valid[u]),
        .op_ready_o(sent_ready[u]),
        .request_o (request[u+1]),
        .want_o    (want[u+1]),
        .grant_i   (grant[u+1]),
        .raise_o   (raise[u+1]),
        .raised_o  (raised[u+1]),
        .op_o      (op[u]),
        .start_o   (started[u]),
        .done_i    (ended[u]),
        .idle_o    (idle[u])
    );
  end

  // ---- stream ----
  stream_job_t [Slices-1:0] stream_job;
  logic [Slices-1:0] stream_job_valid, stream_job_ready;
  logic   stream_refused;
  error_t stream_refusal;
  stream_unit #(
      .Slices(Slices),
      .Late  (PortBytes < 16)
  ) u_stream (
      .clk_i,
      .rst_ni       (units_rst_n),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .op_i         (op[Stream]),
      .start_i      (started[Stream]),
      .done_o       (ended[Stream]),
      .error_valid_o(stream_refused),
      .error_o      (stream_refusal),
      .job_o        (stream_job),
      .job_valid_o  (stream_job_valid),
      .job_ready_i  (stream_job_ready)
  );

  // ---- load ----
  logic load_refused, load_bus_error;
  error_t load_refusal;
  load_write_t load_write;
  logic load_write_valid, load_write_ready, load_unit_done;
  logic [3:0] load_saturations;
  load_unit #(
      .Slices     (Slices),
      .VectorReals(VectorReals),
      .RealLanes  (LoadLanes),
      .Depth      (WriteDepth)
  ) u_load (
      .clk_i,
      .rst_ni         (units_rst_n),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i(fraction_bits),
      .op_i           (op[Load]),
      .start_i        (started[Load]),
      .done_o         (load_unit_done),
      .error_valid_o  (load_refused),
      .error_o        (load_refusal),
      .read_o         (side_read[2]),
      .read_valid_o   (side_read_valid[2]),
      .read_ready_i   (side_read_ready[2]),
      .granule_i      (granule),
      .granule_valid_i(granule_valid[2]),
      .granule_ready_o(granule_ready[2]),
      .write_address_o(load_write.address),
      .write_strobe_o (load_write.strobe),
      .write_data_o   (load_write.data),
      .write_valid_o  (load_write_valid),
      .write_ready_i  (load_write_ready),
      .saturations_o  (load_saturations)
  );

  // ---- the cores: each has every vector, and the rows of its slices ----
  localparam int unsigned Ways = stream_ways(PortBytes);
  logic [Slices-1:0][Ways-1:0][8*PortBytes-1:0] stream;
  logic [Slices-1:0][Ways-1:0] stream_valid, stream_ready;
  logic [Slices-1:0] slice_saturated;
  packet_t [Slices-1:0] packet;
  logic [Slices-1:0] packet_valid, packet_ready;
  packet_t [Cores-1:0][Sources-1:0] came;
  logic [Cores-1:0][Sources-1:0] came_valid, came_ready;
  logic [Cores-1:0] sent_all, all_sent, took_all;
  logic [Cores-1:0] mpe_done, sfu_done, mpe_refused, sfu_refused;
  error_t [Cores-1:0] mpe_refusal, sfu_refusal;
  logic [Cores-1:0][6:0] core_saturations;
  op_t mpe_op, sfu_op;
  logic mpe_start, sfu_start;
  load_write_t [Cores-1:0] core_load;
  logic [Cores-1:0] core_load_valid, core_load_ready;
  // of the first core alone: its store reads, its head
  vec_t store_address;
  logic store_valid;
  logic [Cores-1:0] store_ready, store_answered;
  logic [Cores-1:0][7:0][31:0] store_answer;
  spill_t [Cores-1:0] spilled;
  logic [Cores-1:0] spilled_valid, best_valid;
  logic spilled_ready, best_take;
  best_t [Cores-1:0] best;
  logic [Cores-1:0][8:0] best_count;
  logic [Cores-1:0][31:0] sum_top;
  logic [Cores-1:0][63:0] sum_total;
  for (genvar c = 0; c < Cores; c++) begin : gen_core
    core #(
        .Slices         (Slices),
        .Own            (Own),
        .First          (c * Own),
        .Sources        (Sources),
        .KeepsBest      (c == 0),
        .PortBytes      (PortBytes),
        .ActivationWords(ActivationWords),
        .SfuLanes       (SfuLanes),
        .VectorReals    (VectorReals),
        .GatherLanes    (GatherLanes),
        .SumLanes       (SumLanes),
        .ScaleDividers  (ScaleDividers),
        .Fold           (Fold),
        .CascadeLatency (CascadeLatency)
    ) u_core (
        .clk_i,
        .rst_ni              (units_rst_n),
`ifdef GODWIT_FAULTS
        .fault_i,
`endif
        .fraction_bits_i     (fraction_bits),
        .mpe_op_i            (mpe_op),
        .mpe_start_i         (mpe_start),
        .mpe_done_o          (mpe_done[c]),
        .mpe_error_valid_o   (mpe_refused[c]),
        .mpe_error_o         (mpe_refusal[c]),
        .sfu_op_i            (sfu_op),
        .sfu_start_i         (sfu_start),
        .sfu_done_o          (sfu_done[c]),
        .sfu_error_valid_o   (sfu_refused[c]),
        .sfu_error_o         (sfu_refusal[c]),
        .load_address_i      (core_load[c].address),
        .load_strobe_i       (core_load[c].strobe),
        .load_data_i         (core_load[c].data),
        .load_valid_i        (core_load_valid[c]),
        .load_ready_o        (core_load_ready[c]),
        .store_address_i     (store_address),
        .store_valid_i       (store_valid && c == 0),
        .store_ready_o       (store_ready[c]),
        .store_answer_valid_o(store_answered[c]),
        .store_answer_o      (store_answer[c]),
        .stream_i            (stream[c*Own+:Own]),
        .stream_valid_i      (stream_valid[c*Own+:Own]),
        .stream_ready_o      (stream_ready[c*Own+:Own]),
        .packet_o            (packet[c*Own+:Own]),
        .packet_valid_o      (packet_valid[c*Own+:Own]),
        .packet_ready_i      (packet_ready[c*Own+:Own]),
        .sent_o              (sent_all[c]),
        .packet_i            (came[c]),
        .packet_valid_i      (came_valid[c]),
        .packet_ready_o      (came_ready[c]),
        .all_sent_i          (all_sent[c]),
        .took_all_o          (took_all[c]),
        .spill_o             (spilled[c]),
        .spill_valid_o       (spilled_valid[c]),
        .spill_ready_i       (spilled_ready || c != 0),
        .best_o              (best[c]),
        .best_valid_o        (best_valid[c]),
        .best_take_i         (best_take && c == 0),
        .best_count_o        (best_count[c]),
        .sum_top_o           (sum_top[c]),
        .sum_total_o         (sum_total[c]),
        .saturations_o       (core_saturations[c]),
        .slice_saturated_o   (slice_saturated[c*Own+:Own])
    );
  end
  exchange #(
      .Slices(Slices),
      .Cores (Cores),
      .Hops  (Hops)
  ) u_exchange (
      .clk_i,
      .rst_ni        (units_rst_n),
      .packet_i      (packet),
      .packet_valid_i(packet_valid),
      .packet_ready_o(packet_ready),
      .sent_i        (sent_all),
      .packet_o      (came),
      .packet_valid_o(came_valid),
      .packet_ready_i(came_ready),
      .all_sent_o    (all_sent),
      .took_all_i    (took_all)
  );

  // ---- between the sequencer and the cores: all of them are told at once, and all must have done it ----
  if (Cores == 1) begin : gen_near
    assign mpe_op = op[Mpe];
    assign mpe_start = started[Mpe];
    assign ended[Mpe] = mpe_done;
    assign sfu_op = op[Sfu];
    assign sfu_start = started[Sfu];
    assign ended[Sfu] = sfu_done;
    assign core_load = load_write;
    assign core_load_valid = load_write_valid;
    assign load_write_ready = core_load_ready;
    assign ended[Load] = load_unit_done;
  end else begin : gen_far
    core_orders #(
        .Cores(Cores),
        .Hops (Hops)
    ) u_mpe (
        .clk_i,
        .rst_ni (units_rst_n),
        .op_i   (op[Mpe]),
        .start_i(started[Mpe]),
        .done_o (ended[Mpe]),
        .op_o   (mpe_op),
        .start_o(mpe_start),
        .done_i (mpe_done)
    );
    core_orders #(
        .Cores(Cores),
        .Hops (Hops)
    ) u_sfu (
        .clk_i,
        .rst_ni (units_rst_n),
        .op_i   (op[Sfu]),
        .start_i(started[Sfu]),
        .done_o (ended[Sfu]),
        .op_o   (sfu_op),
        .start_o(sfu_start),
        .done_i (sfu_done)
    );
    core_loads #(
        .Cores(Cores),
        .Hops (Hops)
    ) u_loads (
        .clk_i,
        .rst_ni (units_rst_n),
        .write_i(load_write),
        .valid_i(load_write_valid),
        .ready_o(load_write_ready),
        .done_i (load_unit_done),
        .done_o (ended[Load]),
        .write_o(core_load),
        .valid_o(core_load_valid),
        .ready_i(core_load_ready)
    );
  end

  // ---- store, sampler ----
  logic store_refused, written, write_bus_error;
  error_t store_refusal;
  store_unit #(
      .Slices     (Slices),
      .VectorReals(VectorReals),
      .RealLanes  (StoreLanes),
      .Depth      (GroupDepth),
      .Dividers   (ScaleDividers)
  ) u_store (
      .clk_i,
      .rst_ni         (units_rst_n),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i(fraction_bits),
      .op_i           (op[Store]),
      .start_i        (started[Store]),
      .done_o         (ended[Store]),
      .error_valid_o  (store_refused),
      .error_o        (store_refusal),
      .read_address_o (store_address),
      .read_valid_o   (store_valid),
      .read_ready_i   (store_ready[0]),
      .answer_valid_i (store_answered[0]),
      .answer_i       (store_answer[0]),
      .spill_i        (spilled[0]),
      .spill_valid_i  (spilled_valid[0]),
      .spill_ready_o  (spilled_ready),
      .write_o        (side_write[1]),
      .write_valid_o  (side_write_valid[1]),
      .write_ready_i  (side_write_ready[1]),
      .writes_idle_i  (writes_idle)
  );
  sampler u_sampler (
      .clk_i,
      .rst_ni       (units_rst_n),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .clear_i      (start),
      .greedy_i     (greedy),
      .count_i      (count),
      .stop_valid_i (stop_valid),
      .stop_i       (stop),
      .start_i      (sample_start),
      .sample_i     (sample),
      .position_i   (sample_position),
      .done_o       (sample_done),
      .go_o         (sample_go),
      .error_o      (sample_error),
      .ready_i      (idle[Mpe] && written),
      .best_i       (best[0]),
      .best_take_o  (best_take),
      .best_count_i (best_count[0]),
      .sum_top_i    (sum_top[0]),
      .sum_total_i  (sum_total[0]),
      .write_o      (side_write[0]),
      .write_valid_o(side_write_valid[0]),
      .write_ready_i(side_write_ready[0]),
      .writes_idle_i(writes_idle)
  );

  // ---- memory ----
  side_read_t port_read;
  side_write_t port_write;
  granule_t [Slices-1:0] port_granule;
  logic [Slices-1:0] port_read_valid, port_read_ready, port_granule_valid, port_granule_ready;
  logic [Slices-1:0] port_write_valid, port_write_ready, port_writes_idle, port_quiet, port_idle;
  logic [Slices-1:0] stream_error, side_error, write_error;
  logic no_write_waits;
  side_bus #(
      .Readers(Readers),
      .Writers(Writers),
      .Ports  (Slices),
      .Depth  (WriteDepth)
  ) u_side (
      .clk_i,
      .rst_ni              (units_rst_n),
      .read_i              (side_read),
      .read_valid_i        (side_read_valid),
      .read_ready_o        (side_read_ready),
      .granule_o           (granule),
      .granule_valid_o     (granule_valid),
      .granule_ready_i     (granule_ready),
      .reading_o           (reading),
      .write_i             (side_write),
      .write_valid_i       (side_write_valid),
      .write_ready_o       (side_write_ready),
      .writes_idle_o       (no_write_waits),
      .port_read_o         (port_read),
      .port_read_valid_o   (port_read_valid),
      .port_read_ready_i   (port_read_ready),
      .port_granule_i      (port_granule),
      .port_granule_valid_i(port_granule_valid),
      .port_granule_ready_o(port_granule_ready),
      .port_write_o        (port_write),
      .port_write_valid_o  (port_write_valid),
      .port_write_ready_i  (port_write_ready)
  );
  for (genvar s = 0; s < Slices; s++) begin : gen_port
    port #(
        .PortBytes  (PortBytes),
        .FifoWords  (PrefetchBytes / PortBytes),
        .BurstWords (BurstWords),
        .AddressBits(AddressBits)
    ) u_port (
        .clk_i,
        .rst_ni,
`ifdef GODWIT_FAULTS
        .fault_i,
`endif
        .base_i         (AddressBits'(ChannelStride * 64'(s))),
        .flush_i        (abort),
        .quiet_o        (port_quiet[s]),
        .job_i          (stream_job[s]),
        .job_valid_i    (stream_job_valid[s]),
        .job_ready_o    (stream_job_ready[s]),
        .stream_o       (stream[s]),
        .stream_valid_o (stream_valid[s]),
        .stream_ready_i (stream_ready[s]),
        .idle_o         (port_idle[s]),
        .read_i         (port_read),
        .read_valid_i   (port_read_valid[s]),
        .read_ready_o   (port_read_ready[s]),
        .granule_o      (port_granule[s]),
        .granule_valid_o(port_granule_valid[s]),
        .granule_ready_i(port_granule_ready[s]),
        .write_i        (port_write),
        .write_valid_i  (port_write_valid[s]),
        .write_ready_o  (port_write_ready[s]),
        .writes_idle_o  (port_writes_idle[s]),
        .stream_error_o (stream_error[s]),
        .side_error_o   (side_error[s]),
        .write_error_o  (write_error[s]),
        .axi_arid_o     (axi_arid_o[s]),
        .axi_araddr_o   (axi_araddr_o[s]),
        .axi_arlen_o    (axi_arlen_o[s]),
        .axi_arvalid_o  (axi_arvalid_o[s]),
        .axi_arready_i  (axi_arready_i[s]),
        .axi_rid_i      (axi_rid_i[s]),
        .axi_rdata_i    (axi_rdata_i[s]),
        .axi_rresp_i    (axi_rresp_i[s]),
        .axi_rlast_i    (axi_rlast_i[s]),
        .axi_rvalid_i   (axi_rvalid_i[s]),
        .axi_rready_o   (axi_rready_o[s]),
        .axi_awaddr_o   (axi_awaddr_o[s]),
        .axi_awvalid_o  (axi_awvalid_o[s]),
        .axi_awready_i  (axi_awready_i[s]),
        .axi_wdata_o    (axi_wdata_o[s]),
        .axi_wstrb_o    (axi_wstrb_o[s]),
        .axi_wvalid_o   (axi_wvalid_o[s]),
        .axi_wready_i   (axi_wready_i[s]),
        .axi_bresp_i    (axi_bresp_i[s]),
        .axi_bvalid_i   (axi_bvalid_i[s]),
        .axi_bready_o   (axi_bready_o[s])
    );
  end
  assign writes_idle = &port_writes_idle && no_write_waits;
  assign written = no_write_waits && !spilled_valid[0];  // all that the store unit had to write is at its port
  assign quiet = &port_quiet;
  assign all_idle = &idle && &port_idle && !spilled_valid[0] && writes_idle;

  // ---- errors and saturations ----
  assign fetch_error = |side_error && |reading[1:0];
  assign load_bus_error = |side_error && reading[2];
  assign write_bus_error = |write_error;
  assign error_valid[Stream] = stream_refused || |stream_error;
  assign error_valid[Load] = load_refused || load_bus_error;
  // What one core refuses, all do.
  assign error_valid[Mpe] = mpe_refused[0];
  assign error_valid[Sfu] = sfu_refused[0];
  assign error_valid[Store] = store_refused || write_bus_error;
  always_comb begin
    unit_error[Stream] = '{code: ErrorBus, unit: UnitStream, index: op[Stream].index};
    unit_error[Load] = '{code: ErrorBus, unit: UnitLoad, index: op[Load].index};
    unit_error[Store] = '{code: ErrorBus, unit: UnitStore, index: op[Store].index};
    unit_error[Mpe] = mpe_refusal[0];
    unit_error[Sfu] = sfu_refusal[0];
    if (stream_refused) unit_error[Stream] = stream_refusal;
    if (load_refused) unit_error[Load] = load_refusal;
    if (store_refused) unit_error[Store] = store_refusal;
  end
  // Each unit's count is added a cycle after it came. The last one comes before its unit is done, and the run ends later still.
  logic [7:0] saturations_q;
  logic [3:0] load_saturations_q;
  logic [6:0] core_saturations_q;
  logic [Slices-1:0] slice_saturated_q;
  always_ff @(posedge clk_i) begin
    load_saturations_q <= load_saturations;
    core_saturations_q <= core_saturations[0];
    slice_saturated_q <= slice_saturated;
    saturations_q <= 8'(load_saturations_q) + 8'(core_saturations_q) + 8'($countones(slice_saturated_q));
    if (!units_rst_n) begin
      load_saturations_q <= '0;
      core_saturations_q <= '0;
      slice_saturated_q <= '0;
      saturations_q <= '0;
    end
  end
  assign saturations = saturations_q;

  initial begin
    assert (Slices >= 1 && Slices <= 64 && Slices == 1 << $clog2(Slices) && Slices % Cores == 0);
    assert (ActivationWords % ChunkBlocks == 0 && PrefetchBytes % PortBytes == 0);
  end
endmodule
`default_nettype wire
