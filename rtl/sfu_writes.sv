/// Puts the parts of a row together again and keeps rows until the vector memory takes them; counts what was cut on the way. Who
/// asks for rows keeps a place here for each.
`default_nettype none
module sfu_writes
  import machine_pkg::*;
  import sfu_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned RealLanes = 8,
    parameter int unsigned Width     = 8,
    parameter int unsigned Depth     = 32
) (
    input  wire                               clk_i,
    input  wire                               rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e                       fault_i,
`endif
    input  wire part_t                        part_i,
    input  wire         [RealLanes-1:0][31:0] real_i,
    input  wire         [RealLanes-1:0]       saturated_i,
    output vec_t                              write_address_o,
    output logic        [    Width-1:0]       write_strobe_o,
    output logic        [    Width-1:0][31:0] write_data_o,
    output logic                              write_valid_o,
    input  wire                               write_ready_i,
    output logic        [          6:0]       saturations_o
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Parts = Width / RealLanes;
  typedef struct packed {
    vec_t address;
    logic [Width-1:0] strobe;
    logic [Width-1:0][31:0] data;
  } write_t;
  row_t row;
  write_t result, oldest;
  logic turns, counts, queue_ready;
  assign row = part_i.row;
  assign turns = row.pass == PassTurn;
  assign counts = part_i.valid && writes(row.pass) && (!turns || part_i.second);

  if (Parts == 1) begin : gen_at_once
    assign result.data = real_i;
  end else begin : gen_assemble
    logic [(Parts-1)*RealLanes-1:0][31:0] data_q;
    always_ff @(posedge clk_i) begin
      if (counts) data_q <= ((Parts - 1) * RealLanes * 32)'({real_i, data_q} >> (RealLanes * 32));
    end
    assign result.data = {real_i, data_q};
  end
  assign result.address = vec_t'(row.to);
  for (genvar i = 0; i < Width; i++) begin : gen_strobe
    assign result.strobe[i] = 32'(row.count) > i || (fault_i == FaultStrobe && row.last);
  end
  fifo #(
      .T(write_t),
      .Depth(Depth)
  ) u_queue (
      .clk_i,
      .rst_ni,
      .data_i (result),
      .valid_i(counts && part_i.last_part),
      .ready_o(queue_ready),
      .data_o (oldest),
      .valid_o(write_valid_o),
      .ready_i(write_ready_i)
  );
  assign write_address_o = oldest.address;
  assign write_strobe_o = oldest.strobe;
  assign write_data_o = oldest.data;

  // A turned pair that is cut counts once.
  logic [RealLanes-1:0] belongs;
  logic before_q;  // one lane: the part before was cut
  logic [6:0] saturations;
  always_comb begin
    saturations = '0;
    for (int unsigned l = 0; l < RealLanes; l++) begin
      belongs[l] = 32'(row.count) > 32'(part_i.part) * RealLanes + l;
      if (!turns) saturations += 7'(saturated_i[l] && belongs[l]);
      else if (RealLanes == 1) saturations += 7'((saturated_i[l] || before_q) && belongs[l] && part_i.part[0]);
      else if (l % 2 == 1) saturations += 7'((saturated_i[l] || saturated_i[(l+RealLanes-1)%RealLanes]) && belongs[l]);
    end
  end
  if (RealLanes == 1) begin : gen_one_lane
    always_ff @(posedge clk_i) if (counts) before_q <= saturated_i[0];
  end else begin : gen_pairs
    assign before_q = 1'b0;
  end
  always_ff @(posedge clk_i) saturations_o <= counts && rst_ni ? saturations : '0;

`ifndef SYNTHESIS
  RoomForEveryRow :
  assert property (@(posedge clk_i) disable iff (!rst_ni) counts && part_i.last_part |-> queue_ready);
`endif
endmodule
`default_nettype wire
