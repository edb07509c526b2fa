#include "runtime/golden_device.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <utility>

#include "base/error.h"
#include "isa/generated.h"

namespace godwit {
namespace {

/// What a real of `fraction_bits` stands for.
float value_of_real(std::int32_t real, int fraction_bits) {
  return static_cast<float>(std::ldexp(static_cast<double>(real), -fraction_bits));
}

/// log of ExponentialSum's total x 2^(top - sum_window - exponential_bits) (isa/functions.h).
double natural_log(std::int32_t top, std::uint64_t total) {
  const int exponent = top - static_cast<int>(isa::sum_window) - static_cast<int>(isa::exponential_bits);
  return std::log(static_cast<double>(total)) + std::numbers::ln2 * exponent;
}

}  // namespace

GoldenDevice::GoldenDevice(std::shared_ptr<const isa::Program> program, ThreadPool& pool, std::size_t capacity)
    : program_(std::move(program)), machine_(*program_, pool), capacity_(capacity) {
  ensure(capacity_ > 0 && capacity_ <= program_->positions, "a capacity beyond the program's");
}

std::size_t GoldenDevice::usual_feed() const {
  constexpr std::size_t least = 64;  // so that the head, which ends every feed, costs little
  return std::max<std::size_t>(least, program_->chunk);
}

void GoldenDevice::check(std::span<const int> tokens) const {
  ensure(!tokens.empty(), "feeding no tokens");
  if (tokens.size() > capacity_ - position_) {
    throw UserError({.what = "more tokens than there are positions",
                     .where = fmt::format("token {} of the sequence", capacity_ + 1),
                     .expected = fmt::format("at most {} tokens, prompt and text together", capacity_),
                     .remedy = "shorten the prompt, generate less, or ask for a larger context if the model has it"});
  }
  for (const int id : tokens) {
    if (id >= 0 && static_cast<std::uint32_t>(id) < program_->vocabulary) continue;
    throw UserError({.what = fmt::format("token {} is not in the vocabulary", id),
                     .where = "the device's input",
                     .expected = fmt::format("0 to {}", program_->vocabulary - 1),
                     .remedy = "use the tokenizer that belongs to the model"});
  }
}

void GoldenDevice::write(std::uint64_t address, std::span<const std::byte> bytes) {
  machine_.write(0, address, bytes);
}

void GoldenDevice::write_ids(std::span<const int> tokens) {
  write(program_->ids_address + 4 * position_, std::as_bytes(tokens));
}

int GoldenDevice::read_id(std::size_t position) const {
  std::int32_t id = 0;
  machine_.read(0, program_->ids_address + 4 * position, std::as_writable_bytes(std::span(&id, 1)));
  return id;
}

void GoldenDevice::start(const golden::HostRegisters& host) {
  machine_.run(host);
  saturations_ += machine_.counters().saturations;
}

void GoldenDevice::feed_quietly(std::span<const int> tokens) {
  write_ids(tokens);
  start({.position = static_cast<std::uint32_t>(position_), .tokens = static_cast<std::uint32_t>(tokens.size())});
  position_ += tokens.size();
}

/// At most a chunk; `logits` is [tokens][vocabulary].
void GoldenDevice::spill(std::span<const int> tokens, std::span<float> logits) {
  write_ids(tokens);
  start({.position = static_cast<std::uint32_t>(position_),
         .tokens = static_cast<std::uint32_t>(tokens.size()),
         .spill = true});
  position_ += tokens.size();
  const std::size_t vocabulary = program_->vocabulary;
  std::vector<std::int32_t> reals(vocabulary);
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    machine_.read(0, program_->logits_address + 4 * t * program_->row_logits, std::as_writable_bytes(std::span(reals)));
    std::ranges::transform(reals, logits.begin() + static_cast<std::ptrdiff_t>(t * vocabulary),
                           [&](std::int32_t real) { return value_of_real(real, program_->fraction_bits); });
  }
}

std::span<const float> GoldenDevice::feed(std::span<const int> tokens, bool all) {
  check(tokens);
  const std::size_t vocabulary = program_->vocabulary;
  if (!all) {
    if (tokens.size() > 1) feed_quietly(tokens.first(tokens.size() - 1));
    tokens = tokens.last(1);
  }
  logits_.resize(tokens.size() * vocabulary);
  const std::size_t chunk = program_->chunk;
  for (std::size_t at = 0; at < tokens.size(); at += chunk) {
    const auto part = tokens.subspan(at, std::min(chunk, tokens.size() - at));
    spill(part, std::span(logits_).subspan(at * vocabulary, part.size() * vocabulary));
  }
  return logits_;
}

Prediction GoldenDevice::predict(std::span<const int> tokens) {
  check(tokens);
  feed_quietly(tokens);
  std::array<std::uint32_t, isa::result_words> words{};
  machine_.read(0, program_->result_address, std::as_writable_bytes(std::span(words)));
  constexpr std::size_t first_pair = 8;
  const std::size_t count = words[1];
  ensure(count > 0 && count <= isa::best_logits, "a result block without logits");
  best_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const auto real = static_cast<std::int32_t>(words[first_pair + 2 * i]);
    best_.push_back({value_of_real(real, program_->fraction_bits), static_cast<int>(words[first_pair + 2 * i + 1])});
  }
  const std::uint64_t total = (std::uint64_t{words[4]} << 32U) | words[3];
  return {.best = best_,
          .log_sum = natural_log(static_cast<std::int32_t>(words[2]), total),
          .vocabulary = program_->vocabulary};
}

std::vector<int> GoldenDevice::continue_greedily(std::span<const int> tokens, std::size_t count,
                                                 std::span<const int> stops) {
  check(tokens);
  // The device writes each token at its position, so it needs a position for the last one, too.
  const std::size_t room = capacity_ - position_ - tokens.size();
  if (room == 0 || count == 1 || stops.size() > isa::stop_tokens) return {best_token(predict(tokens))};
  golden::HostRegisters host{.position = static_cast<std::uint32_t>(position_),
                             .tokens = static_cast<std::uint32_t>(tokens.size()),
                             .greedy = true,
                             .count = static_cast<std::uint32_t>(std::min(count, room))};
  std::ranges::copy(stops, host.stops.begin());
  write_ids(tokens);
  start(host);
  position_ += tokens.size();
  std::vector<int> made;
  for (bool stopped = false; made.size() < host.count && !stopped;) {
    made.push_back(read_id(position_ + made.size()));
    stopped = std::ranges::find(stops, made.back()) != stops.end();
  }
  position_ += made.size() - 1;
  return made;
}

void GoldenDevice::rollback(std::size_t position) {
  ensure(position <= position_, "a rollback forwards");
  position_ = position;
}

}  // namespace godwit
