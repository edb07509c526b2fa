#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>

#include "base/error.h"
#include "cli/verb.h"

namespace godwit {
namespace {

constexpr int exit_user_error = 2;
constexpr int exit_bug = 3;

class CliOptions : public Options {
 public:
  explicit CliOptions(CLI::App& app) : app_(app) {}

  void text(const char* names, std::string& target, const std::string& help) override {
    app_.add_option(names, target, help);
  }
  void texts(const char* names, std::vector<std::string>& target, const std::string& help) override {
    app_.add_option(names, target, help)->allow_extra_args(false);
  }
  void required(const char* names, std::string& target, const std::string& help) override {
    app_.add_option(names, target, help)->required();
  }
  void choice(const char* names, std::string& target, const std::vector<std::string>& from,
              const std::string& help) override {
    app_.add_option(names, target, help)->check(CLI::IsMember(from))->capture_default_str();
  }
  void integer(const char* names, std::int64_t& target, std::int64_t least, std::int64_t most,
               const std::string& help) override {
    app_.add_option(names, target, help)->check(CLI::Range(least, most))->capture_default_str();
  }
  void real(const char* names, double& target, double least, double most, const std::string& help) override {
    app_.add_option(names, target, help)->check(CLI::Range(least, most))->capture_default_str();
  }
  void flag(const char* names, bool& target, const std::string& help) override { app_.add_flag(names, target, help); }

 private:
  CLI::App& app_;
};

void declare_common(CliOptions& options, Common& common) {
  options.flag("--json", common.json, "print one JSON object on standard output");
  options.flag("-q,--quiet", common.quiet, "no progress and no remarks");
  options.integer("-t,--threads", common.threads, 0, 1024, "threads (0: all this process may use)");
}

int run_verb(Verb& verb, const Common& common) {
  try {
    const int code = verb.run(common);
    std::cout.flush();
    if (!std::cout || std::fflush(stdout) != 0) {
      throw UserError({.what = "cannot write to standard output",
                       .where = std::string("godwit ") + verb.name(),
                       .expected = "an open pipe or a disk with room",
                       .remedy = "check where the output goes"});
    }
    return code;
  } catch (const UserError& error) {
    fmt::print(stderr, "godwit {}: {}\n", verb.name(), error.what());
    return exit_user_error;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "godwit {}: not enough memory\n  remedy:   take a smaller model or context, or free memory\n",
               verb.name());
    return exit_user_error;
  }
}

}  // namespace

int godwit_main(int argc, const char* const* argv) {
  CLI::App app{"godwit takes a language-model checkpoint to an FPGA, and to exact models of it.", "godwit"};
  app.set_version_flag("--version", "godwit " GODWIT_VERSION);
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default(false);

  Common common;
  const auto verbs = all_verbs();
  Verb* chosen = nullptr;
  for (const auto& verb : verbs) {
    CLI::App* sub = app.add_subcommand(verb->name(), verb->sentence());
    CliOptions options(*sub);
    verb->declare(options);
    declare_common(options, common);
    sub->callback([&chosen, one = verb.get()] { chosen = one; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_user_error;
  }
  try {
    return run_verb(*chosen, common);
  } catch (const std::exception& error) {
    fmt::print(stderr, "godwit: a bug: {}\n", error.what());
    return exit_bug;
  }
}

}  // namespace godwit
