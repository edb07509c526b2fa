// godwit simulate: a model's generation on the cycle model of a card.

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <ostream>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "cli/device_flags.h"
#include "cli/simulation_table.h"
#include "cli/sweep.h"
#include "cli/verbs.h"
#include "cyclesim/simulator.h"
#include "cyclesim/split_memory.h"
#include "cyclesim/trace.h"
#include "model/graph.h"

namespace godwit {
namespace {

class SimulateVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "simulate"; }
  [[nodiscard]] const char* sentence() const override {
    return "Simulate a generation on a card, cycle by cycle: times, bandwidth, "
           "stalls, energy.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  [[nodiscard]] isa::Program program_for(const OpenModel& model, const Common& common, ThreadPool& pool) const;
  void check_memory(const isa::Card& card) const;
  [[nodiscard]] bool both_memories() const { return memory_.find('+') != std::string::npos; }
  void trace(const isa::Program& program) const;
  int sweep(const Common& common, const OpenModel& model);

  std::string model_;
  DeviceFlags flags_;
  std::int64_t prompt_ = 128;
  std::int64_t generate_ = 128;
  std::int64_t batch_ = 1;
  std::int64_t points_ = 5;
  std::string memory_;
  std::string trace_;
  std::vector<std::string> sweep_;
  std::string output_;
  bool oversize_ = false;
};

void SimulateVerb::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.required("MODEL", model_,
                   "Hugging Face folder, .gguf file, 'embedded', shape:NAME "
                   "(no weights needed) or a .godwit file");
  flags_.declare_compilation(options);
  options.integer("--prompt", prompt_, 1, most, "tokens of the prompt");
  options.integer("--generate", generate_, 1, most, "decode steps after it, the first at a context of prompt + 1");
  options.integer("--batch", batch_, 1, most, "sequences at once; the machine has one");
  options.text("--memory", memory_,
               "hbm, ddr or hbm+ddr: what the card streams from, of what its board has [the card's]");
  options.integer("--points", points_, 2, most, "decode steps that are simulated; between them times are linear");
  options.text("--trace", trace_, "write the first decode step as a timeline for ui.perfetto.dev");
  options.texts("--sweep", sweep_,
                "KEY=A,B,...: the same for every value of a card's parameter; "
                "may be repeated");
  options.text("-o,--output", output_,
               "where a sweep's table goes (CSV); what is in it already is not "
               "done again");
  options.flag("--oversize", oversize_, "also a card that does not fit its part by its own estimate");
}

std::string kind_of(const std::string& memory) {
  return memory.starts_with("hbm") ? "hbm" : memory.starts_with("sdr") ? "sdr" : "ddr";
}

void SimulateVerb::check_memory(const isa::Card& card) const {
  if (batch_ != 1) {
    throw UserError({.what = fmt::format("a batch of {} cannot be simulated", batch_),
                     .where = "--batch",
                     .expected = "1: the machine keeps the cache of one sequence",
                     .remedy = "leave it out"});
  }
  const std::string kind = kind_of(card.memory);
  if (memory_.empty() || memory_ == kind) return;
  const auto& second = cyclesim::board_of(card).second;
  const std::string both = second ? fmt::format("{}+{}", kind, kind_of(second->memory)) : "";
  if (second && memory_ == both) return;
  throw UserError({.what = fmt::format("card {} streams from {}{}, not from '{}'", card.name, kind,
                                       second ? fmt::format(" or {}", both) : " alone", memory_),
                   .where = "--memory",
                   .expected = second ? fmt::format("{} or {}", kind, both) : kind,
                   .remedy = "leave it out"});
}

