/// Turns the granules of a beat into a signed code and an input's index for each lane: wiring, a sign fill, and for N = 8
/// the rank of each bit of a bitmap. They stand from the cycle after `enable_i` on. Where chains are fewer than rows, it decodes the
/// rows of one turn, and takes a cycle more to choose them: of whatever stands, since only the next cycle asks whether it was issued.
`default_nettype none
module beat_decoder
  import godwit_isa_pkg::*;
  import slice_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned Chains = Rows
) (
    input  wire                 clk_i,
`ifdef GODWIT_FAULTS
    input  wire fault_e         fault_i,
`endif
    input  wire                 stands_i,                     // all that follows may be of use; from registers
    input  wire                 enable_i,
    input  wire beat_e          kind_i,
    input  wire layout_e        layout_i,
    input  wire           [2:0] last_plane_i,                 // that has codes
    input  wire           [3:0] bits_i,
    input  wire           [2:0] turn_i,
    input  wire granule_t       positions_i [     4],
    input  wire granule_t       planes_i    [     8],
    output code_t               code_o      [Chains][Lanes],
    output lane_index_t         index_o     [Chains][Lanes]
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif

  // ---- the rows of a turn where those of the first one lie ----
  granule_t turn_positions[4];
  granule_t turn_planes[8];
  beat_e kind;
  layout_e layout;
  logic [2:0] last_plane;
  logic enable;
  if (Chains == Rows) begin : gen_all_rows
    assign turn_positions = positions_i;
    assign turn_planes = planes_i;
    assign kind = kind_i;
    assign layout = layout_i;
    assign last_plane = last_plane_i;
    assign enable = enable_i;
  end else begin : gen_rows
    // A row has 16 bits of a granule, 8 of each half or 4 of each quarter, and of four bits at a time the row's number is bits 4 to
    // 2, 3 to 1 or 2 to 0 of their place: they are chosen by bit 2, then by bit 3 or 1, then by what is left.
    typedef logic [3:0][3:0] row_bits_t;
    typedef logic [31:0][3:0] places_t;
    function automatic row_bits_t bits_of(input places_t granule, input logic in_halves, input logic in_quarters,
                                          input logic [2:0] row);
      logic [15:0][3:0] sixteen;
      logic [7:0][3:0] eight;
      row_bits_t four;
      for (int unsigned i = 0; i < 16; i++) begin
        sixteen[i] = granule[{2'(i/4), in_quarters?row[2] : in_halves?row[1] : row[0], 2'(i)}];
      end
      for (int unsigned i = 0; i < 8; i++) begin
        eight[i] = sixteen[{1'(i/4), in_halves?row[2] : row[1], 2'(i)}];
        if (in_quarters) eight[i] = sixteen[{2'(i/2), row[1], 1'(i)}];
      end
      for (int unsigned i = 0; i < 4; i++) begin
        four[i] = eight[{row[2], 2'(i)}];
        if (in_halves) four[i] = eight[{1'(i/2), row[0], 1'(i)}];
        if (in_quarters) four[i] = eight[{2'(i), row[0]}];
      end
      return four;
    endfunction
    // Where one row of a turn lies and no other, it lies for all layouts.
    function automatic places_t granule_of(input row_bits_t [Chains-1:0] rows, input logic in_halves,
                                           input logic in_quarters);
      places_t granule;
      granule = '0;
      for (int unsigned i = 0; i < 32; i++) begin
        if (i < 4 * Chains) granule[i] = rows[i/4][i%4];
        if (i % 16 < 2 * Chains) begin
          if (in_halves || i >= 4 * Chains) granule[i] = rows[i%16/2][i/16*2+i%2];
        end
        if (i % 8 < Chains) begin
          if (in_quarters || (i >= 4 * Chains && i % 16 >= 2 * Chains)) granule[i] = rows[i%8][i/8];
        end
      end
      return granule;
    endfunction

    row_bits_t [Chains-1:0] positions_q[4];
    row_bits_t [Chains-1:0] planes_q[8];
    logic [2:0] row[Chains];
    for (genvar r = 0; r < Chains; r++) begin : gen_row
      assign row[r] = row_of(turn_i, Chains, r);
    end
    logic halves, quarters;
    assign halves   = layout_i inside {LayoutHalves, LayoutBytes};
    assign quarters = layout_i == LayoutQuarters;
    always_ff @(posedge clk_i) begin
      if (stands_i) begin
        for (int unsigned r = 0; r < Chains; r++) begin
          // positions in halves are in the last two, in quarters in the last one; codes in quarters in the first two
          for (int unsigned g = 0; g < 4; g++) begin
            positions_q[g][r] <= bits_of(positions_i[g], halves && g >= 2, quarters && g == 3, row[r]);
          end
          for (int unsigned g = 0; g < 8; g++) begin
            planes_q[g][r] <= bits_of(planes_i[g], halves, quarters && g < 2, row[r]);
          end
        end
        kind <= kind_i;
        layout <= layout_i;
        last_plane <= last_plane_i;
      end
      enable <= enable_i;
    end
    logic in_halves, in_quarters;
    assign in_halves   = layout inside {LayoutHalves, LayoutBytes};
    assign in_quarters = layout == LayoutQuarters;
    for (genvar g = 0; g < 4; g++) begin : gen_positions
      assign turn_positions[g] = granule_of(positions_q[g], in_halves && g >= 2, in_quarters && g == 3);
    end
    for (genvar g = 0; g < 8; g++) begin : gen_planes
      assign turn_planes[g] = granule_of(planes_q[g], in_halves, in_quarters && g < 2);
    end
  end

  // A plane of few lanes put where they belong among the 16 of each row: all of them, two of every four, or one of every
  // four; the others become zero.
  function automatic granule_t spread(input layout_e lies, input granule_t full, input logic [63:0] half,
                                      input logic [31:0] quarter);
    granule_t plane;
    plane = full;
    if (lies == LayoutHalves) begin
      for (int unsigned i = 0; i < 32; i++) plane[i*4+:4] = {2'b00, half[i*2+:2]};
    end else if (lies == LayoutQuarters) begin
      for (int unsigned i = 0; i < 32; i++) plane[i*4+:4] = {3'b000, quarter[i]};
    end
    return plane;
  endfunction

  // Eight planes of eight lanes as a byte a lane: [plane][lane] to [lane][plane].
`ifdef GODWIT_QUICK
  // Each step exchanges the two squares off the diagonal: of 1 x 1, 2 x 2 and 4 x 4 bits.
  function automatic logic [63:0] exchange(input logic [63:0] x, input logic [63:0] mask, input int unsigned distance);
    logic [63:0] both;
    both = (x ^ (x >> distance)) & mask;
    return x ^ both ^ (both << distance);
  endfunction
  function automatic logic [7:0][7:0] lanes_of(input logic [7:0][7:0] plane);
    return exchange(exchange(exchange(plane, 64'h00aa_00aa_00aa_00aa, 7), 64'h0000_cccc_0000_cccc, 14),
                    64'h0000_0000_f0f0_f0f0, 28);
  endfunction
`else
  function automatic logic [7:0][7:0] lanes_of(input logic [7:0][7:0] plane);
    logic [7:0][7:0] lane;
    for (int unsigned p = 0; p < 8; p++) begin
      for (int unsigned l = 0; l < 8; l++) lane[l][p] = plane[p][l];
    end
    return lane;
  endfunction
`endif

  // Whether at least 1, 2, 3, 4 of four bits are set.
  function automatic logic [4:1] at_least(input logic [3:0] bits);
    return {
      &bits,
      (bits[0] && bits[1] && (bits[2] || bits[3])) || (bits[2] && bits[3] && (bits[0] || bits[1])),
      (bits[0] && bits[1]) || (bits[2] && bits[3]) || ((bits[0] || bits[1]) && (bits[2] || bits[3])),
      |bits
    };
  endfunction

  // How many of four bits are set, from what at_least gives.
  function automatic logic [2:0] number_of(input logic [4:1] least);
    return {least[4], least[2] && !least[4], (least[1] && !least[2]) || (least[3] && !least[4])};
  endfunction

  // Where in four bits the first, second, third and fourth of those that are set is.
  function automatic logic [3:0][1:0] places_of_four(input logic [3:0] bits);
    logic [3:0][1:0] places;
    logic [3:0] rank;  // one of these, of the next bit that is set
    places = '0;
    rank   = 4'b0001;
    for (int unsigned i = 0; i < 4; i++) begin
      for (int unsigned n = 0; n < 4; n++) if (bits[i] && rank[n]) places[n] |= 2'(i);
      if (bits[i]) rank = {rank[2:0], 1'b0};
    end
    return places;
  endfunction

  // The places of the set bits of a byte, in rising order: those of the upper half by how many the lower one has.
  function automatic logic [7:0][2:0] places_of_eight(input logic [7:0] bitmap);
    logic [7:0][2:0] places;
    logic [4:1] least;
    logic [2:0] below;
    logic [3:0][1:0] lower, upper;
    least = at_least(bitmap[3:0]);
    below = number_of(least);
    lower = places_of_four(bitmap[3:0]);
    upper = places_of_four(bitmap[7:4]);
    for (int unsigned n = 0; n < 8; n++) begin
      logic [1:0] even, odd;
      even = below[1] ? upper[2'(n+2)] : upper[2'(n)];
      odd = below[1] ? upper[2'(n+1)] : upper[2'(n+3)];
      places[n] = {1'b1, below[0] ? odd : even};
      if (n < 4) if (least[n+1]) places[n] = {1'b0, lower[n]};
    end
    return places;
  endfunction

  // The places of the eight set bits of a bitmap, in rising order: the lower half's from below, the upper half's from above,
  // of which there are as many as the lower half lacks.
  function automatic logic [7:0][3:0] set_bits(input logic [Lanes-1:0] bitmap);
    logic [7:0][3:0] places;
    logic [7:0][2:0] up, down;
    logic [7:0] reversed;
    logic [4:0] low_least, high_least;
    for (int unsigned i = 0; i < 8; i++) reversed[i] = bitmap[15-i];
    up = places_of_eight(bitmap[7:0]);
    down = places_of_eight(reversed);
    low_least = {at_least(bitmap[3:0]), 1'b1};
    high_least = {at_least(bitmap[7:4]), 1'b1};
    for (int unsigned n = 0; n < 8; n++) begin
      logic lower;
      lower = 1'b0;  // so many of the lower half that this one is among them
      for (int unsigned l = 0; l <= 4; l++) begin
        if (n < l + 4) lower |= low_least[l] && high_least[n<l?0 : n+1-l];
      end
      places[n] = lower ? {1'b0, up[n]} : {1'b1, ~down[7-n]};
    end
    return places;
  endfunction

  // The codes of a beat. A block of 8 bits that has a cycle for itself lies in bytes, all rows of an input side by side.
`ifdef GODWIT_QUICK
  function automatic void codes_of(input layout_e lies, input logic [2:0] at, input logic [3:0] bits,
                                   input granule_t plane[8], output code_t code[Chains][Lanes]);
    granule_t laid [8];
    granule_t sign;
    logic [7:0][7:0] eight, numbers;
    if (lies == LayoutBytes) begin
      for (int unsigned r = 0; r < Chains; r++) begin
        for (int unsigned l = 0; l < Lanes; l++) code[r][l] = code_t'(plane[l/2][l%2*64+r*8+:8]);
      end
    end else begin
      for (int unsigned p = 0; p < 8; p++) begin
        laid[p] = spread(lies, plane[p], plane[p/2][p%2*64+:64], plane[p/4][p%4*32+:32]);
      end
      sign = laid[3'(bits-4'd1)];
      for (int unsigned p = 0; p < 8; p++) begin
        if (p >= 32'(bits)) laid[p] = sign;
      end
      for (int unsigned h = 0; h < 2 * Chains; h++) begin
        for (int unsigned p = 0; p < 8; p++) eight[p] = laid[p][h*8+:8];
        numbers = lanes_of(eight);
        for (int unsigned l = 0; l < 8; l++) code[h/2][h%2*8+l] = code_t'(numbers[l]);
      end
    end
  endfunction
`else
  // As one choice of four a bit, and one more where a lane of every kind is: first the signs, of the last granule that has codes,
  // then what lies where, or the sign where no plane is left.
  function automatic void codes_of(input layout_e lies, input logic [2:0] at, input logic [3:0] bits,
                                   input granule_t plane[8], output code_t code[Chains][Lanes]);
    granule_t [3:0] first, later;
    granule_t holder, sign;
    logic [1:0] filled;
    logic [3:0] four;
    logic over;
    first  = {plane[3], plane[2], plane[1], plane[0]};
    later  = {plane[6], plane[5], plane[4], first[at[1:0]]};  // codes of 8 bits need no sign
    holder = later[at[2]?2'(at+3'd1) : 2'd0];
    sign   = holder;
    for (int unsigned i = 0; i < 32; i++) begin
      four = {holder[96+i], holder[64+i], holder[32+i], holder[i]};
      if (lies == LayoutQuarters) sign[i*4+:2] = {1'b0, four[2'(bits-4'd1)]};
      if (lies == LayoutHalves) sign[i*4+:2] = bits[0] ? holder[i*2+:2] : holder[64+i*2+:2];
    end
    for (int unsigned p = 0; p < 8; p++) begin
      over   = p >= 32'(bits);
      filled = over ? 2'd2 : 2'(lies);
      for (int unsigned i = 0; i < Chains * Lanes; i++) begin
        four = {plane[i%Lanes/2][i%2*64+i/Lanes*8+p], sign[i], sign[i], plane[p][i]};
        if (i % 4 < 2) four[1] = plane[p/2][p%2*64+i/4*2+i%2];
        if (i % 4 == 0) four[2] = plane[p/4][p%4*32+i/4];
        if (i % 4 == 0) code[i/Lanes][i%Lanes][p] = over ? sign[i] : four[lies];
        else if (i % 4 == 1) code[i/Lanes][i%Lanes][p] = four[filled];
        else code[i/Lanes][i%Lanes][p] = lies == LayoutHalves || lies == LayoutQuarters ? 1'b0 : four[filled];
      end
    end
  endfunction
`endif

  function automatic void decode(input beat_e of, input layout_e lies, input logic [2:0] holding,
                                 input logic [3:0] bits, input granule_t position[4], input granule_t plane[8],
                                 output code_t code[Chains][Lanes], output lane_index_t index[Chains][Lanes]);
    granule_t laid[4];
    logic [7:0][7:0] eight, numbers;
    logic [7:0][3:0] places;

    codes_of(lies, holding, bits, plane, code);
    if (of == BeatSingle) begin
      for (int unsigned r = 0; r < Chains; r++) begin
        for (int unsigned l = 0; l < Lanes; l++) index[r][l] = 4'(l);
      end
    end else if (of == BeatPair) begin
      for (int unsigned h = 0; h < 2 * Chains; h++) begin
        places = set_bits(position[2+h%2][h/2*Lanes+:Lanes]);
        for (int unsigned l = 0; l < 8; l++) index[h/2][h%2*8+l] = places[l];
      end
    end else begin
      for (int unsigned p = 0; p < 4; p++) begin
        laid[p] = spread(lies, position[p], position[2+p/2][p%2*64+:64], position[3][p*32+:32]);
      end
      eight = '0;
      for (int unsigned h = 0; h < 2 * Chains; h++) begin
        for (int unsigned p = 0; p < 4; p++) eight[p] = laid[p][h*8+:8];
        numbers = lanes_of(eight);
        for (int unsigned l = 0; l < 8; l++) index[h/2][h%2*8+l] = numbers[l][3:0];
      end
    end
  endfunction

  always_ff @(posedge clk_i) begin
    if (enable) begin
      code_t code[Chains][Lanes];
      lane_index_t index[Chains][Lanes];
      decode(kind, layout, last_plane, bits_i, turn_positions, turn_planes, code, index);
      code_o  <= code;
      index_o <= index;
      if (fault_i == FaultCode) code_o[3%Chains][5][0] <= !code[3%Chains][5][0];
      if (fault_i == FaultIndex) index_o[6%Chains][11][2] <= !index[6%Chains][11][2];
    end
  end
endmodule
`default_nettype wire
