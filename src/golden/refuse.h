#pragma once
// How an instruction complains about its program. Machine::run() adds which instruction it was.

#include <cstdint>
#include <string>

#include "base/error.h"

namespace godwit::golden {

/// Throws UserError: a program may be wrong, the machine that runs it must not be harmed.
[[noreturn]] inline void refuse(std::string what, std::string expected = {}) {
  throw UserError({.what = std::move(what), .where = "", .expected = std::move(expected), .remedy = ""});
}

/// For what a program must keep to and needs no number in the message.
inline void require(bool holds, const char* what, const char* expected = "") {
  if (!holds) refuse(what, expected);
}

}  // namespace godwit::golden
