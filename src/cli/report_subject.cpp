#include "cli/report_subject.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/ranges.h>
#include <utility>

#include "base/error.h"
#include "compiler/traffic.h"
#include "cyclesim/dram/device.h"
#include "isa/generated.h"
#include "report/text.h"
#include "runtime/make_device.h"

namespace godwit {
namespace {

std::string architecture_text(const ModelConfig& c) {
  const char* name = c.architecture == Architecture::gpt2    ? "GPT-2"
                     : c.architecture == Architecture::llama ? "LLaMA"
                                                             : "OPT";
  return fmt::format("{} layers of {}, {} heads, vocabulary {} ({})", c.layers, c.hidden, c.heads, c.vocabulary, name);
}

/// Bytes a second of all channels, as far as the ports can take them.
std::optional<double> peak_bandwidth(const isa::Card& card) {
  if (card.memory.empty()) return {};
  const DramDevice device = find_device(card.memory);
  const double channel = device.peak_bytes_per_cycle() / device.clock_ns * 1e9;
  const double port = card.port_bytes * card.frequency_mhz * 1e6;
  return card.slices * std::min(channel, port);
}

/// A multiply-accumulate a lane and cycle: the two products of a lane are the two digits of a token's activation.
double peak_macs(const isa::Card& card) {
  constexpr double lanes = isa::block_rows * isa::block_inputs;
  return card.slices * lanes / card.fold * card.frequency_mhz * 1e6;
}

double macs_of_token(const Model& model, std::size_t context) {
  double sum = 0;
  for (const Layer& layer : model.layers) sum += static_cast<double>(macs(layer, context));
  return sum;
}

report::Origin traffic_origin(const ReportSubject& subject) {
  return {report::Kind::estimated,
          command(subject, "compile", fmt::format("-o FILE.godwit --traffic-at {} --json", subject.mean_context()))};
}

void check_lengths(const ReportRequest& request, const OpenModel& opened) {
  const std::size_t wanted = request.prompt_tokens + request.generate;
  const std::size_t most = most_context(opened);
  if (wanted <= most) return;
  throw UserError({.what = "prompt and generated tokens are longer than the model's context",
                   .where = fmt::format("--prompt {} --generate {}", request.prompt_tokens, request.generate),
                   .expected = fmt::format("at most {} together", most),
                   .remedy = "ask for fewer"});
}

}  // namespace

ReportSubject open_subject(const ReportRequest& request, ThreadPool& pool) {
  ReportSubject subject{.request = request, .checkpoint = open_model(request.model), .program = nullptr};
  check_lengths(request, subject.checkpoint);
  if (subject.checkpoint.program != nullptr) {
    if (request.card || request.scheme || request.activations) {
      throw UserError({.what = "an artefact is compiled already",
                       .where = request.model,
                       .expected = "none of --card, --scheme, --activations",
                       .remedy = "leave them out, or report on the checkpoint"});
    }
    subject.program = subject.checkpoint.program;
    return subject;
  }
  DeviceOptions options;
  options.card = request.card;
  options.scheme = request.scheme;
  options.activations = request.activations;
  options.context =
      std::min(subject.model().config.context, request.prompt_tokens + request.generate + request.sample_tokens);
  subject.program = std::make_shared<const isa::Program>(compile_model(subject.model(), options, pool));
  return subject;
}

std::string shell_word(const std::string& text) {
  const std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command(const ReportSubject& subject, const std::string& verb, const std::string& rest) {
  const ReportRequest& r = subject.request;
  std::string out = fmt::format("godwit {} {}", verb, shell_word(r.model));
  if (r.card) out += fmt::format(" --card {}", shell_word(*r.card));
  if (r.scheme) out += fmt::format(" --scheme {}", shell_word(*r.scheme));
  if (r.activations) out += fmt::format(" --activations {}", shell_word(*r.activations));
  return rest.empty() ? out : out + " " + rest;
}

std::string schemes_text(const isa::Program& program) {
  std::vector<std::string> names;
  for (const isa::MatrixNote& matrix : program.matrices) {
    if (std::ranges::find(names, matrix.scheme) == names.end()) names.push_back(matrix.scheme);
  }
  return fmt::format("{}", fmt::join(names, " and "));
}

void add_facts(report::Evidence& e, const ReportSubject& subject) {
  const isa::Card& card = subject.program->card;
  const Model& model = subject.model();
  e.model = subject.request.model;
  e.card = card.name;
  e.made = fmt::format(
      "Made by godwit {} at {:%Y-%m-%d %H:%M} UTC with: {}", GODWIT_VERSION, fmt::gmtime(std::time(nullptr)),
      command(
          subject, "report",
          fmt::format("-o FOLDER --prompt {} --generate {}", subject.request.prompt_tokens, subject.request.generate)));
  e.facts = {
      {"model", fmt::format("{}, {:.1f} M parameters, {}", model.config.name,
                            static_cast<double>(model.parameters()) * 1e-6, architecture_text(model.config))},
      {"card", fmt::format("{}{}: {} slices of 128 lanes, {} SFU lanes", card.name,
                           card.part.empty() ? "" : ", " + card.part, card.slices, card.sfu_lanes)},
      {"clock", fmt::format("{:g} MHz{}", card.frequency_mhz,
                            card.frequency_assumed ? ", assumed: not measured by place and route" : "")},
      {"weights", schemes_text(*subject.program)},
      {"run", fmt::format("prompt of {}, {} generated, one sequence", subject.request.prompt_tokens,
                          subject.request.generate)},
  };
  if (const auto peak = peak_bandwidth(card)) {
    e.facts.push_back(
        {"memory", fmt::format("{} channels of {}, {:.1f} GB/s at peak", card.slices, card.memory, *peak * 1e-9)});
  }
}

void add_traffic(report::Evidence& e, const ReportSubject& subject) {
  const compiler::Traffic t =
      compiler::traffic_per_token(*subject.program, static_cast<std::uint32_t>(subject.mean_context()));
  const auto part = [](const char* name, std::uint64_t bytes) {
    return report::Breakdown::Part{name, static_cast<double>(bytes)};
  };
  e.traffic.unit = "bytes";
  e.traffic.parts = {part("weights", t.weights),         part("KV read", t.kv_read),
                     part("KV written", t.kv_write),     part("norms, rows, angles", t.vectors),
                     part("activations", t.activations), part("instructions", t.instructions),
                     part("results", t.logits)};
  e.traffic.origin = traffic_origin(subject);
}

void add_roofline(report::Evidence& e, const ReportSubject& subject) {
  const isa::Card& card = subject.program->card;
  const auto bandwidth = peak_bandwidth(card);
  if (!bandwidth) {
    e.roofline.missing = fmt::format("No memory is described for the card {}, so there is no roof to draw.", card.name);
    return;
  }
  const compiler::Traffic traffic =
      compiler::traffic_per_token(*subject.program, static_cast<std::uint32_t>(subject.mean_context()));
  const double bytes = static_cast<double>(traffic.total());
  const double work = macs_of_token(subject.model(), subject.mean_context());
  const double rate = std::min(*bandwidth / bytes, peak_macs(card) / work);  // tokens a second
  e.roofline.bytes_per_second = *bandwidth;
  e.roofline.macs_per_second = peak_macs(card);
  e.roofline.origin = {report::Kind::estimated, "godwit cards --json"};
  e.roofline.points.push_back({.label = "decode, at most",
                               .macs_per_byte = work / bytes,
                               .macs_per_second = rate * work,
                               .origin = traffic_origin(subject)});
  e.headline.push_back(
      {.id = "bound_tokens_per_second",
       .label = "tokens a second at most: the memory's peak, or the lanes'",
       .unit = "",
       .value = {rate, traffic_origin(subject),
                 fmt::format("{} bytes a token at {:.1f} GB/s", report::number_text(bytes), *bandwidth * 1e-9)}});
}

}  // namespace godwit
