#pragma once
// Rows of a matrix, `lanes` at a time, to codes with the errors passed on (GPTQ, SparseGPT), and then improved code by
// code while all others stay (coordinate descent, as in QuantEase, arXiv 2309.01885).

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "compress/compressor.h"
#include "compress/hessian.h"
#include "compress/keep_mask.h"
#include "compress/lane_kernels.h"
#include "compress/quantised_matrix.h"

namespace godwit::compress {

/// Rows [first, first + count) of weights [rows][inputs].
struct TileRows {
  std::span<const float> weights;
  std::size_t first = 0;
  std::size_t count = 0;  // at most `lanes`
};

/// How many weights are kept: as `chunks` [block rows][chunks] says of every `span` inputs; without chunks as many as
/// the mask has marked already of every 16 inputs that follow each other in the order of coding.
struct Kept {
  std::span<const isa::Chunk> chunks;
  std::size_t span = 0;
};

/// One thread's: memory is kept from tile to tile.
class TileCoder {
 public:
  /// Whoever codes with groups needs a Hessian whose order keeps groups (and spans, for choose()) together.
  TileCoder(const Hessian& hessian, const MatrixRecipe& recipe, bool sparse);

  /// Codes, groups and row scales of the tile's rows of `out`, whose sizes are right. `mask` is of the whole matrix,
  /// empty where all is kept; what is left out has code 0.
  void code(const TileRows& rows, const KeepMask& mask, QuantisedMatrix& out);

  /// SparseGPT: of every span the weights to keep, by what leaving them out costs once the others have mended it; and
  /// what becomes of those kept. Fills the rows of `mask` and, where not empty, of `updated` [rows][inputs].
  void choose(const TileRows& rows, const Kept& kept, KeepMask& mask, std::span<float> updated);

 private:
  struct Run {  // columns in the order of coding
    std::size_t first = 0;
    std::size_t count = 0;
  };
  void load(const TileRows& rows, std::span<const double> units, const KeepMask& mask);
  /// The weights of a run with all errors before it passed on.
  GroupColumns aim(const Run& run);
  void code_run(const Run& run, Lanes& step, Lanes& offset);
  void descend_run(const Run& run, Lanes& step, Lanes& offset);

  const Hessian& hessian_;
  std::size_t group_;
  bool sparse_;
  CodeRange range_;
  std::vector<Run> runs_;
  // [inputs][lanes] in the order of coding, weights in the units of their rows
  std::vector<float> weights_;
  std::vector<float> kept_;
  std::vector<float> codes_;
  std::vector<float> errors_;
  std::vector<float> targets_;  // [columns of a run][lanes], as are the next two
  std::vector<float> trial_codes_;
  std::vector<float> trial_errors_;
  std::vector<Lanes> steps_;    // [runs]
  std::vector<Lanes> offsets_;  // [runs]
};

}  // namespace godwit::compress
