// godwit man: the man page godwit(1), written from what the verbs declare.

#include <fmt/format.h>
#include <iterator>

#include "base/record.h"
#include "cli/verb_facts.h"
#include "cli/verbs.h"

namespace godwit {
namespace {

/// Text as roff takes it: hyphens that can be copied, no escapes and no requests of its own.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else {
      out += c;
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

/// ".TP", the names with their value, and what the option does.
std::string option_text(const OptionFacts& option) {
  std::vector<std::string> names;
  names.reserve(option.names.size());
  for (const std::string& name : option.names) names.push_back(fmt::format("\\fB{}\\fR", roff(name)));
  std::string head = fmt::format("{}", fmt::join(names, ", "));
  if (!option.value.empty()) head += fmt::format(" \\fI{}\\fR", option.value);
  std::string text = roff(option.help);
  if (!option.choices.empty()) text += roff(fmt::format(": {}", fmt::join(option.choices, ", ")));
  if (!option.usual.empty()) text += roff(fmt::format(" [{}]", option.usual));
  if (option.required && !option.positional()) text += "; must be given";
  return fmt::format(".TP\n{}\n{}\n", head, text);
}

std::string verb_text(const VerbFacts& verb) {
  std::string line = fmt::format(".B godwit {}\n[\\fIOPTIONS\\fR]", verb.name);
  std::string options;
  for (const OptionFacts& option : verb.options) {
    if (option.positional()) line += fmt::format(" \\fI{}\\fR", option.names.front());
    options += option_text(option);
  }
  return fmt::format(".SS {}\n{}\n.PP\n{}\n{}", verb.name, line, roff(verb.sentence), options);
}

constexpr const char* introduction = R"(.SH NAME
godwit \- language models on FPGAs, and on exact models of them
.SH SYNOPSIS
.B godwit
\fIVERB\fR [\fIOPTIONS\fR] [\fIMODEL\fR | \fIFILE\fR]
.br
.B godwit
\fB\-\-help\fR | \fB\-\-version\fR
.SH DESCRIPTION
.B godwit
takes a language\-model checkpoint and runs it on an FPGA, or on exact models of that FPGA where there is no board.
.PP
A \fIMODEL\fR is a Hugging Face folder, a .gguf file, a folder that
.B godwit compress
wrote, a .godwit artefact,
.B embedded
for the model that comes with the program, or a known shape without weights such as
.BR shape:llama2\-7b .
.PP
Results go to standard output, progress and messages to standard error.
)";

constexpr const char* closing = R"(.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
it ran, and a comparison failed
.TP
.B 2
a mistake of the user's; the message says what, where, what was expected and what to do
.PP
Anything else is a bug.
.SH ENVIRONMENT
Folders that take the place of those that belong to the program:
.TP
.B GODWIT_CONFIGS
cards, boards, parts and memories
.TP
.B GODWIT_MODELS
the folder that holds that of the embedded model
.TP
.B GODWIT_RESULTS
recorded measurements, and where
.B godwit bench
appends its own
.SH FILES
.TP
.I PREFIX/share/godwit
the same folders of an installation
.SH EXAMPLES
.nf
godwit run embedded \-p "And it came to pass" \-n 60
godwit compile embedded \-o kjv.godwit \-\-card u280 \-\-scheme w4
godwit simulate shape:llama2\-7b \-\-card u280 \-\-scheme w4g128
.fi
)";

std::string manual() {
  std::string out = fmt::format(".TH GODWIT 1 \"\" \"godwit {}\" \"User Commands\"\n", GODWIT_VERSION);
  out += introduction;
  out += ".SH VERBS\n";
  for (const VerbFacts& verb : verb_facts()) out += verb_text(verb);
  out += ".SH OPTIONS OF EVERY VERB\n";
  for (const OptionFacts& option : common_facts()) out += option_text(option);
  return out + closing;
}

class ManVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "man"; }
  [[nodiscard]] const char* sentence() const override { return "Print the man page godwit(1)."; }
  [[nodiscard]] bool hidden() const override { return true; }
  void declare(Options& /*options*/) override {}

  int run(const Common& common) override {
    const std::string page = manual();
    if (common.json) {
      Record record;
      record.set("page", page);
      fmt::print("{}\n", record.text());
    } else {
      fmt::print("{}", page);
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Verb> make_man_verb() {
  return std::make_unique<ManVerb>();
}

}  // namespace godwit
