#pragma once
// What others published, and what this project set out to reach: configs/published.toml and configs/targets.toml.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "report/evidence.h"

namespace godwit::report {

/// Systems in the file's order, each figure quoted from its source. Throws UserError for a missing or wrong entry.
std::vector<System> read_published(const std::filesystem::path& file);

/// A stated aim for one model on one card.
struct Target {
  std::string model;  // as a row's `model` column
  std::string card;
  std::string scheme;
  double tokens_per_second = 0;
  double tokens_per_joule = 0;  // 0: none stated
  std::string why;
};
std::vector<Target> read_targets(const std::filesystem::path& file);

/// What the card reached, to hold against targets; missing values are allowed.
struct Reached {
  Value ms_per_token;
  Value tokens_per_second;
  Value joules_per_token;
};

/// The stated targets for this model on this card, then the fastest engine measured on a processor, then the GPU where
/// one was measured with this model: latency, rate and, where it is known, energy a token of each.
std::vector<Goal> goals_of(const Reached& reached, const std::vector<Target>& targets,
                           const std::vector<System>& systems, std::string_view model, std::string_view card);

}  // namespace godwit::report
