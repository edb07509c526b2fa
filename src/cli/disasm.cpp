// godwit disasm: an artefact's program as text.

#include <fmt/core.h>

#include "base/record.h"
#include "cli/verbs.h"
#include "isa/disassembler.h"
#include "isa/program_file.h"

namespace godwit {
namespace {

class DisasmVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "disasm"; }
  [[nodiscard]] const char* sentence() const override {
    return "Print an artefact's instructions and matrix descriptors as text that godwit asm reads.";
  }
  void declare(Options& options) override { options.required("FILE", file_, "a .godwit file"); }

  int run(const Common& common) override {
    const isa::ProgramFile artefact = isa::read_program_file(file_);
    const isa::Program& program = *artefact.program;
    const std::string text = isa::disassemble({program.instructions, program.descriptors});
    if (common.json) {
      Record record;
      record.set("text", text).set("instructions", program.instructions.size());
      record.set("descriptors", program.descriptors.size()).set("card", program.card.name);
      fmt::print("{}\n", record.text());
    } else {
      fmt::print("{}", text);
    }
    return 0;
  }

 private:
  std::string file_;
};

}  // namespace

std::unique_ptr<Verb> make_disasm_verb() {
  return std::make_unique<DisasmVerb>();
}

}  // namespace godwit
