/// control with the queues of the units, the semaphores and a side bus: a driver in C++ plays units, sampler, host and memory.
`default_nettype none
module control_bench
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned CacheLines   = 4,
    parameter int unsigned WatchdogBits = 12
) (
    input  wire          clk_i,
    input  wire          rst_ni,
    input  wire  [  7:0] fault_i,
    // host
    input  wire          start_i,
    input  wire  [ 39:0] program_i,
    input  wire  [ 39:0] descriptors_i,
    input  wire  [ 31:0] position_i,
    input  wire  [ 31:0] tokens_i,
    input  wire          spill_i,
    output logic         busy_o,
    output logic         done_o,
    output logic [  3:0] error_code_o,
    output logic [  2:0] error_unit_o,
    output logic [ 31:0] error_index_o,
    output logic [ 31:0] position_o,
    output logic         abort_o,
    input  wire          quiet_i,
    input  wire          bus_error_i,
    // units
    output logic         unit_start_o     [Units],
    input  wire          unit_done_i      [Units],
    input  wire          unit_error_i     [Units],
    output logic [255:0] unit_word_o      [Units],
    output logic [255:0] unit_descriptor_o[Units],
    output logic [141:0] unit_cache_o     [Units],
    output logic [ 31:0] unit_index_o     [Units],
    output logic [  4:0] unit_tokens_o    [Units],
    output logic [ 19:0] unit_position_o  [Units],
    output logic [ 19:0] unit_length_o    [Units],
    output logic         unit_spill_o     [Units],
    // sampling
    output logic         sample_start_o,
    output logic [255:0] sample_word_o,
    output logic [ 19:0] sample_position_o,
    input  wire          sample_done_i,
    input  wire          sample_go_i,
    input  wire          sample_error_i,
    // memory
    output logic [  7:0] read_channel_o,
    output logic [ 39:0] read_address_o,
    output logic [ 11:0] read_granules_o,
    output logic         read_valid_o,
    input  wire          read_ready_i,
    input  wire  [127:0] granule_i,
    input  wire          granule_valid_i,
    output logic         granule_ready_o
);
  logic units_rst_n;
  assign units_rst_n = rst_ni && !abort_o;

  op_t op;
  logic [Units-1:0] op_valid, op_ready, idle, started, ended, error_valid;
  error_t [Units-1:0] unit_error;
  error_t error;
  logic [Units:0] request, grant, raise;
  logic [Units:0][1:0][3:0] want, raised;
  logic zero, overflow, fetch_valid, describe_valid;
  logic [1:0] read_ready, granule_valid, reading;
  side_read_t fetch, describe, port_read;
  granule_t granule;
  sample_instr_t sample;

  control #(
      .CacheLines  (CacheLines),
      .WatchdogBits(WatchdogBits)
  ) u_control (
      .clk_i,
      .rst_ni,
      .fault_i                 (fault_pkg::fault_e'(fault_i)),
      .start_i,
      .program_i,
      .descriptors_i,
      .position_i,
      .tokens_i,
      .spill_i,
      .busy_o,
      .done_o,
      .error_o                 (error),
      .position_o,
      .fetch_o                 (fetch),
      .fetch_valid_o           (fetch_valid),
      .fetch_ready_i           (read_ready[0]),
      .fetch_granule_valid_i   (granule_valid[0]),
      .describe_o              (describe),
      .describe_valid_o        (describe_valid),
      .describe_ready_i        (read_ready[1]),
      .describe_granule_valid_i(granule_valid[1]),
      .granule_i               (granule),
      .op_o                    (op),
      .op_valid_o              (op_valid),
      .op_ready_i              (op_ready),
      .idle_i                  (&idle),
      .progress_i              (|{started, ended}),
      .error_valid_i           (error_valid),
      .error_i                 (unit_error),
      .request_o               (request[0]),
      .want_o                  (want[0]),
      .grant_i                 (grant[0]),
      .raise_o                 (raise[0]),
      .raised_o                (raised[0]),
      .semaphores_zero_i       (zero),
      .semaphores_overflow_i   (overflow),
      .bus_error_i,
      .abort_o,
      .quiet_i,
      .sample_start_o,
      .sample_o                (sample),
      .sample_position_o,
      .sample_done_i,
      .sample_go_i,
      .sample_error_i
  );
  assign error_code_o  = error.code;
  assign error_unit_o  = error.unit;
  assign error_index_o = error.index;
  assign sample_word_o = sample;

  semaphores #(
      .Requesters(Units + 1)
  ) u_semaphores (
      .clk_i,
      .rst_ni(units_rst_n),
      .fault_i(fault_pkg::fault_e'(fault_i)),
      .request_i(request),
      .want_i(want),
      .grant_o(grant),
      .raise_i(raise),
      .raised_i(raised),
      .zero_o(zero),
      .overflow_o(overflow)
  );
  for (genvar u = 0; u < Units; u++) begin : gen_unit
    op_t here;
    unit_queue u_queue (
        .clk_i,
        .rst_ni(units_rst_n),
        .op_i(op),
        .op_valid_i(op_valid[u]),
        .op_ready_o(op_ready[u]),
        .request_o(request[u+1]),
        .want_o(want[u+1]),
        .grant_i(grant[u+1]),
        .raise_o(raise[u+1]),
        .raised_o(raised[u+1]),
        .op_o(here),
        .start_o(started[u]),
        .done_i(ended[u]),
        .idle_o(idle[u])
    );
    assign ended[u] = unit_done_i[u];
    assign error_valid[u] = unit_error_i[u];
    assign unit_error[u] = '{code: ErrorMemory, unit: unit_e'(u + 1), index: here.index};
    assign unit_start_o[u] = started[u];
    assign unit_word_o[u] = here.word;
    assign unit_descriptor_o[u] = here.descriptor;
    assign unit_cache_o[u] = here.cache;
    assign unit_index_o[u] = here.index;
    assign unit_tokens_o[u] = here.tokens;
    assign unit_position_o[u] = here.position;
    assign unit_length_o[u] = here.length;
    assign unit_spill_o[u] = here.spill;
  end

  logic no_write, no_write_waits;
  side_write_t none;
  logic none_valid;
  side_bus #(
      .Readers(2),
      .Writers(1),
      .Ports  (1)
  ) u_bus (
      .clk_i,
      .rst_ni              (units_rst_n),
      .read_i              ({describe, fetch}),
      .read_valid_i        ({describe_valid, fetch_valid}),
      .read_ready_o        (read_ready),
      .granule_o           (granule),
      .granule_valid_o     (granule_valid),
      .granule_ready_i     ('1),
      .reading_o           (reading),
      .write_i             ('0),
      .write_valid_i       ('0),
      .write_ready_o       (no_write),
      .writes_idle_o       (no_write_waits),
      .port_read_o         (port_read),
      .port_read_valid_o   (read_valid_o),
      .port_read_ready_i   (read_ready_i),
      .port_granule_i      (granule_i),
      .port_granule_valid_i(granule_valid_i),
      .port_granule_ready_o(granule_ready_o),
      .port_write_o        (none),
      .port_write_valid_o  (none_valid),
      .port_write_ready_i  (1'b0)
  );
  assign read_channel_o  = port_read.channel;
  assign read_address_o  = port_read.address;
  assign read_granules_o = port_read.granules;
endmodule
`default_nettype wire
