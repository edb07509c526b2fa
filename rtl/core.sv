/// One core: its slices with the activations that they read, the vector unit, the vector memory, and the unit that makes the
/// slices' jobs and gathers what all cores' slices send. Of several cores each holds the same vectors and does the same with
/// them; they differ in the rows of a matrix that their slices have. What orders them is outside.
`default_nettype none
module core
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import machine_pkg::*;
  import fault_pkg::*;
#(
    parameter  int unsigned Slices          = 2,                            // of all cores
    parameter  int unsigned Own             = Slices,                       // of this one, from `First` on
    parameter  int unsigned First           = 0,
    parameter  int unsigned Sources         = Slices,                       // of packets
    parameter  bit          KeepsBest       = 1,                            // the best logits: one core does
    parameter  int unsigned PortBytes       = 64,
    parameter  int unsigned ActivationWords = 4096,
    parameter  int unsigned SfuLanes        = 8,
    parameter  int unsigned VectorReals     = 65536,
    parameter  int unsigned GatherLanes     = 2,
    parameter  int unsigned SumLanes        = 2,
    parameter  int unsigned ScaleDividers   = 2,
    parameter  int unsigned Fold            = 1,                            // of a slice
    parameter  int unsigned CascadeLatency  = 8,
    localparam int unsigned Width           = SfuLanes < 8 ? 8 : SfuLanes,  // reals of a port of the vector memory
    localparam int unsigned Ways            = stream_ways(PortBytes)
) (
    input  wire                                                   clk_i,
    input  wire                                                   rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                                           fault_i,
`endif
    input  wire          [        4:0]                            fraction_bits_i,
    // unit_queue of the MPE, of the SFU
    input  wire op_t                                              mpe_op_i,
    input  wire                                                   mpe_start_i,
    output logic                                                  mpe_done_o,
    output logic                                                  mpe_error_valid_o,
    output error_t                                                mpe_error_o,
    input  wire op_t                                              sfu_op_i,
    input  wire                                                   sfu_start_i,
    output logic                                                  sfu_done_o,
    output logic                                                  sfu_error_valid_o,
    output error_t                                                sfu_error_o,
    // vector memory: load writes, store reads
    input  wire vec_t                                             load_address_i,
    input  wire          [        7:0]                            load_strobe_i,
    input  wire          [        7:0][    31:0]                  load_data_i,
    input  wire                                                   load_valid_i,
    output logic                                                  load_ready_o,
    input  wire vec_t                                             store_address_i,
    input  wire                                                   store_valid_i,
    output logic                                                  store_ready_o,
    output logic                                                  store_answer_valid_o,
    output logic         [        7:0][    31:0]                  store_answer_o,
    // what the ports read
    input  wire          [    Own-1:0][Ways-1:0][8*PortBytes-1:0] stream_i,
    input  wire          [    Own-1:0][Ways-1:0]                  stream_valid_i,
    output logic         [    Own-1:0][Ways-1:0]                  stream_ready_o,
    // packets of the own slices
    output packet_t      [    Own-1:0]                            packet_o,
    output logic         [    Own-1:0]                            packet_valid_o,
    input  wire          [    Own-1:0]                            packet_ready_i,
    output logic                                                  sent_o,
    // packets of all
    input  wire packet_t [Sources-1:0]                            packet_i,
    input  wire          [Sources-1:0]                            packet_valid_i,
    output logic         [Sources-1:0]                            packet_ready_o,
    input  wire                                                   all_sent_i,
    output logic                                                  took_all_o,
    // store unit: spilled logits
    output spill_t                                                spill_o,
    output logic                                                  spill_valid_o,
    input  wire                                                   spill_ready_i,
    // sampler
    output best_t                                                 best_o,
    output logic                                                  best_valid_o,
    input  wire                                                   best_take_i,
    output logic         [        8:0]                            best_count_o,
    output logic signed  [       31:0]                            sum_top_o,
    output logic         [       63:0]                            sum_total_o,
    // in this cycle: of vectors, which all cores count alike; of the own slices
    output logic         [        6:0]                            saturations_o,
    output logic         [    Own-1:0]                            slice_saturated_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Banks = Width / 8;
  localparam int unsigned Words = Width < 16 ? 1 : Width / 16;  // of activations, written at once
  localparam int unsigned Chunks = ActivationWords / ChunkBlocks;

  // ---- the vector memory: MPE, SFU, store read; MPE, load, SFU write ----
  logic [2:0] read_valid, read_ready, answer_valid, write_valid, write_ready;
  // From where the machine's reset is made to all that a core holds is far: it goes on from here, from unit to unit.
  logic [2:0] rst_n;
  always_ff @(posedge clk_i) rst_n <= {rst_n[1:0], rst_ni};

  vec_t [2:0] read_address, write_address;
  logic [2:0][Banks-1:0] read_groups;
  logic [2:0][Banks-1:0][7:0] write_strobe;
  logic [2:0][Banks-1:0][7:0][31:0] answer, write_data;
  vector_memory #(
      .Reals    (VectorReals),
      .Banks    (Banks),
      .Readers  (3),
      .Writers  (3),
      .ReadsOne (3'b101),
      .WritesOne(3'b011)
  ) u_vectors (
      .clk_i,
      .rst_ni         (rst_n[0]),
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

  assign write_address[1] = load_address_i;
  assign write_strobe[1] = (8 * Banks)'(load_strobe_i);
  assign write_data[1] = (256 * Banks)'(load_data_i);
  assign write_valid[1] = load_valid_i;
  assign load_ready_o = write_ready[1];
  assign read_address[2] = store_address_i;
  assign read_valid[2] = store_valid_i;
  assign store_ready_o = read_ready[2];
  assign store_answer_valid_o = answer_valid[2];
  assign store_answer_o = answer[2][0];

  // ---- MPE ----
  job_t [Own-1:0] job;
  logic [Own-1:0] job_valid, job_ready;
  logic [7:0][31:0] gathered;
  logic [4:0] mpe_saturations;
  mpe_unit #(
      .Slices     (Slices),
      .Own        (Own),
      .First      (First),
      .Sources    (Sources),
      .KeepsBest  (KeepsBest),
      .Chunks     (Chunks),
      .VectorReals(VectorReals),
      .RealLanes  (GatherLanes),
      .SumLanes   (SumLanes),
      .BestHeap   (SumLanes == 1)
  ) u_mpe (
      .clk_i,
      .rst_ni         (rst_n[0]),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i,
      .op_i           (mpe_op_i),
      .start_i        (mpe_start_i),
      .done_o         (mpe_done_o),
      .error_valid_o  (mpe_error_valid_o),
      .error_o        (mpe_error_o),
      .job_o          (job),
      .job_valid_o    (job_valid),
      .job_ready_i    (job_ready),
      .sent_o,
      .all_sent_i,
      .took_all_o,
      .packet_i,
      .packet_valid_i,
      .packet_ready_o,
      .read_address_o (read_address[0]),
      .read_valid_o   (read_valid[0]),
      .read_ready_i   (read_ready[0]),
      .answer_valid_i (answer_valid[0]),
      .answer_i       (answer[0][0]),
      .write_address_o(write_address[0]),
      .write_data_o   (gathered),
      .write_valid_o  (write_valid[0]),
      .write_ready_i  (write_ready[0]),
      .spill_o,
      .spill_valid_o,
      .spill_ready_i,
      .best_o,
      .best_valid_o,
      .best_take_i,
      .best_count_o,
      .sum_top_o,
      .sum_total_o,
      .saturations_o  (mpe_saturations)
  );
  assign write_strobe[0] = (8 * Banks)'(8'hff);
  assign write_data[0]   = (256 * Banks)'(gathered);

  // ---- SFU ----
  logic word_valid, scales_valid;
  act_t word;
  word_t [Words-1:0] word_data;
  logic [13:0] scales_chunk;
  scale_t [1:0] scales;
  logic [6:0] sfu_saturations;
  sfu #(
      .RealLanes      (SfuLanes),
      .VectorReals    (VectorReals),
      .ActivationWords(ActivationWords),
      .ScaleDividers  (ScaleDividers)
  ) u_sfu (
      .clk_i,
      .rst_ni         (rst_n[1]),
`ifdef GODWIT_FAULTS
      .fault_i,
`endif
      .fraction_bits_i,
      .op_i           (sfu_op_i),
      .start_i        (sfu_start_i),
      .done_o         (sfu_done_o),
      .error_valid_o  (sfu_error_valid_o),
      .error_o        (sfu_error_o),
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
  assign saturations_o = 7'(mpe_saturations) + 7'(sfu_saturations);

  // ---- slices ----
  for (genvar s = 0; s < Own; s++) begin : gen_slice
    slice #(
        .PortBytes     (PortBytes),
        .Chunks        (Chunks),
        .Fold          (Fold),
        .CascadeLatency(CascadeLatency),
        .WriteWords    (Words)
    ) u_slice (
        .clk_i,
        .rst_ni              (rst_n[2]),
`ifdef GODWIT_FAULTS
        .fault_i,
`endif
        .job_i               (job[s]),
        .job_valid_i         (job_valid[s]),
        .job_ready_o         (job_ready[s]),
        .stream_i            (stream_i[s]),
        .stream_valid_i      (stream_valid_i[s]),
        .stream_ready_o      (stream_ready_o[s]),
        .write_i             (word_valid),
        .write_word_i        (word),
        .write_data_i        (word_data),
        .write_scales_i      (scales_valid),
        .write_scales_chunk_i(scales_chunk),
        .write_scales_data_i (scales),
        .packet_o            (packet_o[s]),
        .packet_valid_o      (packet_valid_o[s]),
        .packet_ready_i      (packet_ready_i[s]),
        .saturated_o         (slice_saturated_o[s])
    );
  end
endmodule
`default_nettype wire
