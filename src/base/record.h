#pragma once
// A JSON object under construction: what every verb prints with --json. Keeps the order of its fields, and keeps the
// JSON library's header out of everybody else's compile time.

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

class Record {
 public:
  Record();
  Record(const Record&);
  Record(Record&&) noexcept;
  Record& operator=(const Record&);
  Record& operator=(Record&&) noexcept;
  ~Record();

  Record& set(std::string_view key, std::string_view value);  // invalid UTF-8 comes out as U+FFFD
  Record& set(std::string_view key, const char* value) { return set(key, std::string_view(value)); }
  Record& set(std::string_view key, bool value);
  Record& set(std::string_view key, double value);  // NaN and infinities become null
  Record& set(std::string_view key, const Record& value);
  Record& set(std::string_view key, std::span<const int> values);
  Record& set(std::string_view key, std::span<const double> values);
  Record& set(std::string_view key, const std::vector<std::string>& values);
  Record& set(std::string_view key, const std::vector<Record>& values);
  Record& set_null(std::string_view key);
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Record& set(std::string_view key, T value) {
    if constexpr (std::unsigned_integral<T>) {
      return set_unsigned(key, value);
    } else {
      return set_signed(key, value);
    }
  }

  /// What text() of a record gave, or nothing if it is no JSON object.
  static std::optional<Record> parsed(std::string_view json);

  /// JSON text; `indent` < 0 puts it on one line. Lists of numbers and texts are always on one.
  [[nodiscard]] std::string text(int indent = 2) const;

 private:
  Record& set_signed(std::string_view key, std::int64_t value);
  Record& set_unsigned(std::string_view key, std::uint64_t value);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace godwit
