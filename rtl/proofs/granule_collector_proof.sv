/// granule_collector of a port narrower than a granule: every word of the port is in one granule, at its place; a granule stands
/// until it is taken; at most one word waits beside a whole granule for nothing.
`default_nettype none
module granule_collector_proof
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter  int unsigned PortBytes = 4,
    localparam int unsigned Parts     = 16 / PortBytes
) (
    input wire                   clk_i,
    input wire                   rst_ni,
    input wire [8*PortBytes-1:0] port_i,
    input wire                   port_valid_i,
    input wire                   word_ready_i
);
  typedef logic [7:0] number_t;
  typedef logic [8*PortBytes-1:0] part_t;

  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic port_ready, word_valid;
  granule_t [0:0] word;
  granule_collector #(
      .PortBytes(PortBytes)
  ) u_collector (
      .clk_i,
      .rst_ni,
      .port_i,
      .port_valid_i,
      .port_ready_o(port_ready),
      .word_o      (word),
      .word_valid_o(word_valid),
      .word_ready_i
  );

  // ---- the words that came since the last granule left, each at its place ----
  number_t there_q;
  part_t [Parts-1:0] part_q;
  logic push, pop;
  assign push = port_valid_i && port_ready;
  assign pop  = word_valid && word_ready_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) there_q <= '0;
    else there_q <= (pop ? '0 : there_q) + number_t'(push);
    for (int unsigned p = 0; p < Parts; p++) begin
      if (push && number_t'(p) == (pop ? '0 : there_q)) part_q[p] <= port_i;
    end
  end

  // What came lies at the upper end until the granule is whole.
  logic same;
  always_comb begin
    same = 1'b1;
    for (int unsigned p = 0; p < Parts; p++) begin
      for (int unsigned n = p + 1; n <= Parts; n++) begin
        if (there_q == number_t'(n) && word[0][(Parts-n+p)*8*PortBytes+:8*PortBytes] != part_q[p]) same = 1'b0;
      end
    end
  end

  logic waited_q;
  granule_t shown_q;
  always_ff @(posedge clk_i) begin
    waited_q <= rst_ni && word_valid && !word_ready_i;
    shown_q  <= word[0];
  end

  always_comb begin
    if (begun_q) begin
      CountsWords : assert (number_t'(u_collector.gen_gather.parts_q) == there_q && there_q <= number_t'(Parts));
      WholeWhenAllAreThere : assert (word_valid == (there_q == number_t'(Parts)));
      TakesWhileThereIsRoom : assert (port_ready == (there_q != number_t'(Parts) || word_ready_i));
      EachAtItsPlace : assert (same && (!word_valid || word[0] == part_q));
      StandsUntilTaken : assert (!waited_q || (word_valid && word[0] == shown_q));
    end
  end
endmodule
`default_nettype wire
