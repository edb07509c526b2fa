/// A run of the sorted cells of best_logits; its neighbours hold the better ones before it and the worse ones behind it. Mapped
/// once however many there are: as one register of 256 cells they keep a synthesis at work for many minutes.
`default_nettype none
module best_cells
  import machine_pkg::*;
#(
    parameter int unsigned Cells = 16
) (
    input  wire            clk_i,
    input  wire            clear_i,   // forget everything
    input  wire            take_i,    // everything one cell forward
    input  wire best_key_t insert_i,  // where it is valid
    // neighbours: the last cell before these, whether insert_i beats that, and the first cell behind them
    input  wire best_key_t before_i,
    input  wire            beaten_i,
    input  wire best_key_t behind_i,
    output best_key_t      first_o,
    output best_key_t      last_o,
    output logic           beaten_o
);
  best_key_t cell_q[Cells];

  always_ff @(posedge clk_i) begin
    if (clear_i) begin
      for (int unsigned i = 0; i < Cells; i++) cell_q[i] <= '0;
    end else if (take_i) begin
      for (int unsigned i = 0; i + 1 < Cells; i++) cell_q[i] <= cell_q[i+1];
      cell_q[Cells-1] <= behind_i;
    end else if (insert_i.valid) begin
      if (insert_i > cell_q[0]) cell_q[0] <= beaten_i ? before_i : insert_i;
      for (int unsigned i = 1; i < Cells; i++) begin
        if (insert_i > cell_q[i]) cell_q[i] <= insert_i > cell_q[i-1] ? cell_q[i-1] : insert_i;
      end
    end
  end
  assign first_o  = cell_q[0];
  assign last_o   = cell_q[Cells-1];
  assign beaten_o = insert_i > cell_q[Cells-1];
endmodule
`default_nettype wire
