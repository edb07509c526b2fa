/// Holds three port words of granules and shows the next six, of which up to six are taken a cycle. Chooses granules, never
/// bits. Words come in whole; it does not know what the granules mean.
`default_nettype none
module granule_window
  import godwit_isa_pkg::*;
  import slice_pkg::*;
#(
    parameter int unsigned WordGranules = 4
) (
    input  wire                              clk_i,
    input  wire                              rst_ni,
    input  wire granule_t [WordGranules-1:0] word_i,
    input  wire                              valid_i,
    output logic                             ready_o,
    output granule_t                         granules_o [TakeMost],
    output logic          [             3:0] available_o,
    input  wire           [             2:0] take_i
);
  localparam int unsigned Words = (TakeMost + 2 * WordGranules - 2) / WordGranules;
  localparam int unsigned Held = Words * WordGranules;

  granule_t [WordGranules-1:0] word_q[Words];
  logic [3:0] offset_q, offset_d;  // granules of the first word that are gone
  logic [3:0] words_q, words_d;
  logic [3:0] gone;  // whole words that leave now
  logic take_word;

  granule_t flat[Held];
  always_comb begin
    for (int unsigned w = 0; w < Words; w++) begin
      for (int unsigned g = 0; g < WordGranules; g++) flat[w*WordGranules+g] = word_q[w][g];
    end
    for (int unsigned g = 0; g < TakeMost; g++) begin
      granules_o[g] = flat[g];
      for (int unsigned o = 1; o < WordGranules; o++) begin
        if (offset_q == 4'(o)) granules_o[g] = flat[(g+o)%Held];
      end
    end
  end

  assign available_o = 4'(words_q * WordGranules) - offset_q;
  assign gone = (offset_q + 4'(take_i)) / 4'(WordGranules);
  assign offset_d = (offset_q + 4'(take_i)) % 4'(WordGranules);
  assign ready_o = words_q - gone < 4'(Words);
  assign take_word = valid_i && ready_o;
  assign words_d = words_q - gone + 4'(take_word);

  always_ff @(posedge clk_i) begin
    for (int unsigned w = 0; w < Words; w++) begin
      if (take_word && 4'(w) == words_q - gone) begin
        word_q[w] <= word_i;
      end else begin
        for (int unsigned g = 1; w + g < Words; g++) begin
          if (gone == 4'(g)) word_q[w] <= word_q[w+g];
        end
      end
    end
    if (!rst_ni) begin
      words_q  <= '0;
      offset_q <= '0;
    end else begin
      words_q  <= words_d;
      offset_q <= offset_d;
    end
  end

  initial begin
    assert (WordGranules inside {1, 2, 4});
  end
`ifndef SYNTHESIS
  TakesWhatIsThere :
  assert property (@(posedge clk_i) disable iff (!rst_ni) 4'(take_i) <= available_o);
`endif
endmodule
`default_nettype wire
