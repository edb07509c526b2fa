/// The order of an instruction's reads: batches of vectors, passes, vectors, rows, operands (the vector's own row last). A row
/// is asked for when the lanes will have time for it and what it leads to will find room.
`default_nettype none
module sfu_fetch
  import godwit_isa_pkg::*;
  import machine_pkg::*;
  import sfu_pkg::*;
  import fault_pkg::*;
#(
    parameter int unsigned RealLanes       = 8,      // reals a cycle
    parameter int unsigned Width           = 8,      // reals of a row
    parameter int unsigned Depth           = 32,     // rows under way to the vector memory
    parameter int unsigned VectorReals     = 65536,
    parameter int unsigned ActivationWords = 4096
) (
    input  wire         clk_i,
    input  wire         rst_ni,
`ifdef GODWIT_FAULTS
    input  wire fault_e fault_i,
`endif
    input  wire plan_t  plan_i,          // stands
    input  wire         start_i,
    output logic        finished_o,      // everything was asked for
    // vector memory
    output vec_t        read_address_o,
    output logic        read_valid_o,
    input  wire         read_ready_i,
    // goes with an accepted read
    output read_e       read_o,
    output row_t        row_o,
    // what makes room for more
    input  wire         vector_ready_i,  // what a pass finds out about a vector is there, in the order of the vectors
    input  wire         written_i,       // a row
    output logic        writing_o,       // rows are on their way to the vector memory
    output logic        outside_o        // a place beyond its memory
);
`ifndef GODWIT_FAULTS
  fault_e fault_i;
  assign fault_i = FaultNone;
