/// Holds granules of the stream in a ring of eight banks and shows the next eight; words come in whole, one or two a cycle.
/// Shows them turned, too: so many of them last instead of first, so that whoever passes them by needs no choice of its own.
/// Chooses granules, never bits. More can be taken than are shown: what is not needed. It does not know what granules mean.
`default_nettype none
module granule_window
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned WordGranules = 4,  // 1, 2 or 4
    parameter int unsigned Ways         = 2   // words a cycle, from the ways in turn
) (
    input  wire                                        clk_i,
    input  wire                                        rst_ni,
    input  wire granule_t [Ways-1:0][WordGranules-1:0] word_i,
    input  wire           [Ways-1:0]                   valid_i,
    output logic          [Ways-1:0]                   ready_o,
    output granule_t                                   granules_o [TakeMost],
    input  wire           [     2:0]                   last_i,                 // of the next eight, shown last
    output logic          [     5:0]                   available_o,
    input  wire           [     3:0]                   take_i
);
  localparam int unsigned Banks = TakeMost;
  localparam int unsigned Depth = 4;  // of a bank
  localparam int unsigned Held = Banks * Depth;
  typedef logic [$clog2(Held)-1:0] place_t;  // row of the banks, bank
  typedef logic [$clog2(Banks)-1:0] bank_t;

  place_t read_q, written_q;
  logic [5:0] held_q, come;
  logic turn;  // the way of the next word
  logic first, second;

  // ---- words: the second only behind the first ----
  assign first = held_q <= 6'(Held - WordGranules);
  if (Ways == 1) begin : gen_one
    assign ready_o = first;
    assign second  = 1'b0;
    assign turn    = 1'b0;
    assign come    = valid_i[0] && first ? 6'(WordGranules) : '0;
  end else begin : gen_two
    // Words go to the ways and to the banks in turn: which way a bank's words come from is known when the machine is built.
    assign turn    = written_q[$clog2(WordGranules)];
    assign second  = first && valid_i[turn] && held_q <= 6'(Held - 2 * WordGranules);
    assign ready_o = turn ? {first, second} : {second, first};
    always_comb begin
      come = '0;
      if (first && valid_i[turn]) come = second && valid_i[!turn] ? 6'(2 * WordGranules) : 6'(WordGranules);
    end
  end

  // ---- banks ----
  granule_t shown[Banks];
  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    granule_t memory_q[Depth];
    place_t write_place, read_place;  // of this bank, from the pointers on
    bank_t behind;  // granules that come before this bank's
    assign behind = bank_t'(b) - bank_t'(written_q);
    assign write_place = written_q + place_t'(Banks - 1 - b);
    assign read_place = read_q + place_t'(Banks - 1 - b);
    always_ff @(posedge clk_i) begin
      if (6'(behind) < come) begin
        memory_q[write_place[$bits(place_t)-1:$bits(bank_t)]] <=
            word_i[b/WordGranules%Ways][b%WordGranules];  // words come in whole
      end
    end
    assign shown[b] = memory_q[read_place[$bits(place_t)-1:$bits(bank_t)]];
  end
  // Turned by up to three banks, then by four: two choices that tables of six inputs have room for.
  bank_t turn_by;
  granule_t turned[Banks];
  assign turn_by = bank_t'(read_q) + last_i;
  for (genvar g = 0; g < Banks; g++) begin : gen_turn
    granule_t [3:0] near;
    assign near = {shown[(g+3)%Banks], shown[(g+2)%Banks], shown[(g+1)%Banks], shown[g]};
    assign turned[g] = near[turn_by[1:0]];
    assign granules_o[g] = turn_by[2] ? turned[(g+4)%Banks] : turned[g];
  end
  assign available_o = held_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      read_q <= '0;
      written_q <= '0;
      held_q <= '0;
    end else begin
      read_q <= read_q + place_t'(take_i);
      written_q <= written_q + place_t'(come);
      held_q <= held_q + come - 6'(take_i);
    end
  end

  initial begin
    assert (WordGranules inside {1, 2, 4} && Ways inside {1, 2});
  end
`ifndef SYNTHESIS
  TakesWhatIsThere :
  assert property (@(posedge clk_i) disable iff (!rst_ni) 6'(take_i) <= available_o);
`endif
endmodule
`default_nettype wire
