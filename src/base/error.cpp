#include "base/error.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace godwit {
namespace {

std::string message(const Complaint& c) {
  std::string text = c.what;
  if (!c.where.empty()) text += "\n  where:    " + c.where;
  if (!c.expected.empty()) text += "\n  expected: " + c.expected;
  if (!c.remedy.empty()) text += "\n  remedy:   " + c.remedy;
  return text;
}

}  // namespace

UserError::UserError(Complaint complaint) : std::runtime_error(message(complaint)), complaint_(std::move(complaint)) {}

void panic(const std::string& text, std::source_location place) {
  fmt::print(stderr, "godwit: a bug: {}\n  at {}:{} in {}\n", text, place.file_name(), place.line(),
             place.function_name());
  static_cast<void>(std::fflush(stderr));
  std::abort();
}

}  // namespace godwit
