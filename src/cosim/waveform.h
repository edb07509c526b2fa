#pragma once
// A waveform of chosen cycles as an FST file, which GTKWave and Surfer open. The machine that has signals to draw was
// verilated with TRACE (src/cosim/CMakeLists.txt).

#include <cstdint>
#include <memory>
#include <string>

class VerilatedContext;

namespace godwit::cosim {

/// Cycles `first` to `last` of the clock; 0 is the first one after the machine was made and reset.
struct WaveWindow {
  std::string file;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// In the file a cycle takes ten units of time: cycle c begins with the rising edge at 10 c. What is outside the
/// machine moves with the falling edge at 10 c + 5, and what follows from it; from there on everything is as the next
/// rising edge finds it.
class Waveform {
 public:
  /// After what was verilated in this context was made. The file is kept in memory until write().
  Waveform(VerilatedContext& context, WaveWindow window);
  ~Waveform();
  Waveform(const Waveform&) = delete;
  Waveform& operator=(const Waveform&) = delete;

  void fell(std::uint64_t cycle);  // the clock did, in this cycle
  void rose(std::uint64_t cycle);  // the clock did, which began this cycle
  /// Cycles drawn so far.
  [[nodiscard]] std::uint64_t drawn() const { return drawn_; }
  /// Ends it and writes the file, if a cycle was drawn. Throws UserError where it cannot be written.
  void write();

 private:
  class File;
  [[nodiscard]] bool within(std::uint64_t cycle) const { return cycle >= window_.first && cycle <= window_.last; }

  WaveWindow window_;
  std::unique_ptr<File> file_;
  std::uint64_t drawn_ = 0;
};

}  // namespace godwit::cosim
