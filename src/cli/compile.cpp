// godwit compile: from a checkpoint and a card to an artefact.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/core.h>
#include <limits>
#include <ostream>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/record.h"
#include "cli/device_flags.h"
#include "cli/digit_report.h"
#include "cli/verbs.h"
#include "compiler/lengths.h"
#include "compiler/memory_trace.h"
#include "compiler/profile.h"
#include "compiler/straight.h"
#include "compiler/traffic.h"
#include "cyclesim/dram/device.h"
#include "isa/codec.h"
#include "isa/program_file.h"
#include "isa/sizes.h"
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
  struct Result {
    isa::Program program;
    DigitReport digits;
    std::size_t model_context = 0;
    compiler::LengthsCount lengths;
    compiler::Traffic traffic;
    compiler::DecodeProfile profile;
    std::uint32_t traffic_context = 0;
    std::uint64_t image_bytes = 0;
    double seconds = 0;
  };
  void dump(const Model& model, ThreadPool& pool) const;
  void write_trace(const Result& result) const;
  void print_record(const Result& result) const;
  void print_table(const Result& result) const;

  std::string model_;
  std::string output_;
  DeviceFlags flags_;
  std::string lengths_ = "looped";
  std::int64_t context_ = 0;
  std::int64_t at_ = 0;
  std::int64_t traffic_at_ = 0;
  std::optional<std::string> dump_;
  std::optional<std::string> trace_;
};

void CompileVerb::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.required("MODEL", model_, "Hugging Face folder, .gguf file, 'embedded', or shape:NAME (counted, not run)");
  options.required("-o,--output", output_, "the .godwit file to write");
  flags_.declare_compilation(options);
  options.integer("-c,--context", context_, 0, most,
                  "most positions; 0: as many of the model's as leave room for chunks of 4 tokens, at least 1024");
  options.choice("--lengths", lengths_, {"unrolled", "bucketed", "looped"},
                 "how programs serve all lengths, for counting; the file holds the looped one");
  options.integer("--at", at_, 0, most,
                  "write the program that decodes at this length alone, without loops, to look at; 0: the one for all");
  options.integer("--traffic-at", traffic_at_, 0, most, "context of the token whose bytes are counted; 0: all of it");
  options.optional_text("--dump", dump_, "a folder for what each pass of the compiler gives, a text a pass");
  options.optional_text("--trace", trace_,
                        "a file for that token's requests to the last channel, as godwit memory --trace takes them");
}

/// Where the file comes from, as JSON text.
std::string provenance(const std::string& model, const DeviceOptions& options, const isa::Program& program,
                       const DigitReport& digits) {
  Record record;
  record.set("made_by", "godwit " GODWIT_VERSION).set("model", model).set("card", program.card.name);
  if (options.scheme) record.set("scheme", *options.scheme);
  record.set("activations_asked", options.activations.value_or("auto")).set("positions", program.positions);
  set_digits(record, digits);
  return record.text();
}

/// Of everything in memory at the start, with the matrices of a shape that has no weights.
std::uint64_t image_bytes(const isa::Program& program, const Model& model) {
  std::uint64_t sum = 0;
  for (const isa::Segment& segment : program.segments) sum += segment.bytes.size();
  if (model.has_weights) return sum;
  for (const isa::Words& words : program.descriptors) {
    sum += isa::decode_descriptor(words).value().granules * isa::granule_bytes *
           static_cast<std::uint64_t>(program.card.slices);
  }
  return sum;
}

/// The position of the token that makes a text `length` long.
std::uint32_t position_of(std::int64_t length, const char* option, const isa::Program& program) {
  if (length >= 1 && length <= program.positions) return static_cast<std::uint32_t>(length - 1);
  throw UserError({.what = fmt::format("no token attends to {} positions", length),
                   .where = option,
                   .expected = fmt::format("1 to {}, the program's", program.positions),
                   .remedy = "give a length within the context"});
}

compiler::Lengths strategy_of(const std::string& name) {
  if (name == "unrolled") return compiler::Lengths::unrolled;
  return name == "bucketed" ? compiler::Lengths::bucketed : compiler::Lengths::looped;
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
  DeviceOptions& options = flags_.options;
  options.context = static_cast<std::size_t>(context_);
  const auto start = std::chrono::steady_clock::now();
  Result result;
  std::shared_ptr<const Model> compiled_model = model.model;
  {
    CompileProgress progress(!common.quiet);
    progress.listen(options);
    CompiledModel compiled = compile_and_report(*model.model, options, pool);
    result.program = std::move(compiled.program);
    result.digits = std::move(compiled.digits);
    if (compiled.recoded != nullptr) compiled_model = compiled.recoded;
  }
  result.model_context = model.model->config.context;
  if (dump_) dump(*model.model, pool);
  result.lengths = compiler::count_lengths(result.program, strategy_of(lengths_));
  const std::int64_t all = result.program.positions;
  result.traffic_context = position_of(traffic_at_ == 0 ? all : traffic_at_, "--traffic-at", result.program) + 1;
  result.traffic = compiler::traffic_per_token(result.program, result.traffic_context);
  result.profile = compiler::profile_decode(result.program, result.traffic_context);
  if (trace_) write_trace(result);
  Description texts = describe_model(model_, *compiled_model);
  texts[provenance_text] = provenance(model_, options, result.program, result.digits);
  if (at_ > 0) {
    texts[only_length_text] = fmt::format("{}", at_);
    isa::write_program_file(
        output_, compiler::straight_program(result.program, position_of(at_, "--at", result.program)), texts);
  } else {
    isa::write_program_file(output_, result.program, texts);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.image_bytes = image_bytes(result.program, *model.model);
  if (common.json) {
    print_record(result);
    return 0;
  }
  print_table(result);
  if (!common.quiet && context_ == 0 && result.program.positions < result.model_context) {
    fmt::print(stderr, "more positions (--context) would leave room for fewer tokens of a prompt at a time\n");
  }
  if (!common.quiet && result.program.chunk == 1 && result.program.positions > 1) {
    fmt::print(stderr, "a smaller --context would leave room for prompts to go through several tokens at a time\n");
  }
  return 0;
}

/// A file a pass, numbered in their order.
void CompileVerb::dump(const Model& model, ThreadPool& pool) const {
  const std::filesystem::path folder = *dump_;
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const auto& [name, text] : describe_compilation(model, flags_.options, pool)) {
    std::string file = fmt::format("{}-{}.txt", ++number, name);
    std::ranges::replace(file, ' ', '-');
    write_atomically(folder / file, [&](std::ostream& out) { out << text; });
  }
}

