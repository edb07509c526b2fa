#pragma once
// Completion of godwit's command line in a shell, as the script that the shell reads.

#include <string>
#include <vector>

#include "cli/verb_facts.h"

namespace godwit {

/// Where a value is not one of a few but there are names for it beside files' names: the cards, the embedded model.
struct KnownValues {
  std::string option;               // "--card", or a positional: "MODEL"
  std::vector<std::string> values;  // without blanks
};

struct CommandLine {
  std::vector<VerbFacts> verbs;
  std::vector<OptionFacts> common;
  std::vector<KnownValues> known;
};

std::string bash_completion(const CommandLine& line);
std::string zsh_completion(const CommandLine& line);

}  // namespace godwit
