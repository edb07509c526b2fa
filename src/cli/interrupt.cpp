#include "cli/interrupt.h"

#include <csignal>

namespace godwit {
namespace {

std::atomic<bool> seen = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

void note(int /*signal*/) {
  seen = true;
}

void handle(void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  seen = false;
  handle(note, static_cast<int>(SA_RESETHAND) | SA_RESTART);
}

Interrupt::~Interrupt() {
  handle(SIG_DFL, 0);
}

std::atomic<bool>& Interrupt::requested() {
  return seen;
}

}  // namespace godwit
