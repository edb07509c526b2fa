#pragma once
// Two kinds of failure. The user's fault is a UserError: it says what, where, what was expected and what to do, and
// the program ends with exit code 2. Our own bug is a panic: it stops the program with its place in the source.

#include <fmt/core.h>
#include <source_location>
#include <stdexcept>
#include <string>

namespace godwit {

/// The parts of a message to the user. `what` is one sentence; the others may stay empty.
struct Complaint {
  std::string what;      // "the tensor ends past the end of the file"
  std::string where;     // "model.safetensors, tensor 'wte.weight', byte 48"
  std::string expected;  // "at most 1,024 bytes"
  std::string remedy;    // "download the file again"
};

/// Thrown for whatever the user can mend: a bad file, an impossible option, a full disk.
class UserError : public std::runtime_error {
 public:
  explicit UserError(Complaint complaint);
  [[nodiscard]] const Complaint& complaint() const { return complaint_; }

 private:
  Complaint complaint_;
};

/// Prints the place and the text to standard error and aborts.
[[noreturn]] void panic(const std::string& text, std::source_location place = std::source_location::current());

/// Panics unless `holds`: for what only a bug of ours can break, never for input.
inline void ensure(bool holds, const char* text, std::source_location place = std::source_location::current()) {
  if (!holds) panic(text, place);
}

}  // namespace godwit
