#include "cosim/waveform.h"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <ostream>
#include <span>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <verilated.h>
#include <verilated_fst_c.h>

#include "base/error.h"
#include "base/file.h"

namespace godwit::cosim {
namespace {

constexpr std::uint64_t cycle_time = 10;
constexpr int all_levels = 99;  // of modules within modules

/// A file without a place on a disk: Verilator's writer wants a name, and says nothing of a disk that is full.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("waveform", MFD_CLOEXEC)) {
    if (descriptor_ < 0) {
      throw UserError({.what = "no memory for a waveform: " + std::generic_category().message(errno),
                       .where = "--trace",
                       .expected = "a file that lies in memory",
                       .remedy = "free memory or file descriptors (ulimit -n)"});
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }

  [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }
  void copy_to(std::ostream& out) const {
    std::array<char, 1U << 16U> piece{};
    std::int64_t at = 0;
    while (out) {
      const auto count = ::pread(descriptor_, piece.data(), piece.size(), at);
      ensure(count >= 0, "a file in memory that cannot be read");
      if (count == 0) return;
      out.write(piece.data(), count);
      at += count;
    }
  }

 private:
  int descriptor_;
};

}  // namespace

class Waveform::File {
 public:
  explicit File(VerilatedContext& context) {
    context.traceEverOn(true);
    context.trace(&signals_, all_levels);
  }
  void draw(std::uint64_t time) {
    if (!signals_.isOpen()) signals_.open(memory_.path().c_str());
    signals_.dump(time);
  }
  void copy_to(std::ostream& out) {
    signals_.close();
    memory_.copy_to(out);
  }

 private:
  MemoryFile memory_;
  VerilatedFstC signals_;
};

Waveform::Waveform(VerilatedContext& context, WaveWindow window)
    : window_(std::move(window)), file_(std::make_unique<File>(context)) {}
Waveform::~Waveform() = default;

void Waveform::fell(std::uint64_t cycle) {
  if (!within(cycle)) return;
  file_->draw(cycle_time * cycle + cycle_time / 2);
  ++drawn_;
}
void Waveform::rose(std::uint64_t cycle) {
  if (within(cycle)) file_->draw(cycle_time * cycle);
}

void Waveform::write() {
  if (drawn_ == 0) return;
  write_atomically(window_.file, [&](std::ostream& out) { file_->copy_to(out); });
}

}  // namespace godwit::cosim
