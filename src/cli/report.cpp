// godwit report: one page for a model on a card.

#include <fmt/core.h>
#include <limits>

#include "base/record.h"
#include "cli/device_flags.h"
#include "cli/report_simulation.h"
#include "cli/verbs.h"
#include "report/write.h"

namespace godwit {
namespace {

class ReportVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "report"; }
  [[nodiscard]] const char* sentence() const override {
    return "Write one page about a model on a card: speed, energy, quality, and others beside it.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  ReportRequest request_;
  DeviceFlags flags_;
  std::string folder_;
  std::int64_t sample_ = static_cast<std::int64_t>(request_.sample_tokens);
  std::int64_t prompt_ = static_cast<std::int64_t>(request_.prompt_tokens);
  std::int64_t generate_ = static_cast<std::int64_t>(request_.generate);
  std::int64_t scored_ = static_cast<std::int64_t>(request_.scored_tokens);
};

void ReportVerb::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.text("MODEL", request_.model, "Hugging Face folder, .gguf or .godwit file, 'embedded' or 'shape:NAME'");
  options.required("-o,--output", folder_, "the folder to write report.html, report.md and report.json into");
  flags_.declare_compilation(options);
  options.text("-p", request_.prompt, "the prompt of the text that golden writes");
  options.integer("-n,--predict", sample_, 1, most, "tokens of that text");
  options.integer("--prompt", prompt_, 1, most, "tokens of the prompt that is timed");
  options.integer("--generate", generate_, 1, most, "tokens generated after it");
  options.text("-f,--file", request_.text_file, "a text to predict; the embedded model has one of its own");
  options.integer("--max-tokens", scored_, 2, most, "predict only the text's first tokens");
}

int ReportVerb::run(const Common& common) {
  request_.card = flags_.options.card;
  request_.scheme = flags_.options.scheme;
  request_.activations = flags_.options.activations;
  request_.sample_tokens = static_cast<std::size_t>(sample_);
  request_.prompt_tokens = static_cast<std::size_t>(prompt_);
  request_.generate = static_cast<std::size_t>(generate_);
  request_.scored_tokens = static_cast<std::size_t>(scored_);
  ThreadPool pool = common.pool();
  const ReportSubject subject = open_subject(request_, pool);

  report::Evidence evidence;
  add_facts(evidence, subject);
  add_simulation(evidence, subject, common.quiet, pool);
  add_roofline(evidence, subject);
  add_traffic(evidence, subject);
  add_sample(evidence, subject, pool);
  add_quality(evidence, subject, common.quiet, pool);
  add_systems(evidence, subject);

  std::vector<std::string> files;
  for (const auto& file : report::write_report(evidence, folder_)) files.push_back(file.string());
  if (common.json) {
    Record record;
    record.set("model", evidence.model).set("card", evidence.card).set("files", files);
    fmt::print("{}\n", record.text());
    return 0;
  }
  for (const auto& file : files) fmt::print("{}\n", file);
  return 0;
}

}  // namespace

std::unique_ptr<Verb> make_report_verb() {
  return std::make_unique<ReportVerb>();
}

}  // namespace godwit
