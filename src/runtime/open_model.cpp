#include "runtime/open_model.h"

#include "base/error.h"
#include "isa/program_file.h"
#include "model/description.h"
#include "model/load.h"

namespace godwit {

OpenModel open_model(const std::string& name) {
  if (!isa::is_program_file(name)) return {name, load_model(name), nullptr};
  const isa::ProgramFile artefact = isa::read_program_file(name);
  const auto text = [&](const char* part) {
    const auto found = artefact.texts.find(part);
    return found == artefact.texts.end() ? std::string() : found->second;
  };
  return {name, described_model(artefact.texts, name), artefact.program, text(only_length_text), text(provenance_text)};
}

std::shared_ptr<const Tokenizer> open_tokenizer(const std::string& name) {
  if (!isa::is_program_file(name)) return load_tokenizer(name);
  if (auto tokenizer = open_model(name).model->tokenizer) return tokenizer;
  throw UserError({.what = "the artefact has no tokenizer",
                   .where = name,
                   .expected = "one that was compiled from a checkpoint with a tokenizer",
                   .remedy = "give token ids instead of text (--tokens), or compile it again"});
}

}  // namespace godwit
