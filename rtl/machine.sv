/// One core: host registers, sequencer, units, and a memory port with its slice for each channel. What the units are and how
/// they meet: docs/rtl.md. A card's sizes are its parameters; the shell gives each port its channel. Nothing is computed here:
/// the file is long because every wire between units is in it.
`default_nettype none
module machine
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Slices = 2,
    parameter int unsigned PortBytes = 64,
    parameter int unsigned PrefetchBytes = 16384,  // of a slice
    parameter int unsigned ActivationWords = 4096,
    parameter int unsigned SfuLanes = 8,
    parameter int unsigned VectorReals = 65536,
    // What lies around the vector unit is a quarter as wide, at least 1 and at most 8 reals a cycle.
    parameter int unsigned PathLanes = SfuLanes <= 4 ? 1 : SfuLanes >= 32 ? 8 : SfuLanes / 4,
    parameter int unsigned GatherLanes = PathLanes,  // through an activation function
    parameter int unsigned SumLanes = PathLanes,  // logits into the sum of exponentials
    parameter int unsigned LoadLanes = PathLanes,  // codes of 16-bit rows
    parameter int unsigned StoreLanes = PathLanes,  // into the KV cache
    parameter int unsigned CacheLines = 16,  // of four instructions
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
  localparam int unsigned Width = SfuLanes < 8 ? 8 : SfuLanes;  // reals of a port of the vector memory
  localparam int unsigned Banks = Width / 8;
  localparam int unsigned Chunks = ActivationWords / ChunkBlocks;
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
  op_t [Units-1:0] op;
  logic [Units-1:0] sent_valid, sent_ready, idle, started, ended, error_valid;
  error_t [Units-1:0] unit_error;
  error_t mpe_error, sfu_error;
  logic [Units:0] request, grant, raise;
  logic [Units:0][1:0][3:0] want, raised;
  logic semaphores_zero, semaphores_overflow, all_idle, quiet, busy, fetch_error;
  logic sample_start, sample_done, sample_go, sample_error;
  sample_instr_t sample;
  logic [19:0] sample_position;

  // The side bus: instructions, descriptors, load; store, sampler.
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
    unit_queue u_queue (
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
      .Slices(Slices)
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

  // ---- the vector memory: MPE, SFU, store read; MPE, load, SFU write ----
  logic [2:0] read_valid, read_ready, answer_valid, write_valid, write_ready;
  vec_t [2:0] read_address, write_address;
  logic [2:0][Banks-1:0] read_groups;
  logic [2:0][Banks-1:0][7:0] write_strobe;
  logic [2:0][Banks-1:0][7:0][31:0] answer, write_data;
  vector_memory #(
      .Reals  (VectorReals),
      .Banks  (Banks),
      .Readers(3),
      .Writers(3)
  ) u_vectors (
      .clk_i,
      .rst_ni         (units_rst_n),
      .read_valid_i   (read_valid),
      .read_ready_o   (read_ready),
      .read_address_i (read_address),
      .read_groups_i  (read_groups),
      .answer_valid_o (answer_valid),
      .answer_o       (answer),
      .write_valid_i  (write_valid),
      .write_ready_o  (write_ready),
      .write_address_i(write_address),
      .write_strobe_i (write_strobe),
      .write_data_i   (write_data)
  );
  assign read_groups[0] = Banks'(1);
  assign read_groups[1] = '1;
  assign read_groups[2] = Banks'(1);

  // ---- load ----
  logic load_refused, load_bus_error;
  error_t load_refusal;
  logic [7:0] load_strobe;
  logic [7:0][31:0] load_data;
  logic [3:0] load_saturations;
  load_unit #(
      .Slices     (Slices),
      .VectorReals(VectorReals),
      .RealLanes  (LoadLanes)
  ) u_load (
      .clk_i,
      .rst_ni         (units_rst_n),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i(fraction_bits),
      .op_i           (op[Load]),
      .start_i        (started[Load]),
      .done_o         (ended[Load]),
      .error_valid_o  (load_refused),
      .error_o        (load_refusal),
      .read_o         (side_read[2]),
      .read_valid_o   (side_read_valid[2]),
      .read_ready_i   (side_read_ready[2]),
      .granule_i      (granule),
      .granule_valid_i(granule_valid[2]),
      .granule_ready_o(granule_ready[2]),
      .write_address_o(write_address[1]),
      .write_strobe_o (load_strobe),
      .write_data_o   (load_data),
      .write_valid_o  (write_valid[1]),
      .write_ready_i  (write_ready[1]),
      .saturations_o  (load_saturations)
  );
  assign write_strobe[1] = (8 * Banks)'(load_strobe);
  assign write_data[1]   = (256 * Banks)'(load_data);

  // ---- MPE ----
  job_t [Slices-1:0] job;
  logic [Slices-1:0] job_valid, job_ready, packet_valid, packet_ready, slice_saturated;
  packet_t [Slices-1:0] packet;
  logic [7:0][31:0] gathered;
  spill_t spilled;
  logic spilled_valid, spilled_ready, best_valid, best_take;
  best_t best;
  logic [8:0] best_count;
  logic signed [31:0] sum_top;
  logic [63:0] sum_total;
  logic [4:0] mpe_saturations;
  mpe_unit #(
      .Slices     (Slices),
      .Chunks     (Chunks),
      .VectorReals(VectorReals),
      .RealLanes  (GatherLanes),
      .SumLanes   (SumLanes)
  ) u_mpe (
      .clk_i,
      .rst_ni         (units_rst_n),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i(fraction_bits),
      .op_i           (op[Mpe]),
      .start_i        (started[Mpe]),
      .done_o         (ended[Mpe]),
      .error_valid_o  (error_valid[Mpe]),
      .error_o        (mpe_error),
      .job_o          (job),
      .job_valid_o    (job_valid),
      .job_ready_i    (job_ready),
      .packet_i       (packet),
      .packet_valid_i (packet_valid),
      .packet_ready_o (packet_ready),
      .read_address_o (read_address[0]),
      .read_valid_o   (read_valid[0]),
      .read_ready_i   (read_ready[0]),
      .answer_valid_i (answer_valid[0]),
      .answer_i       (answer[0][0]),
      .write_address_o(write_address[0]),
      .write_data_o   (gathered),
      .write_valid_o  (write_valid[0]),
      .write_ready_i  (write_ready[0]),
      .spill_o        (spilled),
      .spill_valid_o  (spilled_valid),
      .spill_ready_i  (spilled_ready),
      .best_o         (best),
      .best_valid_o   (best_valid),
      .best_take_i    (best_take),
      .best_count_o   (best_count),
      .sum_top_o      (sum_top),
      .sum_total_o    (sum_total),
      .saturations_o  (mpe_saturations)
  );
  assign write_strobe[0] = (8 * Banks)'(8'hff);
  assign write_data[0]   = (256 * Banks)'(gathered);

  // ---- SFU ----
  logic word_valid, scales_valid;
  act_t word;
  word_t word_data;
  logic [13:0] scales_chunk;
  scale_t [1:0] scales;
  logic [5:0] sfu_saturations;
  sfu #(
      .RealLanes      (SfuLanes),
      .VectorReals    (VectorReals),
      .ActivationWords(ActivationWords)
  ) u_sfu (
      .clk_i,
      .rst_ni         (units_rst_n),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i(fraction_bits),
      .op_i           (op[Sfu]),
      .start_i        (started[Sfu]),
      .done_o         (ended[Sfu]),
      .error_valid_o  (error_valid[Sfu]),
      .error_o        (sfu_error),
      .read_address_o (read_address[1]),
      .read_valid_o   (read_valid[1]),
      .read_ready_i   (read_ready[1]),
      .answer_valid_i (answer_valid[1]),
      .answer_i       (answer[1]),
      .write_address_o(write_address[2]),
      .write_strobe_o (write_strobe[2]),
      .write_data_o   (write_data[2]),
      .write_valid_o  (write_valid[2]),
      .write_ready_i  (write_ready[2]),
      .word_valid_o   (word_valid),
      .word_o         (word),
      .word_data_o    (word_data),
      .scales_valid_o (scales_valid),
      .scales_chunk_o (scales_chunk),
      .scales_o       (scales),
      .saturations_o  (sfu_saturations)
  );

  // ---- store, sampler ----
  logic store_refused, store_idle, write_bus_error;
  error_t store_refusal;
  store_unit #(
      .Slices     (Slices),
      .VectorReals(VectorReals),
      .RealLanes  (StoreLanes)
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
      .read_address_o (read_address[2]),
      .read_valid_o   (read_valid[2]),
      .read_ready_i   (read_ready[2]),
      .answer_valid_i (answer_valid[2]),
      .answer_i       (answer[2][0]),
      .spill_i        (spilled),
      .spill_valid_i  (spilled_valid),
      .spill_ready_o  (spilled_ready),
      .write_o        (side_write[0]),
      .write_valid_o  (side_write_valid[0]),
      .write_ready_i  (side_write_ready[0]),
      .writes_idle_i  (writes_idle),
      .idle_o         (store_idle)
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
      .ready_i      (idle[Mpe] && store_idle),
      .best_i       (best),
      .best_take_o  (best_take),
      .best_count_i (best_count),
      .sum_top_i    (sum_top),
      .sum_total_i  (sum_total),
      .write_o      (side_write[1]),
      .write_valid_o(side_write_valid[1]),
      .write_ready_i(side_write_ready[1]),
      .writes_idle_i(writes_idle)
  );

  // ---- memory ----
  side_read_t port_read;
  side_write_t port_write;
  granule_t [Slices-1:0] port_granule;
  logic [Slices-1:0] port_read_valid, port_read_ready, port_granule_valid, port_granule_ready;
  logic [Slices-1:0] port_write_valid, port_write_ready, port_writes_idle, port_quiet, port_idle;
  logic [Slices-1:0] stream_error, side_error, write_error;
  side_bus #(
      .Readers(Readers),
      .Writers(Writers),
      .Ports  (Slices)
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
  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    logic [8*PortBytes-1:0] stream;
    logic stream_valid, stream_ready;
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
        .stream_o       (stream),
        .stream_valid_o (stream_valid),
        .stream_ready_i (stream_ready),
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
    slice #(
        .PortBytes     (PortBytes),
        .Chunks        (Chunks),
        .CascadeLatency(CascadeLatency)
    ) u_slice (
        .clk_i,
        .rst_ni              (units_rst_n),
`ifdef GODWIT_FAULTS
        .fault_i,
