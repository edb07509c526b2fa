#pragma once
// External memory behind a verilated machine: bytes in pages, and for each channel an AXI4 slave that is as slow as the
// dice say.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "isa/program.h"

namespace godwit::cosim {

/// How slow memory is. Every burst is answered after `latency` to `latency` + `spread` cycles; `stalls` is the chance,
/// in each cycle and at each handshake, that the memory waits.
struct MemoryPace {
  std::uint32_t latency = 32;
  std::uint32_t spread = 0;
  double stalls = 0;
  std::uint64_t seed = 1;
};

/// One channel. Whole pages of a segment are read where they lie; what is written, and pages that hold more than one
/// piece, are its own.
class PagedMemory {
 public:
  static constexpr std::uint64_t page_bytes = std::uint64_t{1} << 14;

  explicit PagedMemory(std::uint64_t bytes);

  /// What lies there from the start. `bytes` must outlive this.
  void map(std::uint64_t address, std::span<const std::byte> bytes);
  void write(std::uint64_t address, std::span<const std::byte> bytes);
  void read(std::uint64_t address, std::span<std::byte> bytes) const;

  [[nodiscard]] bool has(std::uint64_t address, std::uint64_t count) const;
  /// Bytes within one page.
  [[nodiscard]] const std::byte* in_page(std::uint64_t address) const {
    return pages_[address / page_bytes] + address % page_bytes;
  }
  /// The same, to be written.
  std::byte* own(std::uint64_t address);

  [[nodiscard]] std::uint64_t pages() const { return pages_.size(); }
  /// Whether the page is read where the program has it, so that it cannot have changed.
  [[nodiscard]] bool is_programs(std::uint64_t page) const { return pages_[page] != zeros_.data() && !owned_[page]; }

 private:
  std::vector<std::byte> zeros_;
  std::vector<const std::byte*> pages_;
  std::vector<std::unique_ptr<std::byte[]>> owned_;
  std::uint64_t bytes_;
};

/// Beats are words of `word` bytes, as many as the port has, `line` at the most; ids 0 and 1 are answered each in its
/// own order, and may overtake one another between beats. A write is one beat; its address and its data may come in
/// either order, and nothing reads it before it is answered.
class AxiChannel {
 public:
  static constexpr std::size_t line = 64;

  struct ReadAddress {
    int id = 0;
    std::uint64_t address = 0;
    std::uint32_t beats = 0;
  };
  struct ReadBeat {
    int id = 0;
    const std::byte* bytes = nullptr;  // a word
    bool last = false;
    bool wrong = false;  // answered by DECERR
  };

  AxiChannel(PagedMemory& memory, std::uint64_t seed, std::size_t word = line)
      : memory_(&memory), word_(word), random_(seed) {}
  void set_pace(const MemoryPace& pace, std::uint64_t seed);
  /// Bursts and writes that meet these bytes are answered by an error.
  void set_wrong(std::uint64_t begin, std::uint64_t end) { wrong_ = {begin, end}; }

  /// Forgets what is under way.
  void restart();

  /// Once a cycle, before its handshakes.
  void begin();

  // What the slave shows in this cycle.
  [[nodiscard]] bool address_ready() const { return address_ready_; }
  [[nodiscard]] const std::optional<ReadBeat>& beat() const { return beat_; }
  [[nodiscard]] bool write_address_ready() const { return write_address_ready_; }
  [[nodiscard]] bool write_data_ready() const { return write_data_ready_; }
  [[nodiscard]] std::optional<bool> answer() const { return answer_; }  // of a write; true: wrong

  // Handshakes that took place in it.
  void take_address(const ReadAddress& asked);
  void taken_beat();
  void take_write_address(std::uint64_t address);
  void take_write_data(std::span<const std::byte> bytes, std::uint64_t strobe);  // a word
  void taken_answer();

  /// Nothing is under way.
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  [[nodiscard]] std::uint64_t beats() const { return beats_; }  // read

 private:
  struct Burst {
    std::uint64_t address;
    std::uint32_t beats;
    std::uint64_t due;
    bool wrong;
  };
  struct Data {
    std::array<std::byte, line> bytes{};
    std::uint64_t strobe = 0;
  };
  struct Write {
    std::uint64_t address;
    Data data;
    std::uint64_t due;
    bool wrong;
  };

  [[nodiscard]] bool says_no() { return pace_.stalls > 0 && random_.uniform() < pace_.stalls; }
  [[nodiscard]] std::uint64_t due() {
    return now_ + pace_.latency + (pace_.spread > 0 ? random_.below(pace_.spread + 1) : 0);
  }
  [[nodiscard]] bool is_wrong(std::uint64_t address, std::uint64_t bytes) const {
    return !memory_->has(address, bytes) || (address < wrong_[1] && address + bytes > wrong_[0]);
  }
  void choose_beat();
  void pair_writes();
  void complain(std::string what);

  PagedMemory* memory_;
  std::size_t word_;
  Random random_;
  MemoryPace pace_;
  std::array<std::uint64_t, 2> wrong_{};  // from, to
  std::uint64_t now_ = 0;
  std::uint64_t beats_ = 0;
  std::array<std::deque<Burst>, 2> bursts_;  // by id
  std::deque<std::uint64_t> write_addresses_;
  std::deque<Data> write_data_;
  std::deque<Write> writes_;  // not answered
  bool address_ready_ = false;
  bool write_address_ready_ = false;
  bool write_data_ready_ = false;
  std::optional<ReadBeat> beat_;
  std::optional<bool> answer_;
  std::string complaint_;
};

}  // namespace godwit::cosim
