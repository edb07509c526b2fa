/// The registers of docs/isa.md behind AXI4-Lite. Start, done, idle and ready are those of a Vitis RTL kernel: start reads as
/// one until the run has ended, done and ready are cleared when they are read. While a run is on, only sampling can be
/// written; any other write is answered with SLVERR. Addresses without a register read as zero and take no notice of writes.
`default_nettype none
module host_registers
  import godwit_isa_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned AddressBits = 12
) (
    input  wire                                   clk_i,
    input  wire                                   rst_ni,
    // AXI4-Lite
    input  wire           [AddressBits-1:0]       axil_awaddr_i,
    input  wire                                   axil_awvalid_i,
    output logic                                  axil_awready_o,
    input  wire           [           31:0]       axil_wdata_i,
    input  wire           [            3:0]       axil_wstrb_i,
    input  wire                                   axil_wvalid_i,
    output logic                                  axil_wready_o,
    output logic          [            1:0]       axil_bresp_o,
    output logic                                  axil_bvalid_o,
    input  wire                                   axil_bready_i,
    input  wire           [AddressBits-1:0]       axil_araddr_i,
    input  wire                                   axil_arvalid_i,
    output logic                                  axil_arready_o,
    output logic          [           31:0]       axil_rdata_o,
    output logic          [            1:0]       axil_rresp_o,
    output logic                                  axil_rvalid_o,
    input  wire                                   axil_rready_i,
    // the machine
    output logic                                  start_o,          // for one cycle
    input  wire                                   done_i,           // for one cycle
    input  wire error_t                           error_i,
    input  wire           [           31:0]       position_i,       // after the run
    input  wire           [            7:0]       saturations_i,    // in this cycle
    output byte_address_t                         program_o,
    output byte_address_t                         descriptors_o,
    output logic          [           31:0]       position_o,
    output logic          [           31:0]       tokens_o,
    output logic                                  spill_o,
    output logic                                  greedy_o,
    output logic          [           19:0]       count_o,
    output logic          [            4:0]       fraction_bits_o,
    output logic          [ StopTokens-1:0]       stop_valid_o,
    output logic          [ StopTokens-1:0][23:0] stop_o
);
  localparam logic [1:0] Okay = 2'b00;
  localparam logic [1:0] SlaveError = 2'b10;
  typedef logic [15:0] offset_t;

  reg_control_t control_q;
  reg_program_t program_q;
  reg_error_t error;
  reg_position_t position_q;
  reg_tokens_t tokens_q;
  reg_spill_t spill_q;
  reg_sampling_t sampling_q;
  reg_descriptors_t descriptors_q;
  reg_format_t format_q;
  reg_saturations_t saturations_q;
  reg_stop_0_t [StopTokens-1:0] stop_q;

  // ---- write ----
  logic write, busy, refused;
  offset_t write_offset;
  logic [31:0] mask;
  assign busy = control_q.start;
  assign write = axil_awvalid_i && axil_wvalid_i && (!axil_bvalid_o || axil_bready_i);
  assign axil_awready_o = write;
  assign axil_wready_o = write;
  assign write_offset = offset_t'({axil_awaddr_i[AddressBits-1:2], 2'b0});
  assign refused = busy && write_offset != RegSampling;
  always_comb begin
    for (int unsigned b = 0; b < 4; b++) mask[8*b+:8] = {8{axil_wstrb_i[b]}};
  end
  function automatic logic [31:0] merged(input logic [31:0] old, input logic [31:0] data, input logic [31:0] m);
    return (data & m) | (old & ~m);
  endfunction

  // ---- read ----
  logic read;
  offset_t read_offset;
  logic [31:0] read_data;
  assign read = axil_arvalid_i && (!axil_rvalid_o || axil_rready_i);
  assign axil_arready_o = read;
  assign axil_rresp_o = Okay;
  assign read_offset = offset_t'({axil_araddr_i[AddressBits-1:2], 2'b0});
  assign error = '{zero: '0, instruction: error_i.index, unit: error_i.unit, code: 8'(error_i.code)};
  always_comb begin
    read_data = '0;
    case (read_offset)
      RegControl: read_data = control_q;
      RegProgram: read_data = program_q.address[31:0];
      RegProgram + 16'd4: read_data = program_q.address[63:32];
      RegError: read_data = error[31:0];
      RegError + 16'd4: read_data = error[63:32];
      RegPosition: read_data = position_q;
      RegTokens: read_data = tokens_q;
      RegSpill: read_data = spill_q;
      RegSampling: read_data = sampling_q;
      RegDescriptors: read_data = descriptors_q.address[31:0];
      RegDescriptors + 16'd4: read_data = descriptors_q.address[63:32];
      RegFormat: read_data = format_q;
      RegSaturations: read_data = saturations_q;
      RegStop0: read_data = stop_q[0];
      RegStop1: read_data = stop_q[1];
      RegStop2: read_data = stop_q[2];
      RegStop3: read_data = stop_q[3];
      default: ;
    endcase
  end

  logic [32:0] saturations;
  assign saturations = 33'(saturations_q.value) + 33'(saturations_i);

  always_ff @(posedge clk_i) begin
    start_o <= 1'b0;
    if (read) axil_rdata_o <= read_data;
    if (write) axil_bresp_o <= refused ? SlaveError : Okay;
    // What is read now is cleared for the next; an end in the same cycle is not lost.
    if (read && read_offset == RegControl) begin
      control_q.done  <= 1'b0;
      control_q.ready <= 1'b0;
    end
    if (write && !refused) begin
      case (write_offset)
        RegControl: begin
          if (axil_wdata_i[0] && mask[0]) begin
            start_o <= 1'b1;
            control_q.start <= 1'b1;
            control_q.idle <= 1'b0;
          end
        end
        RegProgram: program_q.address[31:0] <= merged(program_q.address[31:0], axil_wdata_i, mask);
        RegProgram + 16'd4: program_q.address[63:32] <= merged(program_q.address[63:32], axil_wdata_i, mask);
        RegPosition: position_q <= merged(position_q, axil_wdata_i, mask);
        RegTokens: tokens_q <= merged(tokens_q, axil_wdata_i, mask);
        RegSpill: spill_q <= merged(spill_q, axil_wdata_i, mask);
        RegSampling: sampling_q <= merged(sampling_q, axil_wdata_i, mask);
        RegDescriptors: descriptors_q.address[31:0] <= merged(descriptors_q.address[31:0], axil_wdata_i, mask);
        RegDescriptors + 16'd4:
        descriptors_q.address[63:32] <= merged(descriptors_q.address[63:32], axil_wdata_i, mask);
        RegFormat: format_q <= merged(format_q, axil_wdata_i, mask);
        RegStop0: stop_q[0] <= merged(stop_q[0], axil_wdata_i, mask);
        RegStop1: stop_q[1] <= merged(stop_q[1], axil_wdata_i, mask);
        RegStop2: stop_q[2] <= merged(stop_q[2], axil_wdata_i, mask);
        RegStop3: stop_q[3] <= merged(stop_q[3], axil_wdata_i, mask);
        default: ;
      endcase
    end
    program_q.address[63:40] <= '0;
    descriptors_q.address[63:40] <= '0;
    spill_q.zero <= '0;
    sampling_q.zero <= '0;
    format_q.zero <= '0;
    for (int unsigned s = 0; s < StopTokens; s++) stop_q[s].zero <= '0;

    if (start_o) saturations_q <= '0;
    else saturations_q <= saturations[32] ? '1 : saturations[31:0];
    if (done_i) begin
      control_q  <= '{zero: '0, ready: 1'b1, idle: 1'b1, done: 1'b1, start: 1'b0};
      position_q <= position_i;
    end
    if (!rst_ni) begin
      control_q <= '{zero: '0, ready: 1'b0, idle: 1'b1, done: 1'b0, start: 1'b0};
      program_q <= '0;
      position_q <= '0;
      tokens_q <= '0;
      spill_q <= '0;
      sampling_q <= '0;
      descriptors_q <= '0;
      format_q <= '0;
      saturations_q <= '0;
      stop_q <= '0;
      start_o <= 1'b0;
      axil_bvalid_o <= 1'b0;
      axil_rvalid_o <= 1'b0;
    end else begin
      axil_bvalid_o <= write || (axil_bvalid_o && !axil_bready_i);
      axil_rvalid_o <= read || (axil_rvalid_o && !axil_rready_i);
    end
  end

  assign program_o = byte_address_t'(program_q.address);
  assign descriptors_o = byte_address_t'(descriptors_q.address);
  assign position_o = position_q.value;
  assign tokens_o = tokens_q.value;
  assign spill_o = spill_q.all;
  assign greedy_o = sampling_q.greedy;
  assign count_o = sampling_q.count;
  assign fraction_bits_o = format_q.fraction_bits;
  for (genvar s = 0; s < StopTokens; s++) begin : gen_stop
    assign stop_valid_o[s] = stop_q[s].valid;
    assign stop_o[s] = stop_q[s].token;
  end
endmodule
`default_nettype wire
