#include "cli/shell_scripts.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace godwit {
namespace {

/// What a value may be, of those that are known; of others any file's name will do.
std::vector<std::string> values_of(const OptionFacts& option, const CommandLine& line) {
  if (!option.choices.empty()) return option.choices;
  for (const KnownValues& known : line.known) {
    if (std::ranges::find(option.names, known.option) != option.names.end()) return known.values;
  }
  return {};
}

bool may_be_a_file(const OptionFacts& option) {
  return option.choices.empty() && option.value != "N";
}

/// Those of a verb and those that all have.
std::vector<OptionFacts> options_of(const VerbFacts& verb, const CommandLine& line) {
  std::vector<OptionFacts> out;
  std::ranges::copy_if(verb.options, std::back_inserter(out), [](const auto& option) { return !option.positional(); });
  out.insert(out.end(), line.common.begin(), line.common.end());
  return out;
}

std::vector<std::string> names_of(const std::vector<OptionFacts>& options) {
  std::vector<std::string> out;
  for (const OptionFacts& option : options) out.insert(out.end(), option.names.begin(), option.names.end());
  return out;
}

std::vector<std::string> positional_values(const VerbFacts& verb, const CommandLine& line) {
  for (const OptionFacts& option : verb.options) {
    if (option.positional()) return values_of(option, line);
  }
  return {};
}

/// "run:--device) words='golden fp32'; files=;;" for each option that takes a value.
std::string bash_values(const VerbFacts& verb, const CommandLine& line) {
  std::string out;
  for (const OptionFacts& option : options_of(verb, line)) {
    if (option.value.empty()) continue;
    std::vector<std::string> cases;
    cases.reserve(option.names.size());
    for (const std::string& name : option.names) cases.push_back(verb.name + ":" + name);
    out += fmt::format("    {}) words='{}' files={} ;;\n", fmt::join(cases, "|"),
                       fmt::join(values_of(option, line), " "), may_be_a_file(option) ? "yes" : "");
  }
  return out;
}

/// In a double-quoted specification of _arguments: neither quotes nor brackets nor colons of its own.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("[]:\\").find(c) != std::string_view::npos) out += '\\';
    if (c == '\'') {
      out += R"('\'')";
    } else {
      out += c;
    }
  }
  return out;
}

std::string zsh_action(const OptionFacts& option, const CommandLine& line) {
  const std::vector<std::string> values = values_of(option, line);
  const std::string names = fmt::format("({})", fmt::join(values, " "));
  if (!may_be_a_file(option)) return option.choices.empty() ? " " : names;
  if (values.empty()) return "_files";
  // The blank before it: _arguments gives it no options of its own.
  return fmt::format(R"( _alternative "names\:name\:{}" "files\:file\:_files")", names);
}

std::string zsh_option(const OptionFacts& option, const CommandLine& line) {
  const std::string value = option.value.empty() ? "" : fmt::format(":{}:{}", option.value, zsh_action(option, line));
  std::string out;
  for (const std::string& name : option.names) {
    out += fmt::format(" \\\n        '{}[{}]{}'", name, zsh_text(option.help), value);
  }
  return out;
}

std::string zsh_verb(const VerbFacts& verb, const CommandLine& line) {
  std::string out = fmt::format("    {})\n      _arguments -S", verb.name);
  for (const OptionFacts& option : options_of(verb, line)) out += zsh_option(option, line);
  for (const OptionFacts& option : verb.options) {
    if (option.positional())
      out += fmt::format(" \\\n        ':{}:{}'", option.names.front(), zsh_action(option, line));
  }
  return out + "\n      ;;\n";
}

}  // namespace

std::string bash_completion(const CommandLine& line) {
  std::vector<std::string> verbs;
  std::string values;
  std::string options;
  for (const VerbFacts& verb : line.verbs) {
    verbs.push_back(verb.name);
    values += bash_values(verb, line);
    options +=
        fmt::format("      {}) words='{}'; others='{}' ;;\n", verb.name,
                    fmt::join(names_of(options_of(verb, line)), " "), fmt::join(positional_values(verb, line), " "));
  }
  return fmt::format(R"(# Completion of godwit for bash, as `godwit completion bash` prints it.
_godwit() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD - 1]}}" verb="${{COMP_WORDS[1]}}"
  local words= others= files=yes
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '{} --help --version' -- "$current")
    return
  fi
  # "--option=value" comes as three words
  if [[ $current == "=" ]]; then
    current=
  elif [[ $before == "=" ]]; then
    before="${{COMP_WORDS[COMP_CWORD - 2]}}"
  fi
  case "$verb:$before" in
{}    *)
      case "$verb" in
{}        *) return ;;
      esac
      if [[ $current == -* ]]; then
        files=
      else
        words=$others
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O ${{#COMPREPLY[@]}} COMPREPLY < <(compgen -f -- "$current")
  fi
}}
complete -F _godwit godwit
)",
                     fmt::join(verbs, " "), values, options);
}

std::string zsh_completion(const CommandLine& line) {
  std::string described;
  std::string cases;
  for (const VerbFacts& verb : line.verbs) {
    described += fmt::format("    '{}:{}'\n", verb.name, zsh_text(verb.sentence));
    cases += zsh_verb(verb, line);
  }
  return fmt::format(R"(#compdef godwit
# Completion of godwit for zsh, as `godwit completion zsh` prints it.
_godwit() {{
  local -a verbs=(
{}  )
  if ((CURRENT == 2)); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  ((CURRENT--))
  case $verb in
{}  esac
}}
_godwit "$@"
)",
                     described, cases);
}

}  // namespace godwit
