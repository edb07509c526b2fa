#pragma once
// Instructions and matrix descriptors to bits and back (the bits: docs/isa.md). Encoders never cut a number to its
// field and decoders accept nothing that an encoder would not write, so that encode(decode(w)) == w for every w that is
// decoded, and decode(encode(x)) == x for every x that is encoded.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "isa/generated.h"

namespace godwit::isa {

/// A value that its field cannot hold.
struct FieldError {
  std::string layout;    // "matmul"
  std::string field;     // "from"
  std::int64_t value;    // 70000
  std::string expected;  // "0 to 65535"

  [[nodiscard]] std::string message() const;  // "matmul: from = 70000; expected 0 to 65535"
};

/// Thrown by encode(): a bug of the caller, who could have asked check() first.
class EncodeError : public std::range_error {
 public:
  explicit EncodeError(FieldError error) : std::range_error(error.message()), error_(std::move(error)) {}
  [[nodiscard]] const FieldError& error() const { return error_; }

 private:
  FieldError error_;
};

struct Refusal {
  std::string text;
};

/// What was decoded, or why it could not be: an unknown opcode, a bit that no field has, a value that a field may not
/// have.
template <typename T>
class Decoded {
 public:
  Decoded(T value) : result_(std::move(value)) {}
  Decoded(Refusal why) : result_(std::move(why)) {}

  [[nodiscard]] explicit operator bool() const { return std::holds_alternative<T>(result_); }
  /// Panics if there is none.
  [[nodiscard]] const T& value() const {
    if (!*this) panic(message());
    return std::get<T>(result_);
  }
  [[nodiscard]] std::string message() const { return *this ? std::string() : std::get<Refusal>(result_).text; }

 private:
  std::variant<T, Refusal> result_;
};

/// The first field that is out of range, if any.
std::optional<FieldError> check(const Instruction& instruction);
std::optional<FieldError> check(const Descriptor& descriptor);

Words encode(const Instruction& instruction);
Words encode(const Descriptor& descriptor);

Decoded<Instruction> decode(const Words& words);
Decoded<Descriptor> decode_descriptor(const Words& words);

// ---- the same by table, for the assembler and for tests
// --------------------------------------------------------------

/// Null if the opcode or the name is unknown.
const Layout* layout_of_opcode(std::uint8_t opcode);
const Layout* layout_of_name(std::string_view name);

/// The allowed values in words: "0 to 65535", "one of 2, 3, 4", "one of none, gelu", "0 to 1048560, a multiple of 16".
std::string range_of(const Field& field);
bool allows(const Field& field, std::int64_t value);

std::optional<FieldError> check(const Layout& layout, const Values& values);
Words pack(const Layout& layout, const Values& values);  // of checked values
Values unpack(const Layout& layout, const Words& words);

}  // namespace godwit::isa
