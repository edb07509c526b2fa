#include "cosim/axi_memory.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <utility>

#include "base/error.h"

namespace godwit::cosim {
namespace {

constexpr std::uint64_t border = 4096;  // that no burst may cross
constexpr std::size_t most_bursts = 16;
const std::array<std::byte, AxiChannel::line> nothing{};

}  // namespace

PagedMemory::PagedMemory(std::uint64_t bytes)
    : zeros_(page_bytes),
      pages_((bytes + page_bytes - 1) / page_bytes, zeros_.data()),
      owned_(pages_.size()),
      bytes_(pages_.size() * page_bytes) {}

bool PagedMemory::has(std::uint64_t address, std::uint64_t count) const {
  return address <= bytes_ && count <= bytes_ - address;
}

void PagedMemory::map(std::uint64_t address, std::span<const std::byte> bytes) {
  ensure(has(address, bytes.size()), "a segment beyond the memory");
  while (!bytes.empty()) {
    const std::uint64_t count = std::min<std::uint64_t>(bytes.size(), page_bytes - address % page_bytes);
    if (count == page_bytes && !owned_[address / page_bytes]) {
      pages_[address / page_bytes] = bytes.data();
    } else {
      std::memcpy(own(address), bytes.data(), count);
    }
    address += count;
    bytes = bytes.subspan(count);
  }
}

std::byte* PagedMemory::own(std::uint64_t address) {
  const std::uint64_t page = address / page_bytes;
  if (!owned_[page]) {
    owned_[page] = std::make_unique<std::byte[]>(page_bytes);
    std::memcpy(owned_[page].get(), pages_[page], page_bytes);
    pages_[page] = owned_[page].get();
  }
  return owned_[page].get() + address % page_bytes;
}

void PagedMemory::write(std::uint64_t address, std::span<const std::byte> bytes) {
  ensure(has(address, bytes.size()), "a write beyond the memory");
  while (!bytes.empty()) {
    const std::uint64_t count = std::min<std::uint64_t>(bytes.size(), page_bytes - address % page_bytes);
    std::memcpy(own(address), bytes.data(), count);
    address += count;
    bytes = bytes.subspan(count);
  }
}

void PagedMemory::read(std::uint64_t address, std::span<std::byte> bytes) const {
  ensure(has(address, bytes.size()), "a read beyond the memory");
  while (!bytes.empty()) {
    const std::uint64_t count = std::min<std::uint64_t>(bytes.size(), page_bytes - address % page_bytes);
    std::memcpy(bytes.data(), in_page(address), count);
    address += count;
    bytes = bytes.subspan(count);
  }
}

void AxiChannel::set_pace(const MemoryPace& pace, std::uint64_t seed) {
  pace_ = pace;
  random_ = Random(seed);
}

void AxiChannel::restart() {
  for (auto& bursts : bursts_) bursts.clear();
  write_addresses_.clear();
  write_data_.clear();
  writes_.clear();
  beat_.reset();
  answer_.reset();
  complaint_.clear();
}

void AxiChannel::complain(std::string what) {
  if (complaint_.empty()) complaint_ = std::move(what);
}

void AxiChannel::begin() {
  ++now_;
  address_ready_ = bursts_[0].size() + bursts_[1].size() < most_bursts && !says_no();
  if (!beat_ && !says_no()) choose_beat();
  write_address_ready_ = write_addresses_.size() < 4 && !says_no();
  write_data_ready_ = write_data_.size() < 4 && !says_no();
  if (!answer_ && !writes_.empty() && writes_.front().due <= now_ && !says_no()) {
    const Write& oldest = writes_.front();
    answer_ = oldest.wrong;
    if (!oldest.wrong) {
      std::byte* to = memory_->own(oldest.address);
      for (std::size_t b = 0; b < word_; ++b) {
        if ((oldest.data.strobe >> b & 1U) != 0) to[b] = oldest.data.bytes[b];
      }
    }
    writes_.pop_front();
  }
}

void AxiChannel::choose_beat() {
  const std::array<bool, 2> ready = {!bursts_[0].empty() && bursts_[0].front().due <= now_,
                                     !bursts_[1].empty() && bursts_[1].front().due <= now_};
  if (!ready[0] && !ready[1]) return;
  int id = ready[1] ? 1 : 0;
  if (ready[0] && ready[1] && pace_.stalls > 0) id = static_cast<int>(random_.below(2));
  Burst& burst = bursts_[static_cast<std::size_t>(id)].front();
  beat_ = {.id = id,
           .bytes = burst.wrong ? nothing.data() : memory_->in_page(burst.address),
           .last = burst.beats == 1,
           .wrong = burst.wrong};
  burst.address += word_;
  if (--burst.beats == 0) bursts_[static_cast<std::size_t>(id)].pop_front();
}

void AxiChannel::take_address(const ReadAddress& asked) {
  const std::uint64_t bytes = std::uint64_t{asked.beats} * word_;
  if (asked.address % word_ != 0) complain(fmt::format("a burst at {:#x}", asked.address));
  if (asked.address / border != (asked.address + bytes - 1) / border) {
    complain(fmt::format("a burst of {} beats at {:#x} crosses a border", asked.beats, asked.address));
  }
  bursts_[static_cast<std::size_t>(asked.id)].push_back(
      {asked.address / word_ * word_, asked.beats, due(), is_wrong(asked.address, bytes)});
}

void AxiChannel::taken_beat() {
  beat_.reset();
  ++beats_;
}

void AxiChannel::take_write_address(std::uint64_t address) {
  if (address % word_ != 0) complain(fmt::format("a write at {:#x}", address));
  write_addresses_.push_back(address);
  pair_writes();
}

void AxiChannel::take_write_data(std::span<const std::byte> bytes, std::uint64_t strobe) {
  ensure(bytes.size() == word_, "data that is no word");
  Data& data = write_data_.emplace_back();
  std::ranges::copy(bytes, data.bytes.begin());
  data.strobe = strobe;
  pair_writes();
}

void AxiChannel::pair_writes() {
  while (!write_addresses_.empty() && !write_data_.empty()) {
    const std::uint64_t address = write_addresses_.front() / word_ * word_;
    writes_.push_back({address, write_data_.front(), due(), is_wrong(address, word_)});
    write_addresses_.pop_front();
    write_data_.pop_front();
  }
}

void AxiChannel::taken_answer() {
  answer_.reset();
}

bool AxiChannel::quiet() const {
  return !beat_ && !answer_ && bursts_[0].empty() && bursts_[1].empty() && write_addresses_.empty() &&
         write_data_.empty() && writes_.empty();
}

}  // namespace godwit::cosim
