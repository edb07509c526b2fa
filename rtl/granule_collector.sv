/// Makes words of whole granules of a port: nothing where the port carries granules, else it gathers one granule from several
/// port words, the first in the lowest bits.
`default_nettype none
module granule_collector
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter  int unsigned PortBytes    = 64,
    localparam int unsigned WordGranules = PortBytes < 16 ? 1 : PortBytes / 16
) (
    input  wire                         clk_i,
    input  wire                         rst_ni,
    input  wire      [ 8*PortBytes-1:0] port_i,
    input  wire                         port_valid_i,
    output logic                        port_ready_o,
    output granule_t [WordGranules-1:0] word_o,
    output logic                        word_valid_o,
    input  wire                         word_ready_i
);
  if (PortBytes >= 16) begin : gen_whole
    assign word_o = port_i;
    assign word_valid_o = port_valid_i;
    assign port_ready_o = word_ready_i;
  end else begin : gen_gather
    localparam int unsigned Parts = 16 / PortBytes;
    granule_t granule_q;
    logic [$clog2(Parts):0] parts_q;

    assign word_o = granule_q;
    assign word_valid_o = parts_q == ($clog2(Parts) + 1)'(Parts);
    assign port_ready_o = !word_valid_o || word_ready_i;
    always_ff @(posedge clk_i) begin
      if (port_valid_i && port_ready_o) granule_q <= {port_i, granule_q[GranuleBits-1:8*PortBytes]};
      if (!rst_ni) parts_q <= '0;
      else
        parts_q <= (word_valid_o && word_ready_i ? '0 : parts_q) + ($clog2(Parts) + 1)'(port_valid_i && port_ready_o);
    end
  end

  initial begin
    assert (PortBytes inside {1, 2, 4, 8, 16, 32, 64});
  end
endmodule
`default_nettype wire