isa::Program SimulateVerb::program_for(const OpenModel& model, const Common& common, ThreadPool& pool) const {
  if (model.program != nullptr) {
    if (flags_.options.card || flags_.options.scheme || flags_.options.activations) {
      throw UserError({.what = "an artefact is compiled already",
                       .where = model_,
                       .expected = "none of --card, --scheme, --activations",
                       .remedy = "leave them out, or compile the checkpoint anew"});
    }
    return *model.program;
  }
  DeviceOptions options = flags_.options;
  const auto length = static_cast<std::size_t>(prompt_ + generate_);
  if (length > model.model->config.context) {
    throw UserError({.what = fmt::format("a prompt of {} and {} tokens after it are longer "
                                         "than the model's context",
                                         prompt_, generate_),
                     .where = model.model->config.name,
                     .expected = fmt::format("at most {} together", model.model->config.context),
                     .remedy = "shorten the prompt or the answer"});
  }
  options.context = length;
  std::size_t drawn = 0;
  Progress progress(100, "compiling, percent", !common.quiet);
  options.progress = [&](double share) {
    const auto percent = static_cast<std::size_t>(100 * std::clamp(share, 0.0, 1.0));
    if (percent > drawn) progress.add(percent - drawn);
    drawn = std::max(drawn, percent);
  };
  return compile_model(*model.model, options, pool);
}

/// The first decode step again, with its spans.
void SimulateVerb::trace(const isa::Program& program) const {
  const auto memory = cyclesim::memory_of(program.card, find_device(program.card.memory),
                                          cyclesim::board_of(program.card), both_memories());
  cyclesim::Simulator simulator(program, *memory, {.spans = true});
  const cyclesim::RunRecord record = simulator.run({.position = static_cast<std::uint32_t>(prompt_), .tokens = 1});
  write_atomically(trace_, [&](std::ostream& out) { cyclesim::write_trace(out, program, record); });
}

int SimulateVerb::sweep(const Common& common, const OpenModel& model) {
  if (output_.empty() || model.program != nullptr) {
    throw UserError(
        {.what = model.program != nullptr ? "an artefact's card is settled" : "a sweep needs a file for its table",
         .where = "--sweep",
         .expected = model.program != nullptr ? "a checkpoint or a shape" : "--output FILE.csv",
         .remedy = "for example shape:llama2-7b --sweep "
                   "frequency_mhz=180,225,300 -o sweep.csv"});
  }
  const SweepSettings settings{.model = model_,
                               .options = flags_.options,
                               .question = {.prompt = static_cast<std::uint32_t>(prompt_),
                                            .generate = static_cast<std::uint32_t>(generate_),
                                            .points = static_cast<std::size_t>(points_),
                                            .oversize = oversize_,
                                            .both = both_memories()},
                               .keys = sweep_,
                               .output = output_,
                               .quiet = common.quiet};
  const SweepResult result = run_sweep(*model.model, settings, common);
  if (common.json) {
    Record record;
    record.set("file", output_)
        .set("rows", result.rows)
        .set("simulated", result.simulated)
        .set("refused", result.refused);
    fmt::print("{}\n", record.text());
  } else if (!common.quiet) {
    fmt::print(stderr, "{}: {} rows, {} simulated now, {} that cannot be\n", output_, result.rows, result.simulated,
               result.refused);
  }
  return 0;
}

int SimulateVerb::run(const Common& common) {
  const OpenModel model = open_model(model_);
  check_memory(model.program ? model.program->card : isa::load_card(flags_.options.card.value_or(usual_card)));
  if (!sweep_.empty()) return sweep(common, model);
  ThreadPool pool = common.pool();
  const isa::Program program = program_for(model, common, pool);
  SimulationQuestion question{.prompt = static_cast<std::uint32_t>(prompt_),
                              .generate = static_cast<std::uint32_t>(generate_),
                              .points = static_cast<std::size_t>(points_),
                              .oversize = oversize_,
                              .both = both_memories()};
  SimulationAnswer answer;
  {
    Progress progress(0, "simulating, runs", !common.quiet);
    question.progress = [&](std::size_t, std::size_t) { progress.add(1); };
    answer = simulate(program, question, pool);
  }
  if (!trace_.empty()) trace(program);
  if (common.json) {
    Record record = record_of(answer);
    record.set("model", model_).set("batch", batch_);
    if (!trace_.empty()) record.set("trace", trace_);
    fmt::print("{}\n", record.text());
  } else {
    print_table(answer);
  }
  return 0;
}

}  // namespace

std::unique_ptr<Verb> make_simulate_verb() {
  return std::make_unique<SimulateVerb>();
}

}  // namespace godwit
