#pragma once
// What the verbs declare, as data: for what is written from it, completion of shells and the man page.

#include <string>
#include <vector>

#include "cli/verb.h"

namespace godwit {

struct OptionFacts {
  std::vector<std::string> names;         // "-o", "--output"; of a positional its one name in capitals: "MODEL"
  std::string value;                      // "TEXT", "N", "NAME"; empty: a flag, or a positional
  std::string help;                       // without names, choices and default
  std::string usual = {};                 // the default; empty: none
  std::vector<std::string> choices = {};  // all there are, where it is one of a few
  bool required = false;

  [[nodiscard]] bool positional() const { return names.front().front() != '-'; }
};

struct VerbFacts {
  std::string name;
  std::string sentence;
  std::vector<OptionFacts> options;  // in the order of their declaration, without those that every verb has
};

/// Of all verbs that --help lists.
std::vector<VerbFacts> verb_facts();

/// Of the options that every verb has, --help first.
std::vector<OptionFacts> common_facts();

}  // namespace godwit
