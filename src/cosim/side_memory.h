#pragma once
// External memory as the units see it through the side bus, for benches: one read under way, granules one a cycle,
// writes of single granules that are answered later. Each side waits as the dice say.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"

namespace godwit::cosim {

class SideMemory {
 public:
  static constexpr std::size_t granule = 16;

  SideMemory(std::size_t channels, std::size_t bytes) : channels_(channels, std::vector<std::byte>(bytes)) {}

  std::vector<std::byte>& operator[](std::size_t channel) { return channels_[channel]; }
  [[nodiscard]] std::size_t channels() const { return channels_.size(); }

  /// Forgets what is under way.
  void restart(std::uint64_t seed, double stalls) {
    random_ = Random(seed);
    stalls_ = stalls;
    read_.reset();
    shown_ = false;
    unanswered_.clear();
    complaint.clear();
  }
  [[nodiscard]] bool says_no() { return stalls_ > 0 && random_.uniform() < stalls_; }

  // ---- reads: Top has read_*, granule_*

  template <class Top>
  void offer_read(Top& top) {
    top.read_ready_i = !read_ && !says_no();
    top.granule_valid_i = read_ && read_->wait == 0 && (shown_ || !says_no());
    shown_ = top.granule_valid_i != 0;
    if (read_ && read_->wait > 0) --read_->wait;
    if (shown_) copy(top.granule_i, *read_);
  }
  /// Whether something moved.
  template <class Top>
  bool take_read(Top& top) {
    if (top.granule_valid_i != 0 && top.granule_ready_o != 0) {
      read_->address += granule;
      if (--read_->granules == 0) read_.reset();
      shown_ = false;
      return true;
    }
    if (top.read_valid_o == 0 || top.read_ready_i == 0) return false;
    read_ = {.channel = top.read_channel_o,
             .address = top.read_address_o,
             .granules = top.read_granules_o,
             .wait = stalls_ > 0 ? static_cast<int>(random_.below(12)) : 2};
    const std::uint64_t end = read_->address + granule * read_->granules;
    if (read_->granules == 0 || read_->address % granule != 0 || read_->channel >= channels_.size() ||
        end > channels_[read_->channel].size()) {
      complaint = "a read of what is not there";
      read_.reset();
    }
    return true;
  }
  [[nodiscard]] bool reading() const { return read_.has_value(); }

  // ---- writes: Top has write_*, writes_idle_i

  template <class Top>
  void offer_write(Top& top) {
    top.write_ready_i = !says_no();
    ++now_;
    while (!unanswered_.empty() && unanswered_.front() <= now_) unanswered_.pop_front();
    top.writes_idle_i = unanswered_.empty();
  }
  template <class Top>
  bool take_write(Top& top) {
    if (top.write_valid_o == 0 || top.write_ready_i == 0) return false;
    const std::uint64_t address = top.write_address_o;
    if (top.write_channel_o >= channels_.size() || address % granule != 0 ||
        address + granule > channels_[top.write_channel_o].size()) {
      complaint = "a write to what is not there";
      return true;
    }
    std::array<std::byte, granule> bytes{};
    for (std::size_t w = 0; w < 4; ++w) {
      const std::uint32_t word = top.write_data_o[w];
      std::memcpy(&bytes[4 * w], &word, sizeof word);
    }
    for (std::size_t b = 0; b < granule; ++b) {
      if ((top.write_strobe_o >> b & 1U) != 0) channels_[top.write_channel_o][address + b] = bytes[b];
    }
    const std::uint64_t due = now_ + (stalls_ > 0 ? 1 + random_.below(20) : 3);
    unanswered_.push_back(unanswered_.empty() ? due : std::max(due, unanswered_.back()));
    return true;
  }
  [[nodiscard]] bool all_answered() const { return unanswered_.empty(); }

  std::string complaint;

 private:
  struct Read {
    std::size_t channel;
    std::uint64_t address;
    std::uint32_t granules;
    int wait;
  };

  template <class Words>
  void copy(Words& words, const Read& read) {
    for (std::size_t w = 0; w < 4; ++w) {
      std::uint32_t word = 0;
      std::memcpy(&word, &channels_[read.channel][read.address + 4 * w], sizeof word);
      words[w] = word;
    }
  }

  std::vector<std::vector<std::byte>> channels_;
  Random random_{0};
  double stalls_ = 0;
  std::optional<Read> read_;
  bool shown_ = false;
  std::uint64_t now_ = 0;
  std::deque<std::uint64_t> unanswered_;  // when each write is answered
};

}  // namespace godwit::cosim