/// All at once: memory is asked for as fast as it takes.
void CompileVerb::write_trace(const Result& result) const {
  const isa::Program& program = result.program;
  const std::uint64_t request = program.card.memory.empty()
                                    ? isa::line_bytes
                                    : static_cast<std::uint64_t>(find_device(program.card.memory).request_bytes);
  const auto channel = static_cast<std::uint32_t>(program.card.slices - 1);
  write_atomically(*trace_, [&](std::ostream& out) {
    for (const compiler::MemoryPiece& piece : compiler::decode_trace(program, result.traffic_context, channel)) {
      for (std::uint64_t at = piece.address / request; at * request < piece.address + piece.bytes; ++at) {
        out << fmt::format("0,{},{}\n", at * request, piece.write ? 'w' : 'r');
      }
    }
  });
}

void CompileVerb::print_record(const Result& result) const {
  const isa::Program& program = result.program;
  const compiler::Traffic& t = result.traffic;
  Record traffic;
  traffic.set("weights", t.weights).set("kv_read", t.kv_read).set("kv_write", t.kv_write).set("vectors", t.vectors);
  traffic.set("activations", t.activations).set("instructions", t.instructions).set("logits", t.logits);
  Record executed;
  for (const auto& [name, count] : result.profile.executed) executed.set(name, count);
  Record profile;
  profile.set("instructions", result.profile.instructions).set("executed", executed);
  profile.set("matrix_macs", result.profile.matrix_macs).set("attention_macs", result.profile.attention_macs);
  profile.set("semaphores", result.profile.semaphores);
  Record record;
  record.set("instruction_bytes", result.lengths.instruction_bytes);
  record.set("instruction_bytes_all_lengths", result.lengths.instruction_bytes_all_lengths);
  record.set("programs", result.lengths.programs).set("image_bytes", result.image_bytes);
  record.set("seconds", result.seconds).set("traffic_per_token", traffic);
  record.set("profile_per_token", profile);
  record.set("traffic_context", result.traffic_context).set("lengths", lengths_).set("file", output_);
  record.set("card", program.card.name).set("positions", program.positions).set("chunk", program.chunk);
  std::vector<Record> matrices;
  for (const isa::MatrixNote& matrix : program.matrices) {
    matrices.emplace_back().set("name", matrix.name).set("scheme", matrix.scheme);
  }
  record.set("matrices", matrices);
  set_digits(record, result.digits);
  fmt::print("{}\n", record.text());
}

void CompileVerb::print_table(const Result& result) const {
  const isa::Program& program = result.program;
  const auto row = [](const char* label, const std::string& text) { fmt::print("{:<14}{}\n", label, text); };
  row("card", program.card.name);
  row("context", fmt::format("{} of the model's {} positions, chunks of up to {} tokens", program.positions,
                             result.model_context, program.chunk));
  print_digits(result.digits);
  row("image", fmt::format("{:.1f} MB of memory", static_cast<double>(result.image_bytes) * 1e-6));
  row("instructions", fmt::format("{} bytes of {} {}, {} bytes for all lengths ({})", result.lengths.instruction_bytes,
                                  result.lengths.programs, result.lengths.programs == 1 ? "program" : "programs",
                                  result.lengths.instruction_bytes_all_lengths, lengths_));
  row("a token", fmt::format("at {} positions, in bytes:", result.traffic_context));
  const compiler::Traffic& t = result.traffic;
  const auto kind = [](const char* label, std::uint64_t bytes) { fmt::print("  {:<12}{:>14}\n", label, bytes); };
  kind("weights", t.weights);
  kind("KV read", t.kv_read);
  kind("KV written", t.kv_write);
  kind("vectors", t.vectors);
  kind("activations", t.activations);
  kind("instructions", t.instructions);
  kind("results", t.logits);
  row("", fmt::format("{} instructions, {:.1f} M multiplications in matrices, {:.1f} M in attention",
                      result.profile.instructions, static_cast<double>(result.profile.matrix_macs) * 1e-6,
                      static_cast<double>(result.profile.attention_macs) * 1e-6));
  row("compiled in", fmt::format("{:.2f} s", result.seconds));
}

}  // namespace

std::unique_ptr<Verb> make_compile_verb() {
  return std::make_unique<CompileVerb>();
}

}  // namespace godwit
