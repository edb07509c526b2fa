#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fmt/core.h>
#include <iostream>
#include <new>
#include <poll.h>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "base/error.h"
#include "base/utf8.h"
#include "cli/cli11_options.h"
#include "cli/nearest.h"
#include "cli/verb.h"

namespace godwit {
namespace {

constexpr int exit_user_error = 2;
constexpr int exit_bug = 3;

using Verbs = std::vector<std::unique_ptr<Verb>>;

/// Everything printed so far has reached standard output.
bool output_arrived() {
  std::cout.flush();
  return std::fflush(stdout) == 0 && std::cout.good() && std::ferror(stdout) == 0;
}

/// Whoever read standard output has gone, as `head` does when it has enough.
bool reader_left() {
  pollfd out = {STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/// The exit code when output did not arrive: a closed pipe is an answer, a full disk is not.
int refuse_output(std::string_view who) {
  if (reader_left()) return 0;
  fmt::print(stderr, "{}: cannot write to standard output\n  expected: an open pipe or a disk with room\n", who);
  return exit_user_error;
}

int run_verb(Verb& verb, const Common& common) {
  const std::string who = std::string("godwit ") + verb.name();
  try {
    const int code = verb.run(common);
    return output_arrived() ? code : refuse_output(who);
  } catch (const UserError& error) {
    fmt::print(stderr, "{}: {}\n", who, error.what());
    return exit_user_error;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "{}: not enough memory\n  remedy:   take a smaller model or context, or free memory\n", who);
    return exit_user_error;
  } catch (const std::system_error&) {
    if (output_arrived()) throw;
    return refuse_output(who);
  }
}

std::vector<std::string> names_of(const Verbs& verbs) {
  std::vector<std::string> names;
  for (const auto& verb : verbs) names.emplace_back(verb->name());
  return names;
}

bool knows(const Verbs& verbs, std::string_view name) {
  return std::any_of(verbs.begin(), verbs.end(), [&](const auto& verb) { return verb->name() == name; });
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// The first words of the command line, as a message may repeat them.
std::string in_quotes(std::string_view word) {
  constexpr std::size_t most = 60;
  return "'" + repair_utf8(word.substr(0, most)) + (word.size() > most ? "...'" : "'");
}

int refuse(const std::string& who, std::string what, const std::string& meant) {
  if (!meant.empty()) what += fmt::format("; did you mean '{}'?", meant);
  fmt::print(stderr, "{0}: {1}\n{0} --help lists what there is.\n", who, what);
  return exit_user_error;
}

/// What the parser had to say, as help, version or a message.
int end_parsing(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& place = chosen.empty() ? app : *chosen.front();
  const std::string who = chosen.empty() ? "godwit" : "godwit " + place.get_name();
  if (error.get_exit_code() == 0) {
    if (dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr) {
      std::cout << error.what() << '\n';
    } else {
      std::cout << place.help(chosen.empty() ? "" : "godwit");
    }
    return output_arrived() ? 0 : refuse_output(who);
  }
  if (const auto rest = app.remaining(true); !rest.empty()) {
    const std::string& word = rest.front();
    if (!word.starts_with('-')) return refuse(who, "one word too many: " + in_quotes(word), "");
    const std::string name = word.substr(0, word.find('='));
    return refuse(who, "unknown option " + in_quotes(name), nearest(name, options_of(place)));
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string text = error.what();
    return refuse(who, text.substr(0, text.find(':')) + " needs a value", "");
  }
  return refuse(who, error.what(), "");
}

}  // namespace

void Common::declare(Options& options) {
  options.flag("--json", json, "print one JSON object on standard output");
  options.flag("-q,--quiet", quiet, "no progress and no remarks");
  options.integer("-t,--threads", threads, 0, 1024, "threads; 0: all this process may use");
}

int godwit_main(int argc, const char* const* argv) {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // a closed pipe is seen where something is written to it
  CLI::App app{"godwit takes a language-model checkpoint to an FPGA, and to exact models of it.", "godwit"};
  const auto format = std::make_shared<HelpFormat>();
  format->label("SUBCOMMAND", "VERB");
  app.formatter(format);
  app.set_version_flag("--version", "godwit " GODWIT_VERSION, "print the version");
  app.set_help_flag("-h,--help", "print this");
  app.footer("godwit VERB --help says more about one.");

  Common common;
  const auto verbs = all_verbs();
  Verb* chosen = nullptr;
  for (const auto& verb : verbs) {
    CLI::App* sub = app.add_subcommand(verb->name(), verb->sentence());
    sub->group(verb->hidden() ? "" : "Verbs");
    sub->footer("");
    CliOptions options(*sub);
    verb->declare(options);
    common.declare(options);
    sub->callback([&chosen, one = verb.get()] { chosen = one; });
  }

  const std::string_view first = argc > 1 ? argv[1] : "";
  if (!first.empty() && first.front() != '-' && !knows(verbs, first)) {
    return refuse("godwit", "there is no verb " + in_quotes(first), nearest(first, names_of(verbs)));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_parsing(app, error);
  }
  if (chosen == nullptr) {
    fmt::print(stderr, "{}", app.help());
    return exit_user_error;
  }
  try {
    return run_verb(*chosen, common);
  } catch (const std::exception& error) {
    fmt::print(stderr, "godwit: a bug: {}\n", error.what());
    return exit_bug;
  }
}

}  // namespace godwit
