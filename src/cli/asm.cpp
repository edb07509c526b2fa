// godwit asm: text to a program.

#include <cstring>
#include <fmt/core.h>
#include <memory>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/record.h"
#include "cli/verbs.h"
#include "isa/assembler.h"
#include "isa/program_file.h"
#include "runtime/make_device.h"

namespace godwit {
namespace {

std::shared_ptr<std::vector<isa::Words>> shared(const std::vector<isa::Words>& words) {
  return std::make_shared<std::vector<isa::Words>>(words);
}

std::span<const std::byte> bytes_of(const std::vector<isa::Words>& words) {
  return std::as_bytes(std::span(words));
}

/// A program of code alone: instructions from byte 0 of channel 0 on, then the descriptors.
isa::Program bare_program(const isa::Assembly& assembly, const std::string& card) {
  const auto code = shared(assembly.instructions);
  const auto descriptors = shared(assembly.descriptors);
  constexpr std::uint64_t line = 64;
  isa::Program program;
  program.card = isa::load_card(card);
  program.instructions = assembly.instructions;
  program.descriptors = assembly.descriptors;
  program.descriptor_address = (bytes_of(*code).size() + line - 1) / line * line;
  program.channel_bytes = program.descriptor_address + bytes_of(*descriptors).size();
  if (!code->empty()) program.segments.push_back({"instructions", 0, 0, bytes_of(*code)});
  if (!descriptors->empty()) {
    program.segments.push_back({"descriptors", 0, program.descriptor_address, bytes_of(*descriptors)});
  }
  program.owner = std::make_shared<std::pair<decltype(code), decltype(descriptors)>>(code, descriptors);
  return program;
}

class AsmVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "asm"; }
  [[nodiscard]] const char* sentence() const override {
    return "Assemble a program from text, alone or in place of an artefact's.";
  }
  void declare(Options& options) override {
    options.required("FILE", file_, "the text; '-' is standard input");
    options.required("-o,--output", output_, "the file to write");
    options.optional_text("--card", card_, std::string("the machine of a program alone [") + usual_card + "]");
    options.optional_text("--into", into_, "take everything else (memory, model, tokenizer) from this artefact");
  }

  int run(const Common& common) override {
    if (card_ && into_) {
      throw UserError({.what = "an artefact has its card already",
                       .where = "--card with --into",
                       .expected = "one of them",
                       .remedy = "leave out --card"});
    }
    const isa::Assembly assembly = isa::assemble(read_text(file_), file_);
    const isa::ProgramFile file = into_ ? replaced(assembly, *into_) : alone(assembly);
    isa::write_program_file(output_, *file.program, file.texts);
    if (common.json) {
      Record record;
      record.set("instructions", assembly.instructions.size()).set("descriptors", assembly.descriptors.size());
      record.set("instruction_bytes", assembly.instructions.size() * sizeof(isa::Words)).set("file", output_);
      fmt::print("{}\n", record.text());
    } else if (!common.quiet) {
      fmt::print(stderr, "{}: {} instructions, {} descriptors\n", output_, assembly.instructions.size(),
                 assembly.descriptors.size());
    }
    return 0;
  }

 private:
  [[nodiscard]] isa::ProgramFile alone(const isa::Assembly& assembly) const {
    return {std::make_shared<const isa::Program>(bare_program(assembly, card_.value_or(usual_card))), {}};
  }

  /// The other artefact with this code, where it fits into the place of the code before.
  [[nodiscard]] isa::ProgramFile replaced(const isa::Assembly& assembly, const std::string& into) const {
    isa::ProgramFile artefact = isa::read_program_file(into);
    auto program = std::make_shared<isa::Program>(*artefact.program);
    check_size(into, "instructions", assembly.instructions.size(), program->instructions.size());
    check_size(into, "matrix descriptors", assembly.descriptors.size(), program->descriptors.size());
    const auto code = shared(assembly.instructions);
    const auto descriptors = shared(assembly.descriptors);
    program->instructions = assembly.instructions;
    program->descriptors = assembly.descriptors;
    for (isa::Segment& segment : program->segments) {
      if (segment.channel != 0) continue;
      if (segment.address == program->code_address) segment.bytes = bytes_of(*code);
      if (segment.address == program->descriptor_address) segment.bytes = bytes_of(*descriptors);
    }
    program->owner = std::make_shared<std::tuple<std::shared_ptr<const void>, decltype(code), decltype(descriptors)>>(
        artefact.program, code, descriptors);
    artefact.program = std::move(program);
    return artefact;
  }

  void check_size(const std::string& into, const char* what, std::size_t has, std::size_t room) const {
    if (has <= room) return;
    throw UserError({.what = fmt::format("{} {} do not fit in the place of {}", has, what, room),
                     .where = file_,
                     .expected = fmt::format("at most {}, as many as {} has", room, into),
                     .remedy = "shorten the program"});
  }

  std::string file_;
  std::string output_;
  std::optional<std::string> card_;
  std::optional<std::string> into_;
};

}  // namespace

std::unique_ptr<Verb> make_asm_verb() {
  return std::make_unique<AsmVerb>();
}

}  // namespace godwit