`endif
  localparam int unsigned Parts = Width / RealLanes;
  localparam int unsigned Collected = Width < 16 ? 16 : Width;  // codes that become words together
  localparam int unsigned CountBits = $clog2(Depth + 1);

  // ---- where it stands ----
  logic running_q, final_q;  // the last batch
  pass_e pass_q;
  number_t number_q;
  number_t last_number_q;  // of the batch
  logic [20:0] offset_q;  // of the row in the vector
  logic [1:0] slot_q;
  logic first_pass, pairs;
  assign first_pass = pass_q == plan_i.pass;
  assign pairs = pass_q == PassCodes && !plan_i.two_digits;  // two vectors side by side

  vector_t walked, vector;
  vector_t batch_q[Batch];
  logic [20:0] count_q[Batch];
  number_t number;  // with the odd one of a pair
  logic walk_next, walk_q;  // the vector is done with; a cycle later
  assign number = number_q | number_t'(pairs && slot_q[0]);
  always_comb begin
    vector = first_pass ? walked : batch_q[number];
    if (!first_pass) vector.count = count_q[number_q];  // of a pair the same
    if (fault_i == FaultAllowed && plan_i.grows) vector.count += 21'd1;
  end
  sfu_walk u_walk (
      .clk_i,
      .plan_i,
      .start_i,
      .next_i  (RealLanes == 1 ? walk_q : walk_next),
      .vector_o(walked)
  );

  // ---- the row, and which operand of it ----
  read_e read;
  logic last_slot, alone, reads_vector;
  logic [20:0] end_offset;
  logic row_ends;
  row_t row;
  assign alone = number_q == last_number_q;
  always_comb begin
    read = ReadVector;
    last_slot = 1'b1;
    if (pairs) begin
      last_slot = alone || slot_q[0];
    end else if (plan_i.has_other && pass_q != PassSums) begin
      last_slot = slot_q == (pass_q == PassNormalise && plan_i.has_bias ? 2'd2 : 2'd1);
      read = last_slot ? ReadVector : slot_q == 0 ? ReadOther : ReadBias;
    end
  end
  assign reads_vector = read == ReadVector;
  assign end_offset = gives_codes(pass_q) ? {plan_i.words, 4'b0} : vector.count;
  assign row_ends = 22'(offset_q) + 22'(Width) >= 22'(end_offset);
  always_comb begin
    row.pass = pass_q;
    row.number = number;
    row.first = offset_q == 0;
    row.last = row_ends;
    row.count = '0;  // and the place: in the next cycle
    row.odd = pairs && slot_q[0];
    row.alone = first_pass ? walked.last && !number_q[0] : alone;
    row.half = Width < 16 && offset_q[3];
    row.fills = (Width >= 16 || offset_q[3]) && (!pairs || row.odd || row.alone);
    row.to = writes(pass_q) ? vector.at : vector.word;
  end

  // ---- when ----
  logic [4:0] ready_q, need;  // vectors
  logic [CountBits-1:0] under_way_q;
  logic next_valid_q, next_moves;  // of the row that is next
  logic request_valid_q;  // of the one before it
  logic more;  // of them
  logic begins, waits, enough, room, space, step, vector_ends;
  assign more = vector_ready_i && fault_i != FaultReady;
  assign begins = offset_q == 0 && slot_q == 0;
  assign waits = !first_pass && begins && fault_i != FaultReady;
  assign need = !waits ? 5'd0 : pairs && !alone ? 5'd2 : 5'd1;
  assign enough = pairs && !alone ? ready_q > 5'd1 : ready_q != 0;
  assign room = !(reads_vector && writes(pass_q) && under_way_q == CountBits'(Depth));
  // With one lane a row takes many cycles: whether the one before is taken now is not asked, and the next vector comes a cycle
  // after the last row of the one before.
  assign space = RealLanes == 1 ? !(next_valid_q && request_valid_q) && !walk_q : !next_valid_q || next_moves;
  assign vector_ends = step && last_slot && row_ends;
  assign walk_next = running_q && first_pass && room && space && last_slot &&
      22'(offset_q) + 22'(Width) >= 22'(walked.count);
  assign writing_o = under_way_q != 0;

  // ---- the row that is next, and where it lies ----
  read_e next_read_q;
  row_t next_row_q, placed;
  spot_t next_base_q, address;
  logic [20:0] next_offset_q, next_count_q, left;
  logic has_reals;
  always_ff @(posedge clk_i) begin
    if (step) begin
      next_read_q <= read;
      next_row_q <= row;
      next_offset_q <= offset_q;
      next_count_q <= vector.count;
      unique case (read)
        ReadOther: next_base_q <= vector.other;
        ReadBias:  next_base_q <= plan_i.bias;
        default:   next_base_q <= vector.at;
      endcase
    end
  end
  assign has_reals = next_offset_q < next_count_q;  // else nothing but zeros to fill up with
  assign left = next_count_q - next_offset_q;
  assign address = next_base_q + (has_reals ? spot_t'(next_offset_q) : '0);
  always_comb begin
    placed = next_row_q;
    placed.count = !has_reals ? '0 : left > 21'(Width) ? 7'(Width) : 7'(left);
    if (writes(next_row_q.pass)) placed.to = next_row_q.to + plan_i.to + spot_t'(next_offset_q);
    if (gives_codes(next_row_q.pass))
      placed.to = next_row_q.to + spot_t'(32'(next_offset_q) / Collected * (Collected / 16));
  end

  // ---- the request ----
  logic fresh_q, accepted, paced;
  spot_t address_q;
  read_e read_q;
  row_t row_q;
  logic [3:0] pace_q;  // cycles until the lanes have time for another row
  logic [3:0] last_beat;
  assign last_beat = row_q.pass == PassTurn ? 4'(2 * Parts - 1) : 4'(Parts - 1);
  assign paced = read_q != ReadVector || pace_q == 0;
  assign read_valid_o = request_valid_q && paced;
  assign read_address_o = vec_t'(address_q);
  assign read_o = read_q;
  assign row_o = row_q;
  assign accepted = read_valid_o && read_ready_i;
  assign next_moves = !request_valid_q || accepted;
  assign step = running_q && (!waits || enough) && room && space;
  assign finished_o = !running_q && !next_valid_q && !request_valid_q;

  logic [6:0] spread;  // reals of the row, whole eights
  logic checked_q, odd_q, writes_q, codes_q;  // their ends are compared a cycle later
  logic [30:0] read_end_q, written_end_q, codes_end_q;
  assign spread = {4'((row_q.count + 7'd7) >> 3), 3'b0};
  always_ff @(posedge clk_i) begin
    checked_q <= fresh_q && rst_ni;
    odd_q <= address_q[2:0] != 0;
    writes_q <= read_q == ReadVector && writes(row_q.pass);
    codes_q <= gives_codes(row_q.pass);
    read_end_q <= 31'(address_q) + 31'(spread);
    written_end_q <= 31'(row_q.to) + 31'(spread);
    codes_end_q <= 31'(row_q.to) + 31'(Collected / 16);
  end

  // A pair begins with an even number, and the last one may be alone.
  number_t next_number;
  logic batch_ends;
  assign next_number = number_q + (pairs ? 4'd2 : 4'd1);
  assign batch_ends  = first_pass ? walked.last || number_q == number_t'(Batch - 1) :
      number_q[3:1] == last_number_q[3:1] && (pairs || number_q[0] == last_number_q[0]);

  always_ff @(posedge clk_i) begin
    if (next_moves) begin
      address_q <= address;
      read_q <= next_read_q;
      row_q <= placed;
    end
    if (step) begin
      slot_q <= last_slot ? '0 : slot_q + 1'b1;
      if (last_slot) offset_q <= row_ends ? '0 : offset_q + 21'(Width);
      if (first_pass) begin
        batch_q[number_q] <= walked;
        count_q[number_q] <= walked.count;
      end
      if (first_pass && batch_ends) begin
        last_number_q <= number_q;
        final_q <= walked.last;
      end
    end
    if (vector_ends) begin
      number_q <= batch_ends ? '0 : next_number;
      if (batch_ends) pass_q <= is_last(pass_q) ? plan_i.pass : pass_after(pass_q);
    end
    if (start_i) begin
      pass_q   <= plan_i.pass;
      number_q <= '0;
      offset_q <= '0;
      slot_q   <= '0;
    end
    walk_q <= rst_ni && walk_next;
    if (!rst_ni) begin
      running_q <= 1'b0;
      next_valid_q <= 1'b0;
      request_valid_q <= 1'b0;
      fresh_q <= 1'b0;
      ready_q <= '0;
      under_way_q <= '0;
      pace_q <= '0;
      outside_o <= 1'b0;
    end else begin
      running_q <= start_i || (running_q && !(vector_ends && batch_ends && is_last(
          pass_q
      ) && (first_pass ? walked.last : final_q)));
      next_valid_q <= step || (next_valid_q && !next_moves);
      request_valid_q <= !next_moves || next_valid_q;
      fresh_q <= next_moves && next_valid_q;
      ready_q <= step ? ready_q + 5'(more) - need : ready_q + 5'(more);
      under_way_q <= under_way_q + CountBits'(step && reads_vector && writes(pass_q)) - CountBits'(written_i);
      if (accepted && read_q == ReadVector) pace_q <= last_beat;
      else if (pace_q != 0) pace_q <= pace_q - 1'b1;
      outside_o <= checked_q && (odd_q || read_end_q > 31'(VectorReals) ||
                                 (writes_q && written_end_q > 31'(VectorReals)) ||
                                 (codes_q && codes_end_q > 31'(ActivationWords)));
    end
  end

`ifndef SYNTHESIS
  VectorsAreReadyInTurn :
  assert property (@(posedge clk_i) disable iff (!rst_ni) ready_q <= 5'(Batch));
`endif
endmodule
`default_nettype wire
