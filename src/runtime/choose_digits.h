#pragma once
// `--activations auto`: where one digit of the inputs does as well as two, measured over a short text.
//
// While one token is decoded the second digit is free; where several go by together it doubles the cycles of the lanes.
// So a place (compiler/digits.h) gets one digit if that is measured to be harmless. The measure is the KL divergence of
// golden's next tokens from two digits everywhere to one digit in this place alone; it is added up over places, first
// those that spare most work for it, as long as the sum stays within most_divergence. On text such as the model itself
// would write, perplexity rises by as much: 0.002 nats are 0.2 %, which leaves room within the 0.5 % that the default
// scheme may cost. The head keeps two digits: of a prompt only the last token meets it.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "compiler/digits.h"
#include "isa/program.h"
#include "model/graph.h"

namespace godwit {

inline constexpr double most_divergence = 0.002;        // nats a token
inline constexpr std::size_t calibration_length = 128;  // tokens

/// How the inputs of one matrix enter it, and why.
struct MatrixDigits {
  std::string layer;  // the matrix's name in the program
  int digits = 2;
  std::optional<double> error;       // at its output with one digit: root mean square, relative to the output's
  std::optional<double> divergence;  // with one digit in its place alone, nats a token; of all matrices of the place
};

struct DigitReport {
  std::vector<MatrixDigits> matrices;  // as the program's descriptors
  double divergence = 0;               // nats a token: the sum over the places of one digit, or measured together
  std::size_t tokens = 0;              // that it was measured on; 0: nothing was measured
};

struct ChosenDigits {
  std::vector<std::size_t> places;  // numbers of those of digit_places() that get one digit
  DigitReport report;
};

/// `program` is what `model` was compiled to, with two digits everywhere. `tokens` run in windows of `window` side by
/// side, at most its positions. `progress` hears the share that is done; it may be empty.
ChosenDigits choose_digits(const Model& model, const isa::Program& program, std::span<const int> tokens,
                           std::size_t window, ThreadPool& pool, const std::function<void(double)>& progress);

/// How many digits the matrices of a program have, with nothing measured.
DigitReport report_digits(const isa::Program& program);

/// Tokens of the text that comes with the program (calibration_text.h), as many as the model can have up to
/// calibration_length; empty for a model that has no tokenizer.
std::vector<int> calibration_tokens(const Model& model);

}  // namespace godwit
