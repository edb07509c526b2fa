#include "runtime/choose_digits.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>
#include <map>
#include <memory>
#include <numeric>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "isa/codec.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/calibration_text.h"
#include "runtime/comparison.h"
#include "runtime/golden_device.h"
#include "runtime/output_errors.h"

namespace godwit {
namespace {

/// golden over the tokens, with two digits everywhere and then with one in some places.
class Trials {
 public:
  Trials(const isa::Program& program, std::span<const int> tokens, std::size_t window, ThreadPool& pool)
      : program_(program), tokens_(tokens), window_(window), pool_(pool), wanted_(logits_of(program)) {}

  /// Nats a token.
  [[nodiscard]] double divergence(std::span<const compiler::DigitPlace> places) const {
    const std::vector<float> got = logits_of(compiler::with_one_digit(program_, places));
    const std::size_t vocabulary = got.size() / tokens_.size();
    std::vector<double> each(tokens_.size());
    pool_.parallel_for(each.size(), 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t t = begin; t < end; ++t) {
        each[t] = kl_divergence(std::span(wanted_).subspan(t * vocabulary, vocabulary),
                                std::span(got).subspan(t * vocabulary, vocabulary));
      }
    });
    return std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size());
  }

 private:
  [[nodiscard]] std::vector<float> logits_of(const isa::Program& program) const {
    GoldenDevice device(std::make_shared<const isa::Program>(program), pool_, window_);
    std::vector<float> logits;
    for (std::size_t begin = 0; begin < tokens_.size(); begin += window_) {
      device.rollback(0);
      const auto part = device.feed(tokens_.subspan(begin, std::min(window_, tokens_.size() - begin)), true);
      logits.insert(logits.end(), part.begin(), part.end());
    }
    return logits;
  }

  const isa::Program& program_;
  std::span<const int> tokens_;
  std::size_t window_;
  ThreadPool& pool_;
  std::vector<float> wanted_;  // [tokens][vocabulary]
};

/// The layers whose weights each matrix of a program has, by the matrix's name.
std::map<std::string, std::vector<std::size_t>> sources_of(const Model& model) {
  std::map<std::string, std::vector<std::size_t>> sources;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    if (std::holds_alternative<Linear>(layer.operation)) sources[layer.name] = {i};
    if (!std::holds_alternative<Attention>(layer.operation)) continue;
    for (const std::string_view letters : isa::attention_matrices) {
      auto& linears = sources[fmt::format("{}.{}", layer.name, letters)];
      for (const char letter : letters) {
        auto from = static_cast<std::size_t>(layer.inputs[std::string_view("qkv").find(letter)].layer);
        const Layer& input = model.layers[from];
        if (std::holds_alternative<Rope>(input.operation)) from = static_cast<std::size_t>(input.inputs.front().layer);
        if (std::ranges::find(linears, from) == linears.end()) linears.push_back(from);
      }
    }
  }
  return sources;
}

void put_errors(const Model& model, const std::vector<OutputError>& errors, DigitReport& report) {
  const auto sources = sources_of(model);
  for (MatrixDigits& matrix : report.matrices) {
    const auto found = sources.find(matrix.layer);
    ensure(found != sources.end(), "a matrix of no layer");
    OutputError all;
    for (const std::size_t layer : found->second) {
      all.difference += errors[layer].difference;
      all.output += errors[layer].output;
    }
    matrix.error = all.output > 0 ? std::sqrt(all.difference / all.output) : 0;
  }
}

/// Multiplications that a token spends there.
double work_of(const isa::Program& program, const compiler::DigitPlace& place) {
  double sum = 0;
  for (const std::uint32_t matrix : place.matrices) {
    const isa::Descriptor d = isa::decode_descriptor(program.descriptors[matrix]).value();
    sum += static_cast<double>(d.rows) * static_cast<double>(d.inputs);
  }
  return sum;
}

struct Cost {
  std::size_t place;
  double divergence;
  double work;
};

}  // namespace

ChosenDigits choose_digits(const Model& model, const isa::Program& program, std::span<const int> tokens,
                           std::size_t window, ThreadPool& pool, const std::function<void(double)>& progress) {
  const std::vector<compiler::DigitPlace> all = compiler::digit_places(program);
  std::vector<Cost> candidates;
  std::vector<compiler::DigitPlace> together;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].head) continue;
    candidates.push_back({.place = i, .divergence = 0, .work = work_of(program, all[i])});
    together.push_back(all[i]);
  }
  const double steps = 3 + static_cast<double>(candidates.size());
  double done = 0;
  const auto step = [&] {
    if (progress) progress(++done / steps);
  };

  ChosenDigits chosen;
  chosen.report = report_digits(program);
  chosen.report.tokens = tokens.size();
  put_errors(model, one_digit_errors(model, tokens, window, pool), chosen.report);
  step();
  const Trials trials(program, tokens, window, pool);
  step();
  const double most = trials.divergence(together);
  step();
  if (most <= most_divergence) {
    chosen.report.divergence = most;
    for (const Cost& one : candidates) chosen.places.push_back(one.place);
  } else {
    for (Cost& one : candidates) {
      one.divergence = trials.divergence(std::span(&all[one.place], 1));
      for (const std::uint32_t matrix : all[one.place].matrices) {
        chosen.report.matrices[matrix].divergence = one.divergence;
      }
      step();
    }
    std::ranges::sort(candidates, [](const Cost& a, const Cost& b) {
      return a.divergence * b.work != b.divergence * a.work ? a.divergence * b.work < b.divergence * a.work
                                                            : a.place < b.place;
    });
    for (const Cost& one : candidates) {
      if (chosen.report.divergence + one.divergence > most_divergence) continue;
      chosen.report.divergence += one.divergence;
      chosen.places.push_back(one.place);
    }
  }
  for (const std::size_t place : chosen.places) {
    for (const std::uint32_t matrix : all[place].matrices) chosen.report.matrices[matrix].digits = 1;
  }
  return chosen;
}

DigitReport report_digits(const isa::Program& program) {
  DigitReport report;
  for (const isa::MatrixNote& note : program.matrices) {
    const bool two = isa::decode_descriptor(program.descriptors[note.descriptor]).value().two_digits;
    report.matrices.push_back({.layer = note.name, .digits = two ? 2 : 1, .error = {}, .divergence = {}});
  }
  return report;
}

std::vector<int> calibration_tokens(const Model& model) {
  if (!model.tokenizer) return {};
  std::vector<int> tokens = model.tokenizer->encode(calibration_text, false);
  if (tokens.size() > calibration_length) tokens.resize(calibration_length);
  return tokens;
}

}  // namespace godwit
