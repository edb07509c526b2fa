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
};

/// Whatever load_model() takes (model/load.h), or a .godwit file. Throws UserError for anything else, and for whatever
/// is wrong in the files.
OpenModel open_model(const std::string& name);

/// Only the tokenizer.
std::shared_ptr<const Tokenizer> open_tokenizer(const std::string& name);

}  // namespace godwit
