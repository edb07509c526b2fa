#pragma once
// The options that ask for a waveform of the verilated machine.

#include <optional>
#include <string>

#include "cli/verb.h"
#include "runtime/rtl_device.h"

namespace godwit {

class WaveformFlags {
 public:
  /// --trace and --trace-window.
  void declare(Options& options);
  /// None where no file is named. Throws UserError for a window that is none, or one without a file.
  [[nodiscard]] std::optional<WaveformRequest> asked() const;

 private:
  std::optional<std::string> file_;
  std::optional<std::string> window_;
};

}  // namespace godwit
