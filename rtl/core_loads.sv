/// The way of what `load` reads to the vector memory of every core: a write goes when all ways have room, and the load is done
/// when all of them were empty after its last one.
`default_nettype none
module core_loads
  import machine_pkg::*;
#(
    parameter int unsigned Cores = 2,
    parameter int unsigned Hops  = 2   // cycles there, and cycles back
) (
    input  wire                          clk_i,
    input  wire                          rst_ni,
    // load unit
    input  wire load_write_t             write_i,
    input  wire                          valid_i,
    output logic                         ready_o,
    input  wire                          done_i,   // its last write was taken
    output logic                         done_o,
    // cores
    output load_write_t      [Cores-1:0] write_o,
    output logic             [Cores-1:0] valid_o,
    input  wire              [Cores-1:0] ready_i
);
  logic [Cores-1:0] room, empty;
  assign ready_o = &room;
  for (genvar c = 0; c < Cores; c++) begin : gen_core
    relay #(
        .T(load_write_t),
        .Stages(Hops)
    ) u_way (
        .clk_i,
        .rst_ni,
        .data_i (write_i),
        .valid_i(valid_i && ready_o),
        .ready_o(room[c]),
        .data_o (write_o[c]),
        .valid_o(valid_o[c]),
        .ready_i(ready_i[c]),
        .idle_o (empty[c])
    );
  end

  // What comes back as empty was so `Hops` cycles ago: only then it counts for the load that is done.
  logic [Hops-1:0] empty_q, done_q;
  logic waits_q, waits;
  assign waits  = waits_q || done_q[Hops-1];
  assign done_o = waits && empty_q[Hops-1];
  always_ff @(posedge clk_i) begin
    empty_q <= Hops'({empty_q, &empty});
    if (!rst_ni) begin
      done_q  <= '0;
      waits_q <= 1'b0;
    end else begin
      done_q  <= Hops'({done_q, done_i});
      waits_q <= waits && !done_o;
    end
  end

  initial begin
    assert (Cores >= 2 && Hops >= 1);
  end
endmodule
`default_nettype wire
