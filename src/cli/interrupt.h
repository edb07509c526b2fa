#pragma once
// Ctrl-C as a request to end soon with what there is.

#include <atomic>

namespace godwit {

/// While it lives, the first SIGINT only sets requested(); a second one kills as usual. One at a time.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  [[nodiscard]] std::atomic<bool>& requested();
};

}  // namespace godwit
