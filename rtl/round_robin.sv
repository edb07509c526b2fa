/// Chooses among requesters in turn: the next one after who was granted last, as far as they ask. Combinational choice; the
/// turn moves on when `take_i` says that the choice was used.
`default_nettype none
module round_robin #(
    parameter  int unsigned Requesters = 2,
    localparam int unsigned IndexBits  = Requesters > 1 ? $clog2(Requesters) : 1
) (
    input  wire                   clk_i,
    input  wire                   rst_ni,
    input  wire  [Requesters-1:0] request_i,
    input  wire                   take_i,
    output logic                  valid_o,
    output logic [ IndexBits-1:0] index_o
);
  logic [IndexBits-1:0] last_q;

  always_comb begin
    index_o = '0;
    valid_o = |request_i;
    for (int unsigned r = Requesters; r > 0; r--) begin
      if (request_i[r-1]) index_o = IndexBits'(r - 1);
    end
    for (int unsigned r = Requesters; r > 0; r--) begin
      if (request_i[r-1] && IndexBits'(r - 1) > last_q) index_o = IndexBits'(r - 1);
    end
  end
  always_ff @(posedge clk_i) begin
    if (!rst_ni) last_q <= '0;
    else if (valid_o && take_i) last_q <= index_o;
  end
endmodule
`default_nettype wire
