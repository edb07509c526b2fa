#include "model/format/json.h"

#include <cmath>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/utf8.h"

namespace godwit {
namespace {

constexpr int most_depth = 64;  // real checkpoints nest five deep
constexpr std::size_t most_shown = 60;

// Watches a document being parsed: how deep it nests, and that no object has a key twice.
class Watch {
 public:
  explicit Watch(const std::string& file) : file_(file) {}

  bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if ((event == Event::object_start || event == Event::array_start) && depth >= most_depth) {
      fail("JSON nests too deep", fmt::format("at most {} levels", most_depth));
    }
    if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second) {
      fail(fmt::format("JSON has the key '{}' twice in one object", value.get<std::string>()), "each key once");
    }
    return true;
  }

 private:
  [[noreturn]] void fail(std::string what, std::string expected) const {
    throw UserError({.what = std::move(what),
                     .where = file_,
                     .expected = std::move(expected),
                     .remedy = "the file is damaged or made by hand: get it again"});
  }
  const std::string& file_;
  std::vector<std::unordered_set<std::string>> keys_;
};

const nlohmann::json& node(const void* pointer) {
  return *static_cast<const nlohmann::json*>(pointer);
}

// "[json.exception.parse_error.101] parse error at line 3, column 5: ..." without the part in brackets.
std::string plain_message(std::string_view text) {
  const std::size_t end = text.find("] ");
  return repair_utf8(end == std::string_view::npos ? text : text.substr(end + 2));
}

}  // namespace

struct Json::Document {
  nlohmann::json root;
  std::string file;
};

Json Json::parse(std::string_view text, const std::string& file) {
  auto document = std::make_shared<Document>();
  document->file = file;
  try {
    document->root = nlohmann::json::parse(
        text, [watch = Watch(file)](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) mutable {
          return watch(depth, event, value);
        });
  } catch (const nlohmann::json::exception& error) {
    throw UserError({.what = "this is not JSON: " + plain_message(error.what()),
                     .where = file,
                     .expected = "one JSON value in UTF-8",
                     .remedy = "the file is damaged or cut short: get it again"});
  }
  const void* root = &document->root;
  return {std::move(document), root, {}};
}

std::string Json::where() const {
  return path_.empty() ? document_->file : fmt::format("{}, field '{}'", document_->file, path_);
}

void Json::wrong(const std::string& expected) const {
  std::string shown = node(node_).dump(-1, ' ', true);
  if (shown.size() > most_shown) shown = shown.substr(0, most_shown) + "...";
  throw UserError({.what = "a value of the wrong kind: " + shown,
                   .where = where(),
                   .expected = expected,
                   .remedy = "correct the file, or get it again"});
}

bool Json::is_object() const {
  return node(node_).is_object();
}
bool Json::is_array() const {
  return node(node_).is_array();
}
bool Json::is_string() const {
  return node(node_).is_string();
}

bool Json::has(const std::string& key) const {
  if (!is_object()) wrong("an object");
  return node(node_).contains(key);
}

std::optional<Json> Json::find(const std::string& key) const {
  if (!is_object()) wrong("an object");
  const auto at = node(node_).find(key);
  if (at == node(node_).end() || at->is_null()) return {};
  return Json(document_, &*at, path_.empty() ? key : path_ + "." + key);
}

std::vector<std::pair<std::string, Json>> Json::fields() const {
  if (!is_object()) wrong("an object");
  std::vector<std::pair<std::string, Json>> out;
  for (const auto& [key, value] : node(node_).items()) {
    out.emplace_back(key, Json(document_, &value, path_.empty() ? key : path_ + "." + key));
  }
  return out;
}

std::vector<Json> Json::items() const {
  if (!is_array()) wrong("a list");
  std::vector<Json> out;
  for (const auto& value : node(node_)) out.push_back({document_, &value, fmt::format("{}[{}]", path_, out.size())});
  return out;
}

std::size_t Json::as_count(std::size_t most) const {
  const auto& value = node(node_);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    wrong(fmt::format("a whole number from 0 to {}", most));
  }
  return value.get<std::size_t>();
}

std::int64_t Json::as_integer(std::int64_t least, std::int64_t most) const {
  const auto& value = node(node_);
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>()));
  if (!fits || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most) {
    wrong(fmt::format("a whole number from {} to {}", least, most));
  }
  return value.get<std::int64_t>();
}

double Json::as_real() const {
  const auto& value = node(node_);
  if (!value.is_number() || !std::isfinite(value.get<double>())) wrong("a finite number");
  return value.get<double>();
}

bool Json::as_flag() const {
  if (!node(node_).is_boolean()) wrong("true or false");
  return node(node_).get<bool>();
}

std::string Json::as_text() const {
  if (!is_string()) wrong("a string");
  return node(node_).get<std::string>();
}

std::optional<std::size_t> Json::count(const std::string& key, std::size_t most) const {
  const auto value = find(key);
  return value ? std::optional(value->as_count(most)) : std::nullopt;
}

std::optional<double> Json::real(const std::string& key) const {
  const auto value = find(key);
  return value ? std::optional(value->as_real()) : std::nullopt;
}

std::optional<bool> Json::flag(const std::string& key) const {
  const auto value = find(key);
  return value ? std::optional(value->as_flag()) : std::nullopt;
}

std::optional<std::string> Json::text(const std::string& key) const {
  const auto value = find(key);
  return value ? std::optional(value->as_text()) : std::nullopt;
}

std::vector<double> Json::reals(const std::string& key) const {
  std::vector<double> out;
  if (const auto list = find(key)) {
    for (const Json& item : list->items()) out.push_back(item.as_real());
  }
  return out;
}

std::size_t Json::required_count(const std::string& key, std::size_t most) const {
  const auto value = count(key, most);
  if (!value) {
    throw UserError({.what = fmt::format("the field '{}' is missing", path_.empty() ? key : path_ + "." + key),
                     .where = document_->file,
                     .expected = "a whole number",
                     .remedy = "get the file again; without this field the model is not known"});
  }
  return *value;
}

}  // namespace godwit
