/// exchange with its structs opened into plain ports, for a driver in C++ that plays slices and the gather of each core.
`default_nettype none
module exchange_bench
  import slice_pkg::*;
#(
    parameter int unsigned Slices = 4,
    parameter int unsigned Cores  = 2,
    parameter int unsigned Hops   = 2
) (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire  [19:0] row_i         [     Slices],
    input  wire  [31:0] real_i        [     Slices],
    input  wire         packet_valid_i[     Slices],
    output logic        packet_ready_o[     Slices],
    input  wire         sent_i        [      Cores],
    // [to * Cores + from]
    output logic [19:0] row_o         [Cores*Cores],
    output logic [31:0] real_o        [Cores*Cores],
    output logic        packet_valid_o[Cores*Cores],
    input  wire         packet_ready_i[Cores*Cores],
    output logic        all_sent_o    [      Cores],
    input  wire         took_all_i    [      Cores]
);
  packet_t [Slices-1:0] packet;
  logic [Slices-1:0] packet_valid, packet_ready;
  logic [Cores-1:0] sent, all_sent, took_all;
  packet_t [Cores-1:0][Cores-1:0] came;
  logic [Cores-1:0][Cores-1:0] came_valid, came_ready;
  for (genvar s = 0; s < Slices; s++) begin : gen_slice
    always_comb begin
      packet[s] = '0;
      packet[s].row = row_i[s];
      packet[s].real_value[7] = real_i[s];
    end
    assign packet_valid[s]   = packet_valid_i[s];
    assign packet_ready_o[s] = packet_ready[s];
  end
  for (genvar c = 0; c < Cores; c++) begin : gen_core
    assign sent[c] = sent_i[c];
    assign all_sent_o[c] = all_sent[c];
    assign took_all[c] = took_all_i[c];
    for (genvar f = 0; f < Cores; f++) begin : gen_from
      assign row_o[c*Cores+f] = came[c][f].row;
      assign real_o[c*Cores+f] = came[c][f].real_value[7];
      assign packet_valid_o[c*Cores+f] = came_valid[c][f];
      assign came_ready[c][f] = packet_ready_i[c*Cores+f];
    end
  end
  exchange #(
      .Slices(Slices),
      .Cores (Cores),
      .Hops  (Hops)
  ) u_exchange (
      .clk_i,
      .rst_ni,
      .packet_i      (packet),
      .packet_valid_i(packet_valid),
      .packet_ready_o(packet_ready),
      .sent_i        (sent),
      .packet_o      (came),
      .packet_valid_o(came_valid),
      .packet_ready_i(came_ready),
      .all_sent_o    (all_sent),
      .took_all_i    (took_all)
  );
endmodule
`default_nettype wire
