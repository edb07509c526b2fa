#include "cli/verb_facts.h"

#include <fmt/core.h>
#include <utility>

#include "cli/upper_case.h"

namespace godwit {
namespace {

/// "-n,--count" as two names.
std::vector<std::string> split_names(std::string_view names) {
  std::vector<std::string> out;
  for (std::size_t comma = names.find(','); comma != std::string_view::npos; comma = names.find(',')) {
    out.emplace_back(names.substr(0, comma));
    names.remove_prefix(comma + 1);
  }
  out.emplace_back(names);
  return out;
}

class FactsOptions : public Options {
 public:
  explicit FactsOptions(std::vector<OptionFacts>& into) : into_(into) {}

  void text(const char* names, std::string& target, const std::string& help) override {
    add(names, "TEXT", help).usual = target;
  }
  void optional_text(const char* names, std::optional<std::string>& /*target*/, const std::string& help) override {
    add(names, "TEXT", help);
  }
  void texts(const char* names, std::vector<std::string>& /*target*/, const std::string& help) override {
    add(names, "TEXT", help);
  }
  void required(const char* names, std::string& /*target*/, const std::string& help) override {
    OptionFacts& option = add(names, "TEXT", help);
    option.required = true;
    if (!option.positional()) return;
    option.value.clear();
    option.names = {upper_case(names)};
  }
  void choice(const char* names, std::string& target, const std::vector<std::string>& from,
              const std::string& help) override {
    OptionFacts& option = add(names, "NAME", help);
    option.usual = target;
    option.choices = from;
  }
  void integer(const char* names, std::int64_t& target, std::int64_t /*least*/, std::int64_t /*most*/,
               const std::string& help) override {
    add(names, "N", help).usual = fmt::format("{}", target);
  }
  void real(const char* names, double& target, double /*least*/, double /*most*/, const std::string& help) override {
    add(names, "N", help).usual = fmt::format("{}", target);
  }
  void optional_real(const char* names, std::optional<double>& /*target*/, double /*least*/, double /*most*/,
                     const std::string& help) override {
    add(names, "N", help);
  }
  void flag(const char* names, bool& /*target*/, const std::string& help) override { add(names, "", help); }

 private:
  OptionFacts& add(const char* names, const char* value, const std::string& help) {
    return into_.emplace_back(OptionFacts{.names = split_names(names), .value = value, .help = help});
  }

  std::vector<OptionFacts>& into_;
};

}  // namespace

std::vector<VerbFacts> verb_facts() {
  std::vector<VerbFacts> out;
  for (const auto& verb : all_verbs()) {
    if (verb->hidden()) continue;
    VerbFacts& facts = out.emplace_back(VerbFacts{.name = verb->name(), .sentence = verb->sentence(), .options = {}});
    FactsOptions options(facts.options);
    verb->declare(options);
  }
  return out;
}

std::vector<OptionFacts> common_facts() {
  std::vector<OptionFacts> out = {{.names = {"-h", "--help"}, .value = "", .help = "print what a verb takes"}};
  Common common;
  FactsOptions options(out);
  common.declare(options);
  return out;
}

}  // namespace godwit
