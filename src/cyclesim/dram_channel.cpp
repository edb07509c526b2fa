#include "cyclesim/dram_channel.h"

#include <algorithm>

namespace godwit::cyclesim {
namespace {

bool slow_bus(const ChannelClocks& clocks) {
  return clocks.beat_ns > clocks.core_ns * (1 + ChannelClocks::rounding);
}

/// Whether a beat of the port is whole requests, which at the steady pace take no more than a core cycle, and the bus
/// to the port no longer either.
bool one_beat_a_cycle(const OrderedDram& dram, const DramDevice& device, const ChannelClocks& clocks,
                      std::uint32_t port_bytes) {
  const auto request = static_cast<std::uint32_t>(device.request_bytes);
  if (port_bytes % request != 0 || slow_bus(clocks)) return false;
  const Cycle device_cycles = dram.pace() * Cycle{port_bytes / request};
  return static_cast<double>(device_cycles) * clocks.core_cycles <= 1 + ChannelClocks::rounding;
}

}  // namespace

DramChannel::DramChannel(const DramDevice& device, const Attachment& attachment, const ChannelClocks& clocks,
                         std::uint32_t ports, std::uint32_t port_bytes, bool skip_ahead)
    : device_(device),
      attachment_(attachment),
      clocks_(clocks),
      dram_(device, skip_ahead),
      ports_(ports),
      port_bytes_(port_bytes),
      keeps_up_(one_beat_a_cycle(dram_, device, clocks, port_bytes)) {}

void DramChannel::ask(std::uint32_t port, std::uint64_t address, const Burst& burst, Cycle now) {
  const Asked asked{.address = address,
                    .bytes = std::uint64_t{burst.beats} * port_bytes_,
                    .arrival = clocks_.arrival(now),
                    .burst = burst};
  Ring<Asked>& queue = burst.write ? writes_ : ports_[port].waiting[burst.side ? 1 : 0];
  queue.push_back(asked);
  if (queue.size() == 1) next_.reset();  // the first of each queue are chosen from
}

Cycle DramChannel::next() {
  if (!next_) next_ = choose();
  return next_->at;
}

void DramChannel::step(Cycle now, std::vector<Answer>& answers) {
  next();
  const Choice choice = *next_;
  next_.reset();
  switch (choice.what) {
    case Choice::What::nothing:
      return;
    case Choice::What::write:
      return take_write(now, answers);
    case Choice::What::read:
      return take_read(choice, answers);
    case Choice::What::drain:
      return drain(0);
  }
}

MemoryCounters DramChannel::counters() const {
  MemoryCounters all = counters_;
  all.activates = dram_.activates();
  all.refreshes = dram_.refreshes();
  return all;
}

int DramChannel::bursts_of(const Asked& asked) const {
  const auto most = static_cast<std::uint64_t>(attachment_.burst_bytes);
  return static_cast<int>((asked.bytes + most - 1) / most);
}

/// When it can go to the controller: there is a place in its queue, and the
/// port has not too much under way.
Cycle DramChannel::ready(const Port& port, const Asked& asked) const {
  Cycle at = std::max(asked.arrival, dram_.room());
  int bursts = port.bursts + bursts_of(asked);
  for (std::size_t i = 0; bursts > attachment_.outstanding && i < port.under_way.size(); ++i) {
    at = std::max(at, port.under_way[i].done);
    bursts -= port.under_way[i].bursts;
  }
  return at;
}

/// What can be done first; of what can be done at the same time a write that
/// arrives, a read beside a stream, the oldest of the streams' reads, the
/// writing of what is held.
DramChannel::Choice DramChannel::choose() const {
  Choice best;
  const auto offer = [&](const Choice& c) {
    if (c.at < best.at || (c.at == best.at && c.kind == best.kind && c.arrival < best.arrival)) best = c;
  };
  if (!writes_.empty()) offer({.what = Choice::What::write, .at = writes_.front().arrival, .kind = 2});
  for (const std::size_t kind : {std::size_t{1}, std::size_t{0}}) {
    for (std::size_t p = 0; p < ports_.size(); ++p) {
      const auto& queue = ports_[p].waiting[kind];
      if (queue.empty()) continue;
      const Asked& asked = queue.front();
      offer({.what = Choice::What::read,
             .at = ready(ports_[p], asked),
             .port = p,
             .kind = kind,
             .arrival = asked.arrival});
    }
  }
  if (!held_.empty()) {
    offer({.what = Choice::What::drain, .at = std::max(dram_.last_command(), held_.back().arrival) + 1, .kind = 3});
  }
  return best;
}

bool DramChannel::changes(const Asked& asked) const {
  const auto request = static_cast<std::uint64_t>(device_.request_bytes);
  for (std::size_t i = 0; i < held_.size(); ++i) {
    const std::uint64_t at = held_[i].address;
    if (at + request > asked.address && at < asked.address + asked.bytes) return true;
  }
  return false;
}

std::size_t DramChannel::low_mark() const {
  return static_cast<std::size_t>(device_.write_low * device_.write_queue);
}

/// Writes the oldest until only `left` are held.
void DramChannel::drain(std::size_t left) {
  for (; held_.size() > left; held_.pop_front()) dram_.write(held_.front().address, held_.front().arrival);
}

void DramChannel::take_write(Cycle now, std::vector<Answer>& answers) {
  const Asked asked = writes_.front();
  writes_.pop_front();
  const auto request = static_cast<std::uint64_t>(device_.request_bytes);
  const std::uint64_t first = asked.address / request;
  const std::uint64_t last = (asked.address + asked.bytes - 1) / request;
  Cycle at = asked.arrival + 1;
  if (held_.size() + static_cast<std::size_t>(last - first) >= static_cast<std::size_t>(device_.write_queue)) {
    drain(low_mark());
    at = std::max(at, dram_.last_command() + 1);
  }
  for (std::uint64_t block = first; block <= last; ++block) held_.push_back({block * request, asked.arrival});
  counters_.write_beats += asked.burst.beats;
  answers.push_back({.channel = asked.burst.channel,
                     .tag = asked.burst.tag,
                     .first = std::max(now, clocks_.back(at)),
                     .beats = asked.burst.beats,
                     .last = true});
}

void DramChannel::take_read(const Choice& choice, std::vector<Answer>& answers) {
  Port& port = ports_[choice.port];
  const Asked asked = port.waiting[choice.kind].front();
  port.waiting[choice.kind].pop_front();
  if (!held_.empty()) {
    if (changes(asked)) {
      drain(0);
    } else if (static_cast<double>(held_.size()) > device_.write_high * device_.write_queue) {
      drain(low_mark());
    }
  }
  const auto request = static_cast<std::uint64_t>(device_.request_bytes);
  const std::uint64_t first = asked.address / request * request;
  done_.resize((asked.address + asked.bytes - first + request - 1) / request);
  const bool steady = dram_.read(first, choice.at, done_);
  if (steady && keeps_up_ && asked.address == first) {
    announce_run(port, asked, answers);
  } else {
    announce(port, asked, first, answers);
  }
  for (; !port.under_way.empty() && port.under_way.front().done <= choice.at; port.under_way.pop_front()) {
    port.bursts -= port.under_way.front().bursts;
  }
  port.under_way.push_back({.done = done_.back(), .bursts = bursts_of(asked)});
  port.bursts += port.under_way.back().bursts;
  counters_.read_beats += asked.burst.beats;
}

/// Beats of a burst whose requests come at a pace that keeps up with the port.
void DramChannel::announce_run(Port& port, const Asked& asked, std::vector<Answer>& answers) const {
  const auto in_beat = port_bytes_ / static_cast<std::uint32_t>(device_.request_bytes);
  const Cycle first = std::max(port.next_beat, clocks_.back(done_[in_beat - 1]));
  port.next_beat = first + Cycle{asked.burst.beats};
  answers.push_back({.channel = asked.burst.channel,
                     .tag = asked.burst.tag,
                     .first = first,
                     .beats = asked.burst.beats,
                     .last = true});
}

/// When each beat of a burst can come at the soonest, in core cycles: its requests, from `first` on, have the times
/// `done_`.
void DramChannel::find_beats(Port& port, const Asked& asked, std::uint64_t first) {
  const auto request = static_cast<std::uint64_t>(device_.request_bytes);
  const bool slow = slow_bus(clocks_);
  beats_.resize(asked.burst.beats);
  std::uint64_t end = asked.address - first;
  std::size_t last = 0;             // request that the beat ends in
  std::uint64_t reaches = request;  // to here
  for (Cycle& beat : beats_) {
    for (end += port_bytes_; reaches < end; reaches += request) ++last;
    const auto done = static_cast<double>(done_[last]);
    double come = done * clocks_.core_cycles;
    if (slow) {
      port.bus_free_ns = std::max(done * clocks_.device_ns, port.bus_free_ns) + clocks_.beat_ns;
      come = port.bus_free_ns / clocks_.core_ns;
    }
    beat = ChannelClocks::up(come + clocks_.from_cycles);
  }
}

/// The beats of a burst, in runs of one a core cycle.
void DramChannel::announce(Port& port, const Asked& asked, std::uint64_t first, std::vector<Answer>& answers) {
  find_beats(port, asked, first);
  Answer run{.channel = asked.burst.channel, .tag = asked.burst.tag, .first = std::max(port.next_beat, beats_.front())};
  Cycle next = run.first;
  for (const Cycle beat : beats_) {
    if (beat > next) {
      run.beats = static_cast<std::uint32_t>(next - run.first);
      answers.push_back(run);
      run.first = next = beat;
    }
    ++next;
  }
  port.next_beat = next;
  run.beats = static_cast<std::uint32_t>(next - run.first);
  run.last = true;
  answers.push_back(run);
}

}  // namespace godwit::cyclesim
