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
  logic [4:0] size_q;  // vectors of the batch
  logic [20:0] offset_q;  // of the row in the vector
  logic [1:0] slot_q;
  logic first_pass, pairs;
  assign first_pass = pass_q == plan_i.pass;
  assign pairs = pass_q == PassCodes && !plan_i.two_digits;  // two vectors side by side

  vector_t walked, vector;
  vector_t batch_q[Batch];
  number_t number;  // with the odd one of a pair
  logic walk_next;
  assign number = number_q | number_t'(pairs && slot_q[0]);
  always_comb begin
    vector = first_pass ? walked : batch_q[number];
    if (fault_i == FaultAllowed && plan_i.grows) vector.count += 21'd1;
  end
  sfu_walk u_walk (
      .clk_i,
      .plan_i,
      .start_i,
      .next_i  (walk_next),
      .vector_o(walked)
  );

  // ---- the row, and which operand of it ----
  read_e read;
  logic last_slot, alone, reads_vector;
  logic [20:0] end_offset, left;
  logic has_reals, row_ends;
  spot_t address, offset;
  row_t row;
  assign alone = 5'(number_q) + 5'd1 == size_q;
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
  assign has_reals = offset_q < vector.count;  // else nothing but zeros to fill up with
  assign left = has_reals ? vector.count - offset_q : '0;
  assign row_ends = 22'(offset_q) + 22'(Width) >= 22'(end_offset);
  assign offset = has_reals ? spot_t'(offset_q) : '0;
  always_comb begin
    unique case (read)
      ReadOther: address = vector.other + offset;
      ReadBias:  address = plan_i.bias + offset;
      default:   address = vector.at + offset;
    endcase
    row.pass = pass_q;
    row.number = number;
    row.first = offset_q == 0;
    row.last = row_ends;
    row.count = left > 21'(Width) ? 7'(Width) : 7'(left);
    row.odd = pairs && slot_q[0];
    row.alone = first_pass ? walked.last && !number_q[0] : alone;
    row.half = Width < 16 && offset_q[3];
    row.fills = (Width >= 16 || offset_q[3]) && (!pairs || row.odd || row.alone);
    row.to = vector.word;
    if (writes(pass_q)) row.to = vector.at + plan_i.to + spot_t'(offset_q);
    if (gives_codes(pass_q)) row.to = vector.word + spot_t'(32'(offset_q) / Collected * (Collected / 16));
  end

  // ---- when ----
  logic [4:0] ready_q, need;  // vectors
  logic [CountBits-1:0] under_way_q;
  logic begins, allowed, step, vector_ends;
  assign begins = offset_q == 0 && slot_q == 0;
  assign need = first_pass || !begins || fault_i == FaultReady ? 5'd0 : pairs && !alone ? 5'd2 : 5'd1;
  assign allowed = ready_q >= need && !(reads_vector && writes(pass_q) && under_way_q == CountBits'(Depth));
  assign vector_ends = step && last_slot && row_ends;
  assign walk_next = vector_ends && first_pass;
  assign writing_o = under_way_q != 0;

  // ---- the request ----
  logic request_valid_q, accepted, paced;
  vec_t address_q;
  read_e read_q;
  row_t row_q;
  logic [3:0] pace_q;  // cycles until the lanes have time for another row
  logic [3:0] beats;
  always_comb begin
    beats = 4'(Parts);
    if (row_q.pass == PassTurn) beats = 4'(2 * Parts);
  end
  assign paced = read_q != ReadVector || pace_q == 0;
  assign read_valid_o = request_valid_q && paced;
  assign read_address_o = address_q;
  assign read_o = read_q;
  assign row_o = row_q;
  assign accepted = read_valid_o && read_ready_i;
  assign step = running_q && allowed && (!request_valid_q || accepted);
  assign finished_o = !running_q && !request_valid_q;

  logic [6:0] spread;  // reals of the row, whole eights
  logic outside;
  assign spread = {4'((row.count + 7'd7) >> 3), 3'b0};
  always_comb begin
    outside = address[2:0] != 0 || 31'(address) + 31'(spread) > 31'(VectorReals);
    if (reads_vector && writes(pass_q)) outside |= 31'(row.to) + 31'(spread) > 31'(VectorReals);
    if (gives_codes(pass_q)) outside |= 31'(row.to) + 31'(Collected / 16) > 31'(ActivationWords);
  end

  number_t next_number;
  logic batch_ends;
  assign next_number = number_q + (pairs && !alone ? 4'd2 : 4'd1);
  assign batch_ends  = first_pass ? walked.last || number_q == number_t'(Batch - 1) :
      5'(number_q) + (pairs && !alone ? 5'd2 : 5'd1) == size_q;

  always_ff @(posedge clk_i) begin
    if (step) begin
      address_q <= vec_t'(address);
      read_q <= read;
      row_q <= row;
      slot_q <= last_slot ? '0 : slot_q + 1'b1;
      if (last_slot) offset_q <= row_ends ? '0 : offset_q + 21'(Width);
      if (first_pass) batch_q[number_q] <= walked;
      if (first_pass && batch_ends) begin
        size_q  <= 5'(number_q) + 5'd1;
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
    if (!rst_ni) begin
      running_q <= 1'b0;
      request_valid_q <= 1'b0;
      ready_q <= '0;
      under_way_q <= '0;
      pace_q <= '0;
      outside_o <= 1'b0;
    end else begin
      running_q <= start_i || (running_q && !(vector_ends && batch_ends && is_last(
          pass_q
      ) && (first_pass ? walked.last : final_q)));
      request_valid_q <= step || (request_valid_q && !accepted);
      ready_q <= ready_q + 5'(vector_ready_i && fault_i != FaultReady) - (step ? need : 5'd0);
      under_way_q <= under_way_q + CountBits'(step && reads_vector && writes(pass_q)) - CountBits'(written_i);
      if (accepted && read_q == ReadVector) pace_q <= beats - 1'b1;
      else if (pace_q != 0) pace_q <= pace_q - 1'b1;
      outside_o <= step && outside;
    end
  end

`ifndef SYNTHESIS
  VectorsAreReadyInTurn :
  assert property (@(posedge clk_i) disable iff (!rst_ni) ready_q <= 5'(Batch));
`endif
endmodule
`default_nettype wire
