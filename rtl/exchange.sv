/// Brings the packets of every core's slices to every core, its own included, in the same order and the same time; behind the
/// last ones of an instruction goes an end, so that each core knows by itself that no more will come. A core whose queue is
/// full holds up who sends. With one core there is nothing between its slices and its gather. Nothing is computed here.
`default_nettype none
module exchange
  import slice_pkg::*;
#(
    parameter  int unsigned Slices  = 2,                           // of all cores
    parameter  int unsigned Cores   = 1,
    parameter  int unsigned Hops    = 2,                           // cycles from core to core
    localparam int unsigned Sources = Cores == 1 ? Slices : Cores
) (
    input wire clk_i,
    input wire rst_ni,
    // from the slices; and that a core's have sent all
    input wire packet_t [Slices-1:0] packet_i,
    input wire [Slices-1:0] packet_valid_i,
    output logic [Slices-1:0] packet_ready_o,
    input wire [Cores-1:0] sent_i,  // until took_all_i of this core, then not for a cycle
    // to each core: packets, and that all have sent all, until it says that it took all
    output packet_t [Cores-1:0][Sources-1:0] packet_o,
    output logic [Cores-1:0][Sources-1:0] packet_valid_o,
    input wire [Cores-1:0][Sources-1:0] packet_ready_i,
    output logic [Cores-1:0] all_sent_o,
    input wire [Cores-1:0] took_all_i
);
  if (Cores == 1) begin : gen_direct
    assign packet_o[0] = packet_i;
    assign packet_valid_o[0] = packet_valid_i;
    assign packet_ready_o = packet_ready_i[0];
    assign all_sent_o = sent_i;
  end else begin : gen_exchange
    localparam int unsigned Own = Slices / Cores;
    localparam int unsigned IndexBits = Own > 1 ? $clog2(Own) : 1;
    typedef struct packed {
      logic    is_end;
      packet_t packet;
    } item_t;
    logic [Cores-1:0][Cores-1:0] ended;  // [to][from]
    for (genvar f = 0; f < Cores; f++) begin : gen_from
      // ---- one packet a cycle, then the end ----
      logic [IndexBits-1:0] index;
      logic [Own-1:0] ready_of_own;
      logic [Cores-1:0] ready;
      logic chosen, move, end_due, ended_q;
      item_t item;
      round_robin #(
          .Requesters(Own)
      ) u_turn (
          .clk_i,
          .rst_ni,
          .request_i(packet_valid_i[f*Own+:Own]),
          .take_i(move),
          .valid_o(chosen),
          .index_o(index)
      );
      assign end_due = sent_i[f] && !ended_q;
      assign item = '{is_end: !chosen, packet: packet_i[f*Own+32'(index)]};
      assign move = (chosen || end_due) && &ready;
      always_comb begin
        ready_of_own = '0;
        ready_of_own[index] = chosen && move;
      end
      assign packet_ready_o[f*Own+:Own] = ready_of_own;
      always_ff @(posedge clk_i) begin
        ended_q <= rst_ni && sent_i[f] && (ended_q || (move && !chosen));
      end

      // ---- to each core ----
      for (genvar t = 0; t < Cores; t++) begin : gen_to
        item_t came;
        logic came_valid, unused_idle;
        relay #(
            .T(item_t),
            .Stages(Hops)
        ) u_way (
            .clk_i,
            .rst_ni,
            .data_i (item),
            .valid_i(move),
            .ready_o(ready[t]),
            .data_o (came),
            .valid_o(came_valid),
            .ready_i(came.is_end ? took_all_i[t] : packet_ready_i[t][f]),
            .idle_o (unused_idle)
        );
        assign packet_o[t][f] = came.packet;
        assign packet_valid_o[t][f] = came_valid && !came.is_end;
        assign ended[t][f] = came_valid && came.is_end;
      end
    end
    for (genvar t = 0; t < Cores; t++) begin : gen_ended
      assign all_sent_o[t] = &ended[t];
    end

`ifndef SYNTHESIS
    for (genvar t = 0; t < Cores; t++) begin : gen_check
      TakesAllOnlyWhenAllWasSent :
      assert property (@(posedge clk_i) disable iff (!rst_ni) took_all_i[t] |-> all_sent_o[t]);
    end
`endif
  end

  initial begin
    assert (Cores >= 1 && Slices % Cores == 0);
  end
endmodule
`default_nettype wire
