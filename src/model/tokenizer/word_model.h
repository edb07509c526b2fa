#pragma once
// From a word to ids: what stands behind the splitting, and the cache in front of it.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "model/tokenizer/merger.h"
#include "model/tokenizer/word_cache.h"

namespace godwit {

class WordModel {
 public:
  virtual ~WordModel() = default;

  /// Appends the ids of a nonempty word. The same word always has the same ids.
  virtual void encode(std::string_view word, Merger& merger, std::vector<int>& out) const = 0;

  /// True if no merge can join a character with a U+2581 behind it, so that a text may be cut before each U+2581 that
  /// follows another character: whole sentences then become words, which the cache knows.
  [[nodiscard]] virtual bool cuts_before_blanks() const = 0;
};

/// What one call of encode needs for itself.
struct Scratch {
  WordCache cache;
  Merger merger;
};

/// Lends Scratch to concurrent calls, and keeps it (with its cache) between them.
class ScratchPool {
 public:
  class Loan {
   public:
    explicit Loan(ScratchPool& pool) : pool_(pool), scratch_(pool.take()) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() { pool_.give_back(std::move(scratch_)); }
    Scratch& operator*() { return *scratch_; }

   private:
    ScratchPool& pool_;
    std::unique_ptr<Scratch> scratch_;
  };

 private:
  static constexpr std::size_t most_kept = 64;

  std::unique_ptr<Scratch> take();
  void give_back(std::unique_ptr<Scratch> scratch);

  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> free_;
};

/// Appends the ids of a nonempty piece of text, word by word through the cache.
void encode_cached(const WordModel& model, std::string_view piece, Scratch& scratch, std::vector<int>& out);

}  // namespace godwit
