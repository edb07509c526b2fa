#include "cyclesim/dram/controller.h"

#include <algorithm>

namespace godwit {

DramController::DramController(const DramDevice& device)
    : device_(device),
      map_(device),
      banks_(device),
      reads_{.waiting = {}, .size = static_cast<std::size_t>(device.read_queue)},
      writes_{.waiting = {}, .size = static_cast<std::size_t>(device.write_queue)},
      active_{.waiting = {}, .size = static_cast<std::size_t>(device.read_queue + device.write_queue)} {}

bool DramController::accept(const DramRequest& request) {
  const std::uint64_t block = request.address / static_cast<std::uint64_t>(device_.request_bytes);
  const auto same_block = [&](const Waiting& w) { return w.block == block; };
  if (!request.write && std::any_of(writes_.waiting.begin(), writes_.waiting.end(), same_block)) {
    // The data still wait to be written: they are given from there in the next cycle.
    pending_.insert(pending_.begin() + static_cast<std::ptrdiff_t>(pending_begin_), {now_ + 1, now_});
    ++outstanding_;
    return true;
  }
  Queue& queue = request.write ? writes_ : reads_;
  if (queue.waiting.size() >= queue.size) return false;
  queue.waiting.push_back({map_(request.address), block, request.write, now_});
  ++outstanding_;
  return true;
}

void DramController::tick() {
  ++now_;
  complete_reads();
  if (now_ % device_.timing.refi == 0) refresh_due_ = true;
  if (const auto choice = choose()) give(*choice);
}

void DramController::complete_reads() {
  while (pending_begin_ < pending_.size() && pending_[pending_begin_].due <= now_) {
    const Cycle latency = now_ - pending_[pending_begin_].accepted;
    ++counters_.reads;
    counters_.read_latency += latency;
    counters_.max_read_latency = std::max(counters_.max_read_latency, latency);
    --outstanding_;
    ++pending_begin_;
  }
  if (pending_begin_ > 4096) {
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(pending_begin_));
    pending_begin_ = 0;
  }
}

std::optional<DramController::Choice> DramController::best_of(Queue& queue) {
  for (std::size_t i = 0; i < queue.waiting.size(); ++i) {
    const Waiting& w = queue.waiting[i];
    const DramCommand command = banks_.next_command(w.place, w.write);
    if (banks_.ready(command, w.place, now_)) return Choice{&queue, i, command};
  }
  return std::nullopt;
}

bool DramController::closes_active_row(int bank) const {
  return std::any_of(active_.waiting.begin(), active_.waiting.end(),
                     [&](const Waiting& w) { return w.place.bank == bank; });
}

/// Requests whose row is open go first, then refresh, which holds up the rest, then the queue of the direction.
std::optional<DramController::Choice> DramController::choose() {
  if (auto choice = best_of(active_)) return choice;
  if (refresh_due_) {
    try_refresh();
    return std::nullopt;
  }
  choose_direction();
  auto choice = best_of(draining_writes_ ? writes_ : reads_);
  if (choice && choice->command == DramCommand::precharge &&
      closes_active_row(choice->queue->waiting[choice->index].place.bank)) {
    return std::nullopt;
  }
  return choice;
}

bool DramController::try_refresh() {
  const DramCommand command = banks_.any_open() ? DramCommand::precharge_all : DramCommand::refresh;
  if (command == DramCommand::precharge_all && !active_.waiting.empty()) return false;
  if (!banks_.ready(command, {}, now_)) return false;
  banks_.issue(command, {}, now_);
  if (command == DramCommand::refresh) {
    ++counters_.refreshes;
    refresh_due_ = false;
  }
  return true;
}

void DramController::choose_direction() {
  const auto filled = static_cast<double>(writes_.waiting.size());
  const auto size = static_cast<double>(writes_.size);
  if (draining_writes_) {
    if (filled < device_.write_low * size && !reads_.waiting.empty()) draining_writes_ = false;
  } else if (filled > device_.write_high * size || reads_.waiting.empty()) {
    draining_writes_ = true;
  }
}

void DramController::give(const Choice& choice) {
  auto& waiting = choice.queue->waiting;
  const Waiting w = waiting[choice.index];
  banks_.issue(choice.command, w.place, now_);
  const auto remove = [&] { waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(choice.index)); };
  switch (choice.command) {
    case DramCommand::activate:
      ++counters_.activates;
      remove();
      active_.waiting.push_back(w);
      break;
    case DramCommand::read:
      pending_.push_back({now_ + device_.timing.cl + device_.timing.burst + device_.read_pipeline, w.accepted});
      remove();
      break;
    case DramCommand::write:
      ++counters_.writes;
      --outstanding_;
      remove();
      break;
    default:
      break;
  }
}

}  // namespace godwit
