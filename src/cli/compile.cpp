// godwit compile: from a checkpoint and a card to an artefact.

#include <chrono>
#include <fmt/core.h>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/record.h"
#include "cli/device_flags.h"
#include "cli/verbs.h"
#include "isa/program_file.h"
#include "model/description.h"

namespace godwit {
namespace {

class CompileVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "compile"; }
  [[nodiscard]] const char* sentence() const override {
    return "Compile a model for a card: one file that runs without the checkpoint.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  std::string model_;
  std::string output_;
  DeviceFlags flags_;
  std::string lengths_ = "looped";
  std::int64_t context_ = 0;
  std::int64_t at_ = 0;
};

void CompileVerb::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.required("MODEL", model_, "Hugging Face folder, .gguf file, 'embedded', or shape:NAME (counted, not run)");
  options.required("-o,--output", output_, "the .godwit file to write");
  flags_.declare_compilation(options);
  options.integer("-c,--context", context_, 0, most, "most positions; 0: the model's own");
  options.choice("--lengths", lengths_, {"unrolled", "bucketed", "looped"},
                 "how programs serve all lengths; the file holds the looped one, or that of --at");
  options.integer("--at", at_, 0, most, "write the program of this length alone; 0: the one for all");
}

/// Where the file comes from, as JSON text.
std::string provenance(const std::string& model, const DeviceOptions& options, const isa::Program& program) {
  Record record;
  record.set("made_by", "godwit " GODWIT_VERSION).set("model", model).set("card", program.card.name);
  if (options.scheme) record.set("scheme", *options.scheme);
  record.set("activations", options.activations.value_or("auto")).set("positions", program.positions);
  return record.text();
}

std::uint64_t image_bytes(const isa::Program& program) {
  std::uint64_t sum = 0;
  for (const isa::Segment& segment : program.segments) sum += segment.bytes.size();
  return sum;
}

int CompileVerb::run(const Common& common) {
  const OpenModel model = open_model(model_);
  if (model.program != nullptr) {
    throw UserError({.what = "this is compiled already",
                     .where = model_,
                     .expected = "a checkpoint, or a shape",
                     .remedy = "give the checkpoint that it was compiled from"});
  }
  ThreadPool pool = common.pool();
  const auto start = std::chrono::steady_clock::now();
  DeviceOptions& options = flags_.options;
  options.context = static_cast<std::size_t>(context_);
  options.or_less = context_ == 0;
  CompileProgress progress(!common.quiet);
  options.progress = progress.listener();
  const isa::Program program = compile_model(*model.model, options, pool);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Description texts = describe_model(model_, *model.model);
  texts["provenance.json"] = provenance(model_, options, program);
  isa::write_program_file(output_, program, texts);
  if (common.json) {
    Record record;
    record.set("instruction_bytes", program.instructions.size() * sizeof(isa::Words))
        .set("image_bytes", image_bytes(program))
        .set("seconds", seconds);
    fmt::print("{}\n", record.text());
  }
  return 0;
}

}  // namespace

std::unique_ptr<Verb> make_compile_verb() {
  return std::make_unique<CompileVerb>();
}

}  // namespace godwit
