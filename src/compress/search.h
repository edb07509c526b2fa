#pragma once
// Which recipe each matrix gets: what leaving its codes less room does to the model is measured matrix by matrix, and
// what is to be saved is saved where it harms least.
//
// Harm is the KL divergence of the whole model against fp32 (judge.h). Each matrix is coded once at a *probe* recipe,
// all others in fp32, and the divergence measured; other recipes of the matrix are reckoned from it by their relative
// errors at its output, for the divergence is quadratic in a small error. That harms add up is an assumption, so the
// chosen model is measured as a whole, and where a budget of perplexity is given the choice is corrected by that.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compress/judge.h"
#include "compress/workshop.h"

namespace godwit::compress {

/// What is asked for: one of these.
struct Goal {
  std::optional<double> mean_bits;      // of the codes of kept weights, at most
  std::optional<double> max_increase;   // percent that the perplexity may rise
  std::optional<std::uint64_t> budget;  // weight bytes a token, at most
};

struct Candidate {
  MatrixRecipe recipe;
  StreamFacts facts;
  double error = 0;  // sampled
  double loss = 0;   // reckoned divergence, nats a token
};

struct Choice {
  MatrixRecipe recipe;
  double probe = 0;          // measured divergence of the probe, nats a token
  double loss = 0;           // reckoned
  std::string cheaper;       // the next cheaper candidate, empty if there is none
  double cheaper_bytes = 0;  // that it would save a token
  double cheaper_loss = 0;   // that it would add
};

struct Search {
  std::vector<Choice> choices;  // a matrix
  double reckoned = 0;          // divergence of all, nats a token
  int rounds = 0;               // models that were coded and measured on the way
};

/// `like` says method, group and, where the goal is a mean of bits, the pattern. Throws UserError for a goal that not
/// even the cheapest or the most careful candidates reach.
Search search(Workshop& workshop, const Judge& judge, const Goal& goal, const MatrixRecipe& like, Listener& listener);

}  // namespace godwit::compress
