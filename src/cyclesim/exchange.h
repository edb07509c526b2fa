#pragma once
// From the slices to gather. With several cores (exchange.sv, relay.sv) a core sends its slices' packets in turn, one a
// cycle; a packet is at every core `core_hops` cycles later, and a way holds two packets a hop. All cores do the same
// with the same packets, so one gather stands for all of them. With one core nothing is between.

#include <cstdint>
#include <deque>
#include <vector>

#include "cyclesim/events.h"
#include "cyclesim/gather.h"

namespace godwit::cyclesim {

class Exchange : public Actor {
 public:
  explicit Exchange(Machine& machine);
  /// A slice's packet is valid; where one slice stands for all, as many packets.
  void offer(std::uint32_t slice, const Packet& packet, Cycle now);
  /// Gather took what this source offered: a core, or the slice of a single one.
  void taken(std::size_t source, Cycle now);
  /// No packet is on its way.
  [[nodiscard]] bool empty() const { return under_way_ == 0; }
  /// What gather takes packets from.
  [[nodiscard]] std::size_t sources() const;
  void at(Cycle now) override;

 private:
  struct Offer {
    Packet packet;
    std::uint32_t slice = 0;   // whose packet is next
    std::uint32_t copies = 0;  // that did not go
  };
  struct Item {
    Packet packet;
    std::uint32_t slice = 0;
    Cycle seen = 0;  // at the end of the way, from this cycle on
  };
  struct Core {
    std::vector<Offer> offers;  // of its slices that are simulated
    std::size_t turn = 0;       // whose packet went last
    std::deque<Item> way;
    bool shown = false;       // its first one, to gather
    std::vector<Cycle> left;  // when the last ones had been taken from the end, as many as the way holds
    std::uint64_t sent = 0;
    std::uint64_t taken = 0;
  };
  void send(Core& core, Cycle now);
  void show(std::size_t number, Cycle now);

  Machine& machine_;
  Cycle hops_;
  std::uint32_t own_;  // slices of a core
  std::vector<Core> cores_;
  std::vector<std::uint32_t> due_;  // by simulated slice: packets like the one it offers that did not go
  std::size_t under_way_ = 0;
};

}  // namespace godwit::cyclesim
