/// unit_queue: each instruction that it took is started once, in order, and only with its semaphores; it stands at the unit
/// from its start to its end; at its end, and only then, its own semaphores are raised; one is under way at a time. One
/// instruction, whichever `mark_i` points at, is followed on its way. The unit ends only what it was given, not in the cycle
/// of the start; a grant answers a request.
`default_nettype none
module unit_queue_proof
  import godwit_isa_pkg::*;
  import machine_pkg::*;
#(
    parameter int unsigned Depth = 4
) (
    input wire      clk_i,
    input wire      rst_ni,
    input wire op_t op_i,
    input wire      op_valid_i,
    input wire      grant_i,
    input wire      done_i,
    input wire      mark_i
);
  typedef logic [7:0] number_t;

  logic begun_q = 1'b0;
  always_ff @(posedge clk_i) begun_q <= 1'b1;
  always_comb assume (begun_q || !rst_ni);

  logic op_ready, request, raising, start, idle;
  logic [1:0][3:0] want, raised;
  op_t op;
  unit_queue #(
      .Depth(Depth)
  ) u_queue (
      .clk_i,
      .rst_ni,
      .op_i,
      .op_valid_i,
      .op_ready_o(op_ready),
      .request_o (request),
      .want_o    (want),
      .grant_i,
      .raise_o   (raising),
      .raised_o  (raised),
      .op_o      (op),
      .start_o   (start),
      .done_i,
      .idle_o    (idle)
  );

  // ---- the unit, and what the semaphores say ----
  logic busy_q;  // was started, has not ended
  always_ff @(posedge clk_i) busy_q <= rst_ni && (start || busy_q) && !done_i;
  always_comb assume (!done_i || start || busy_q);
  always_comb assume (!grant_i || request);

  // ---- what waits ----
  logic push;
  number_t waiting_q;
  assign push = op_valid_i && op_ready;
  always_ff @(posedge clk_i) waiting_q <= rst_ni ? waiting_q + number_t'(push) - number_t'(grant_i) : '0;

  // ---- the instruction that is followed ----
  typedef enum logic [1:0] {
    None,
    Waits,
    Runs
  } where_e;
  where_e where_q;
  number_t ahead_q;
  op_t marked_q;
  header_t header;
  assign header = header_t'(marked_q.word[$bits(header_t)-1:0]);
  always_ff @(posedge clk_i) begin
    unique case (where_q)
      None: begin
        ahead_q  <= waiting_q - number_t'(grant_i);
        marked_q <= op_i;
        if (push && mark_i) where_q <= Waits;
      end
      Waits: begin
        ahead_q <= ahead_q - number_t'(grant_i);
        if (grant_i && ahead_q == 0) where_q <= Runs;
      end
      default: if (done_i) where_q <= None;
    endcase
    if (!rst_ni) where_q <= None;
  end

  logic asked_q;
  logic [1:0][3:0] wanted_q;
  always_ff @(posedge clk_i) begin
    asked_q  <= rst_ni && request && !grant_i;
    wanted_q <= want;
  end

  number_t read, place;
  assign read  = number_t'(u_queue.u_waiting.read_q);
  assign place = read + ahead_q < number_t'(Depth) ? read + ahead_q : read + ahead_q - number_t'(Depth);

  always_comb begin
    if (begun_q) begin
      CountsWhatWaits : assert (number_t'(u_queue.u_waiting.count_q) == waiting_q && waiting_q <= number_t'(Depth));
      PlacesAreInside :
      assert (read < number_t'(Depth) && number_t'(u_queue.u_waiting.write_q) < number_t'(Depth) &&
              number_t'(u_queue.u_waiting.write_q) ==
              (read + waiting_q < number_t'(Depth) ? read + waiting_q : read + waiting_q - number_t'(Depth)));
      OneUnderWay : assert ((start || busy_q) == u_queue.busy_q && !(start && busy_q));
      IdleIsIdle : assert (idle == (waiting_q == 0 && !start && !busy_q));
      AsksOnUntilGranted : assert (!asked_q || (request && want == wanted_q));
      AsksWhenItCan : assert (request == (waiting_q != 0 && (!(start || busy_q) || (Depth > 1 && done_i))));
      RaisesAtTheEnd : assert (raising == done_i);
      KnowsWhereItIs : assert (where_q == None || where_q == Waits || where_q == Runs);
      WaitsUnchanged :
      assert (where_q != Waits || (ahead_q < waiting_q && u_queue.u_waiting.memory_q[place] == marked_q));
      WantsItsOwn : assert (where_q != Waits || ahead_q != 0 || want == {header.wait_b, header.wait_a});
      RunsUnchanged : assert (where_q != Runs || ((start || busy_q) && op == marked_q));
      RaisesItsOwn : assert (where_q != Runs || raised == {header.signal_b, header.signal_a});
    end
  end
endmodule
`default_nettype wire
