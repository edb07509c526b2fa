#pragma once
// From what the user names as MODEL to a model, and to a program where the name is an artefact's.

#include <memory>
#include <string>

#include "isa/program.h"
#include "model/graph.h"

namespace godwit {

struct OpenModel {
  std::string name;  // as the user gave it
  std::shared_ptr<const Model> model;
  std::shared_ptr<const isa::Program> program;  // of an artefact, whose model has no weights of its own; else null
  std::string only_length = {};                 // that the program serves, for looking at; empty: it serves all
  std::string provenance = {};                  // of an artefact, as JSON (docs/artefact.md); else empty
};

/// The names of texts in an artefact: what says only_length, and where the artefact comes from.
inline constexpr const char* only_length_text = "only_length";
inline constexpr const char* provenance_text = "provenance.json";

/// Whatever load_model() takes (model/load.h), or a .godwit file. Throws UserError for anything else, and for whatever
/// is wrong in the files.
OpenModel open_model(const std::string& name);

/// Only the tokenizer.
std::shared_ptr<const Tokenizer> open_tokenizer(const std::string& name);

}  // namespace godwit
