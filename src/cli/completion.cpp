// godwit completion: what a shell reads to complete this command line.

#include <fmt/core.h>

#include "base/error.h"
#include "base/record.h"
#include "cli/shell_scripts.h"
#include "cli/verbs.h"
#include "isa/card.h"

namespace godwit {
namespace {

class CompletionVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "completion"; }
  [[nodiscard]] const char* sentence() const override { return "Print what a shell reads to complete godwit's words."; }
  [[nodiscard]] bool hidden() const override { return true; }
  void declare(Options& options) override { options.required("shell", shell_, "bash or zsh"); }

  int run(const Common& common) override {
    const CommandLine line = {
        .verbs = verb_facts(),
        .common = common_facts(),
        .known = {{.option = "--card", .values = isa::card_names()}, {.option = "MODEL", .values = {"embedded"}}}};
    if (shell_ != "bash" && shell_ != "zsh") {
      throw UserError({.what = fmt::format("there is no completion for '{}'", shell_),
                       .where = "SHELL",
                       .expected = "bash or zsh",
                       .remedy = "name one of these"});
    }
    const std::string script = shell_ == "zsh" ? zsh_completion(line) : bash_completion(line);
    if (common.json) {
      Record record;
      record.set("shell", shell_).set("script", script);
      fmt::print("{}\n", record.text());
    } else {
      fmt::print("{}", script);
    }
    return 0;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Verb> make_completion_verb() {
  return std::make_unique<CompletionVerb>();
}

}  // namespace godwit
