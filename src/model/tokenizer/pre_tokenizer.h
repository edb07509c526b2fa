#pragma once
// From a normalized text to words: the component "pre_tokenizer" of tokenizer.json.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/tokenizer/function_ref.h"
#include "model/tokenizer/split.h"

namespace godwit {

/// A nonempty piece of text on its way to the model.
struct Piece {
  std::string_view text;
  bool first;  // begins where the whole input begins
};
using PieceSink = FunctionRef<void(Piece)>;

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  /// Gives the pieces of a piece in order; their text need only live during the call of `sink`.
  virtual void run(Piece piece, PieceSink sink) const = 0;
};

/// When a blank is put before a piece.
enum class PrependScheme : std::uint8_t { never, first, always };

std::unique_ptr<PreTokenizer> split_pre_tokenizer(std::unique_ptr<Matcher> matcher, SplitBehaviour behaviour,
                                                  bool invert);
/// GPT-2's splitting pattern.
std::unique_ptr<PreTokenizer> gpt2_split_pre_tokenizer();
/// Each numeric character on its own.
std::unique_ptr<PreTokenizer> digits_pre_tokenizer();
/// A blank before a piece that has none, as ByteLevel's add_prefix_space does.
std::unique_ptr<PreTokenizer> prefix_space_pre_tokenizer();
/// Bytes to the byte alphabet.
std::unique_ptr<PreTokenizer> alphabet_pre_tokenizer();
/// Blanks to `replacement`, one before by the scheme, and a cut before each if `split`.
std::unique_ptr<PreTokenizer> metaspace_pre_tokenizer(std::string replacement, PrependScheme scheme, bool split);

/// Runs the steps from number `from` on, one on the pieces of the other.
void run_steps(const std::vector<std::unique_ptr<PreTokenizer>>& steps, std::size_t from, Piece piece, PieceSink sink);

}  // namespace godwit
