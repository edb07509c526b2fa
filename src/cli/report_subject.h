#pragma once
// What a report is about, and the parts of it that golden, the compiler and recorded measurements give.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "base/thread_pool.h"
#include "report/evidence.h"
#include "runtime/open_model.h"

namespace godwit {

/// What the user asked for.
struct ReportRequest {
  std::string model = "embedded";
  std::optional<std::string> card;
  std::optional<std::string> scheme;
  std::optional<std::string> activations;
  std::string prompt = "And it came to pass";  // of the sample
  std::size_t sample_tokens = 64;
  std::size_t prompt_tokens = 128;  // of the simulated run
  std::size_t generate = 128;
  std::string text_file;  // for perplexity; empty: the embedded model's held-out text, or none
  std::size_t scored_tokens = 2048;
};

struct ReportSubject {
  ReportRequest request;
  OpenModel checkpoint;                         // as the user named it; an artefact, perhaps
  std::shared_ptr<const isa::Program> program;  // of the card, for all lengths of the request
  [[nodiscard]] const Model& model() const { return *checkpoint.model; }
  /// The request's model compiled, as a model that devices can be made of.
  [[nodiscard]] OpenModel compiled() const { return {checkpoint.name, checkpoint.model, program}; }
  /// Tokens that the cache holds when the middle one of the generated is fed, itself included.
  [[nodiscard]] std::size_t mean_context() const { return request.prompt_tokens + (request.generate + 1) / 2; }
};

/// Opens and compiles. Throws UserError for what cannot be opened, does not fit the card, or is longer than the
/// context.
ReportSubject open_subject(const ReportRequest& request, ThreadPool& pool);

/// "godwit run embedded --card u280 REST": what to type for a figure of this subject.
std::string command(const ReportSubject& subject, const std::string& verb, const std::string& rest);

/// `text` as one word of a POSIX shell.
std::string shell_word(const std::string& text);

/// The weights' schemes, each once: "w8", "w4g64-n8 and w8".
std::string schemes_text(const isa::Program& program);

// Each fills its part of the evidence, or says there why it is missing.
void add_facts(report::Evidence& evidence, const ReportSubject& subject);
/// The text, and golden's own speed on this processor as a system.
void add_sample(report::Evidence& evidence, const ReportSubject& subject, ThreadPool& pool);
void add_quality(report::Evidence& evidence, const ReportSubject& subject, bool quiet, ThreadPool& pool);
void add_traffic(report::Evidence& evidence, const ReportSubject& subject);
/// The roof, and the bound of a decode step on it.
void add_roofline(report::Evidence& evidence, const ReportSubject& subject);
/// Rows of bench/results and configs/published.toml, after those that are there; then the targets.
void add_systems(report::Evidence& evidence, const ReportSubject& subject);

}  // namespace godwit
