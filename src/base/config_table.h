#pragma once
// A TOML file of configs/, read entry by entry: every entry has its type and range, those that nobody asked for are
// refused, and each message names file and entry.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

class ConfigTable {
 public:
  /// Throws UserError if the file cannot be read or is no TOML. `kind` ("a memory device") and `folder`
  /// ("configs/memories", where there are examples) are for messages.
  ConfigTable(const std::filesystem::path& file, std::string kind, std::string folder);
  ~ConfigTable();
  ConfigTable(ConfigTable&&) noexcept;
  ConfigTable(const ConfigTable&) = delete;
  ConfigTable& operator=(const ConfigTable&) = delete;

  [[noreturn]] void fail(std::string_view key, const std::string& what, const std::string& expected) const;

  // Each throws UserError for an entry that is missing, of another type, or out of range.
  std::int64_t whole(std::string_view key, std::int64_t least, std::int64_t most);
  int integer(std::string_view key, int least, int most) { return static_cast<int>(whole(key, least, most)); }
  double real(std::string_view key, double least, double most);
  bool flag(std::string_view key);
  std::string text(std::string_view key);                // not empty
  std::vector<std::string> texts(std::string_view key);  // a list
  ConfigTable table(std::string_view key);               // within this one

  [[nodiscard]] bool has(std::string_view key) const;
  /// Throws UserError if there is an entry that was not asked for so far.
  void refuse_others() const;

 private:
  struct State;
  explicit ConfigTable(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The file `name`.toml of configs/`folder`, or `name` itself where it names a file that ends in .toml. Throws
/// UserError that lists those there are; `kind` and `remedy` are for its message.
std::filesystem::path find_config(std::string_view folder, std::string_view name, std::string_view kind,
                                  const std::string& remedy);
/// Names of the files in configs/`folder`, without .toml, sorted.
std::vector<std::string> config_names(std::string_view folder);

}  // namespace godwit
