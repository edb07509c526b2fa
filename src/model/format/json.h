#pragma once
// JSON as checkpoints have it, read with messages that name the file and the field. Keeps the JSON library out of
// headers. Parsing bounds the nesting and refuses duplicate keys: their meaning is anybody's guess.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit {

/// A value inside a parsed document, which it keeps alive. Getters return nothing for a field that is absent or null,
/// and throw UserError (file, field, what is there, what was expected) for one of the wrong type or range.
class Json {
 public:
  /// `file` names the document in messages.
  static Json parse(std::string_view text, const std::string& file);

  [[nodiscard]] bool is_object() const;
  [[nodiscard]] bool is_array() const;
  [[nodiscard]] bool is_string() const;
  /// The field, unless it is absent or null. This value must be an object.
  [[nodiscard]] std::optional<Json> find(const std::string& key) const;
  /// True if the field is there, null or not.
  [[nodiscard]] bool has(const std::string& key) const;
  /// All fields of an object, in order of name; all items of an array.
  [[nodiscard]] std::vector<std::pair<std::string, Json>> fields() const;
  [[nodiscard]] std::vector<Json> items() const;

  // This value itself.
  [[nodiscard]] std::size_t as_count(std::size_t most) const;  // a whole number from 0 to `most`
  [[nodiscard]] std::int64_t as_integer(std::int64_t least, std::int64_t most) const;
  [[nodiscard]] double as_real() const;  // finite
  [[nodiscard]] bool as_flag() const;
  [[nodiscard]] std::string as_text() const;

  // A field of this object.
  [[nodiscard]] std::optional<std::size_t> count(const std::string& key, std::size_t most = limit) const;
  [[nodiscard]] std::optional<double> real(const std::string& key) const;
  [[nodiscard]] std::optional<bool> flag(const std::string& key) const;
  [[nodiscard]] std::optional<std::string> text(const std::string& key) const;
  [[nodiscard]] std::vector<double> reals(const std::string& key) const;  // empty if absent

  /// For fields that must be there: throws UserError that names the missing field.
  [[nodiscard]] std::size_t required_count(const std::string& key, std::size_t most = limit) const;

  /// "config.json, field 'rope_parameters.factor'": for messages.
  [[nodiscard]] std::string where() const;

  static constexpr std::size_t limit = std::size_t{1} << 40;

 private:
  struct Document;
  Json(std::shared_ptr<const Document> document, const void* node, std::string path)
      : document_(std::move(document)), node_(node), path_(std::move(path)) {}
  [[noreturn]] void wrong(const std::string& expected) const;

  std::shared_ptr<const Document> document_;
  const void* node_;  // inside document_
  std::string path_;
};

}  // namespace godwit
