#include "base/config_table.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <system_error>
#include <toml++/toml.h>

#include "base/error.h"
#include "base/file.h"
#include "base/places.h"

namespace godwit {
namespace fs = std::filesystem;

struct ConfigTable::State {
  toml::table table;
  std::string file;
  std::string prefix;  // of its entries' names: "timing."
  std::string folder;
  std::vector<std::string> asked;

  const toml::node* ask(std::string_view key) {
    asked.emplace_back(key);
    return table.get(key);
  }
};

ConfigTable::ConfigTable(const fs::path& file, std::string kind, std::string folder)
    : state_(std::make_unique<State>()) {
  const std::string source = read_text(file);
  state_->file = file.string();
  state_->folder = std::move(folder);
  try {
    state_->table = toml::parse(source, state_->file);
  } catch (const toml::parse_error& error) {
    throw UserError({.what = "not a TOML file: " + std::string(error.description()),
                     .where = fmt::format("{}, line {}", state_->file, error.source().begin.line),
                     .expected = fmt::format("{} as in {}", kind, state_->folder),
                     .remedy = "correct the line"});
  }
}

ConfigTable::ConfigTable(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigTable::~ConfigTable() = default;
ConfigTable::ConfigTable(ConfigTable&&) noexcept = default;

void ConfigTable::fail(std::string_view key, const std::string& what, const std::string& expected) const {
  throw UserError({.what = what,
                   .where = fmt::format("{}, entry '{}{}'", state_->file, state_->prefix, key),
                   .expected = expected,
                   .remedy = fmt::format("compare with the other files of {}", state_->folder)});
}

std::int64_t ConfigTable::whole(std::string_view key, std::int64_t least, std::int64_t most) {
  const toml::node* node = state_->ask(key);
  const auto value = node == nullptr ? std::nullopt : node->value_exact<std::int64_t>();
  if (!value || *value < least || *value > most) {
    fail(key, value ? fmt::format("{} is out of range", *value) : "a whole number is missing",
         fmt::format("a whole number from {} to {}", least, most));
  }
  return *value;
}

double ConfigTable::real(std::string_view key, double least, double most) {
  const toml::node* node = state_->ask(key);
  const auto value = node == nullptr ? std::nullopt : node->value<double>();
  if (!value || std::isnan(*value) || *value < least || *value > most) {
    fail(key, "a number is missing or out of range", fmt::format("a number from {} to {}", least, most));
  }
  return *value;
}

bool ConfigTable::flag(std::string_view key) {
  const toml::node* node = state_->ask(key);
  const auto value = node == nullptr ? std::nullopt : node->value_exact<bool>();
  if (!value) fail(key, "true or false is missing", "true or false");
  return *value;
}

std::string ConfigTable::text(std::string_view key) {
  const toml::node* node = state_->ask(key);
  const auto value = node == nullptr ? std::nullopt : node->value_exact<std::string>();
  if (!value || value->empty()) fail(key, "a text is missing", "a text in quotes");
  return *value;
}

std::vector<std::string> ConfigTable::texts(std::string_view key) {
  const toml::node* node = state_->ask(key);
  const toml::array* list = node == nullptr ? nullptr : node->as_array();
  if (list == nullptr) fail(key, "a list is missing", "a list of texts in square brackets");
  std::vector<std::string> out;
  for (const auto& item : *list) {
    const auto value = item.value_exact<std::string>();
    if (!value) fail(key, "one in the list is no text", "texts in quotes");
    out.push_back(*value);
  }
  return out;
}

ConfigTable ConfigTable::table(std::string_view key) {
  const toml::node* node = state_->ask(key);
  if (node == nullptr || !node->is_table()) fail(key, "a table is missing", fmt::format("a table [{}]", key));
  auto inner = std::make_unique<State>();
  inner->table = *node->as_table();
  inner->file = state_->file;
  inner->prefix = fmt::format("{}{}.", state_->prefix, key);
  inner->folder = state_->folder;
  return ConfigTable(std::move(inner));
}

bool ConfigTable::has(std::string_view key) const {
  return state_->table.contains(key);
}

void ConfigTable::refuse_others() const {
  for (const auto& [key, value] : state_->table) {
    if (std::ranges::find(state_->asked, key.str()) == state_->asked.end()) {
      fail(key.str(), "an entry that means nothing here", fmt::format("only {}", fmt::join(state_->asked, ", ")));
    }
  }
}

fs::path find_config(std::string_view folder, std::string_view name, std::string_view kind, const std::string& remedy) {
  const fs::path place = program_folder("configs", "GODWIT_CONFIGS") / folder;
  if (name.ends_with(".toml")) return name;  // whoever reads it says if it is not there
  const fs::path file = place / fmt::format("{}.toml", name);
  std::error_code ignored;
  if (name.find('/') == std::string_view::npos && fs::is_regular_file(file, ignored)) return file;
  const std::vector<std::string> known = config_names(folder);
  throw UserError({.what = fmt::format("there is no {} '{}'", kind, name),
                   .where = place.string(),
                   .expected = known.empty() ? std::string("files ending in .toml in this folder")
                                             : fmt::format("one of {}", fmt::join(known, ", ")),
                   .remedy = remedy});
}

std::vector<std::string> config_names(std::string_view folder) {
  std::vector<std::string> out;
  std::error_code ignored;
  const fs::path place = program_folder("configs", "GODWIT_CONFIGS") / folder;
  for (const auto& entry : fs::directory_iterator(place, ignored)) {
    if (entry.path().extension() == ".toml") out.push_back(entry.path().stem().string());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace godwit