`endif
        .job_i               (job[s]),
        .job_valid_i         (job_valid[s]),
        .job_ready_o         (job_ready[s]),
        .stream_i            (stream),
        .stream_valid_i      (stream_valid),
        .stream_ready_o      (stream_ready),
        .write_i             (word_valid),
        .write_word_i        (word),
        .write_data_i        (word_data),
        .write_scales_i      (scales_valid),
        .write_scales_chunk_i(scales_chunk),
        .write_scales_data_i (scales),
        .packet_o            (packet[s]),
        .packet_valid_o      (packet_valid[s]),
        .packet_ready_i      (packet_ready[s]),
        .saturated_o         (slice_saturated[s])
    );
  end
  assign writes_idle = &port_writes_idle;
  assign quiet = &port_quiet;
  assign all_idle = &idle && &port_idle && store_idle && writes_idle;

  // ---- errors and saturations ----
  assign fetch_error = |side_error && |reading[1:0];
  assign load_bus_error = |side_error && reading[2];
  assign write_bus_error = |write_error;
  assign error_valid[Stream] = stream_refused || |stream_error;
  assign error_valid[Load] = load_refused || load_bus_error;
  assign error_valid[Store] = store_refused || write_bus_error;
  always_comb begin
    unit_error[Stream] = '{code: ErrorBus, unit: UnitStream, index: op[Stream].index};
    unit_error[Load]   = '{code: ErrorBus, unit: UnitLoad, index: op[Load].index};
    unit_error[Store]  = '{code: ErrorBus, unit: UnitStore, index: op[Store].index};
    if (stream_refused) unit_error[Stream] = stream_refusal;
    if (load_refused) unit_error[Load] = load_refusal;
    if (store_refused) unit_error[Store] = store_refusal;
  end
  logic [7:0] saturations_q;
  always_ff @(posedge clk_i) begin
    saturations_q <= 8'(load_saturations) + 8'(mpe_saturations) + 8'(sfu_saturations) + 8'($countones(slice_saturated));
    if (!units_rst_n) saturations_q <= '0;
  end
  assign saturations = saturations_q;

  initial begin
    assert (Slices >= 1 && Slices <= 64 && Slices == 1 << $clog2(Slices));
    assert (ActivationWords % ChunkBlocks == 0 && PrefetchBytes % PortBytes == 0);
  end
endmodule
`default_nettype wire
