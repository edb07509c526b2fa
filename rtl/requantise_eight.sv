/// Eight values x one scale as reals, RealLanes a cycle; a tag goes along. Valid/ready at both ends. A group's results stand in a
/// register of their own, so that the next group is worked on while they wait.
`default_nettype none
module requantise_eight
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter type         T         = logic,
    parameter int unsigned Bits      = 32,     // of a value, 17 to 48
    parameter int unsigned RealLanes = 8       // 1, 2, 4 or 8
) (
    input  wire                              clk_i,
    input  wire                              rst_ni,
    input  wire logic signed [5:0]           fraction_i,
    input  wire              [7:0][Bits-1:0] value_i,        // signed
    input  wire scale_t                      scale_i,
    input  wire              [7:0]           wanted_i,       // those whose saturations count
    input  wire T                            tag_i,
    input  wire                              valid_i,
    output logic                             ready_o,
    output logic             [7:0][    31:0] real_o,
    output T                                 tag_o,
    output logic                             valid_o,
    input  wire                              ready_i,
    output logic             [3:0]           saturations_o,  // in this cycle
    output logic                             idle_o
);
  localparam int unsigned Parts = 8 / RealLanes;
  localparam int unsigned Latency = 3;  // of scaled_real

  // ---- a group goes in, part by part ----
  typedef struct packed {
    logic [7:0][Bits-1:0] value;
    scale_t scale;
    logic [7:0] wanted;
    T tag;
  } group_t;
  group_t group_q;
  logic group_valid_q;
  logic [3:0] part_q;
  logic flow, last_part;
  assign last_part = part_q == 4'(Parts - 1);
  if (Parts > Latency) begin : gen_known
    // When a group's last part goes, the one before has come out: nothing stops it, and who comes next is asked in before.
    logic ready_q;
    assign ready_o = ready_q;
    always_ff @(posedge clk_i) ready_q <= !rst_ni || (ready_q ? !valid_i : flow && part_q == 4'(Parts - 2));
  end else begin : gen_asked
    assign ready_o = !group_valid_q || (last_part && flow);
  end
  always_ff @(posedge clk_i) begin
    if (ready_o) group_q <= '{value: value_i, scale: scale_i, wanted: wanted_i, tag: tag_i};
    if (!rst_ni) begin
      group_valid_q <= 1'b0;
      part_q <= '0;
    end else begin
      group_valid_q <= valid_i || !ready_o;
      if (group_valid_q && flow) part_q <= last_part ? '0 : part_q + 1'b1;
    end
  end

  // ---- what goes with a part ----
  typedef struct packed {
    logic ends;
    logic [RealLanes-1:0] wanted;
    T tag;
  } with_t;
  with_t with_q[Latency];
  with_t here, there;
  logic [Latency-1:0] valid_q;
  logic [RealLanes-1:0][31:0] lane_real;
  logic [RealLanes-1:0] lane_saturated;
  logic arrives;
  always_comb begin
    here.ends = last_part;
    here.tag  = group_q.tag;
    for (int unsigned l = 0; l < RealLanes; l++) here.wanted[l] = group_q.wanted[3'(32'(part_q)*RealLanes+l)];
  end
  always_ff @(posedge clk_i) begin
    if (flow) begin
      with_q[0] <= here;
      for (int unsigned i = 1; i < Latency; i++) with_q[i] <= with_q[i-1];
    end
    if (!rst_ni) valid_q <= '0;
    else if (flow) valid_q <= {valid_q[Latency-2:0], group_valid_q};
  end
  assign there   = with_q[Latency-1];
  assign arrives = valid_q[Latency-1];
  for (genvar l = 0; l < RealLanes; l++) begin : gen_lane
    scaled_real #(
        .Bits(Bits)
    ) u_scaled (
        .clk_i,
`ifdef GODWIT_QUICK
        .enable_i(flow && (group_valid_q || valid_q != '0)),  // in a simulation not for nothing
`else
        .enable_i(flow),
`endif
        .value_i(group_q.value[3'(32'(part_q)*RealLanes+l)]),
        .mantissa_i(group_q.scale.mantissa),
        .left_i(11'(group_q.scale.exponent) + 11'(fraction_i)),
        .real_o(lane_real[l]),
        .saturated_o(lane_saturated[l])
    );
  end
  always_comb begin
    saturations_o = '0;
    for (int unsigned l = 0; l < RealLanes; l++) begin
      saturations_o += 4'(flow && arrives && there.wanted[l] && lane_saturated[l]);
    end
  end

  // ---- a group comes out ----
  logic [7:0][31:0] whole;
  if (Parts == 1) begin : gen_at_once
    assign whole = lane_real;
  end else begin : gen_assemble
    logic [(Parts-1)*RealLanes-1:0][31:0] earlier_q;
    always_ff @(posedge clk_i) begin
      if (flow && arrives) earlier_q <= ((Parts - 1) * RealLanes * 32)'({lane_real, earlier_q} >> (RealLanes * 32));
    end
    assign whole = {lane_real, earlier_q};
  end
  // With one lane a group takes eight cycles and its results are long gone: who takes them is not asked in the same cycle.
  assign flow   = !valid_o || (Parts < 8 && ready_i) || !(arrives && there.ends);
  assign idle_o = !group_valid_q && valid_q == '0 && !valid_o;
  always_ff @(posedge clk_i) begin
    if (flow && arrives && there.ends) begin
      real_o <= whole;
      tag_o  <= there.tag;
    end
    if (!rst_ni) valid_o <= 1'b0;
    else valid_o <= (flow && arrives && there.ends) || (valid_o && !ready_i);
  end

  initial begin
    assert (RealLanes inside {1, 2, 4, 8});
  end
`ifndef SYNTHESIS
  ReadyIsKnown :
  assert property (@(posedge clk_i) disable iff (!rst_ni) ready_o == (!group_valid_q || (last_part && flow)));
`endif
endmodule
`default_nettype wire
