#include "compress/compressor.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "compress/chunk_choice.h"
#include "compress/hessian.h"
#include "compress/keep_mask.h"
#include "compress/quantise.h"
#include "compress/tile_coder.h"

namespace godwit::compress {
namespace {

constexpr int block = isa::block_inputs;

bool one_of(int value, std::initializer_list<int> values) {
  return std::ranges::find(values, value) != values.end();
}

bool is_sparse(const MatrixRecipe& r) {
  return r.density > 0 || r.kept != block;
}

/// Recipes are made by our own code, from what the user asked for.
void check(const MatrixRecipe& r) {
  ensure(one_of(r.bits, {2, 3, 4, 5, 6, 8}) && one_of(r.group, {0, 16, 32, 64, 128}),
         "bits and groups of the contract");
  ensure(r.bits == 8 || r.group != 0, "codes of fewer than 8 bits have groups");
  ensure(r.step_bits >= 3 && r.step_bits <= most_step_bits, "a step of 3 to 9 bits");
  ensure(!r.unstructured || r.density > 0, "how many are kept, if not where");
  if (r.density > 0) {
    const double least = r.group == 32 ? 0.5 : 1.0 / block;
    ensure(r.density >= least && r.density <= 1 && r.group != 16, "a density that the kinds of chunks can have");
    return;
  }
  ensure(r.density == 0 && one_of(r.kept, {16, 8, 4, 2, 1}), "N of 16 is 16, 8, 4, 2 or 1");
  ensure(one_of(r.span, {2, 4, 8, 16}) && r.kept * r.span % block == 0, "a span keeps a whole number of inputs");
  const int least_group = r.kept == block ? 16 : r.kept == 8 ? 32 : 64;
  ensure(r.group == 0 || r.group >= least_group, "a group spans the inputs of a cycle");
}

/// Says which weight is not a number, if one is none.
void check_numbers(std::span<const float> weights, std::size_t inputs) {
  const auto bad = std::ranges::find_if(weights, [](float w) { return !std::isfinite(w); });
  if (bad == weights.end()) return;
  const auto at = static_cast<std::size_t>(bad - weights.begin());
  throw UserError({.what = fmt::format("a weight is {}", *bad),
                   .where = fmt::format("row {}, input {} of the matrix", at / inputs, at % inputs),
                   .expected = "finite weights",
                   .remedy = "the checkpoint is damaged: get it again, or another one"});
}

/// The work on one matrix; everything that its steps share.
class Compression {
 public:
  Compression(std::span<const float> weights, int rows, int inputs, const MatrixRecipe& recipe,
              const InputStatistics* statistics, ThreadPool& pool)
      : weights_(weights),
        rows_(static_cast<std::size_t>(rows)),
        inputs_(static_cast<std::size_t>(inputs)),
        recipe_(recipe),
        statistics_(statistics),
        pool_(pool),
        sparse_(is_sparse(recipe)),
        span_(static_cast<std::size_t>(recipe.unstructured  ? 1
                                       : recipe.density > 0 ? block
                                                            : recipe.span)) {
    out_.rows = rows;
    out_.inputs = inputs;
    out_.bits = recipe.bits;
    out_.group = recipe.group;
    out_.pattern = sparse_ ? isa::Pattern::sparse : isa::Pattern::dense;
    out_.codes.resize(weights.size());
    out_.row_scales.resize(rows_);
    out_.groups.resize(rows_ * static_cast<std::size_t>(out_.row_groups()));
  }

  QuantisedMatrix run() {
    if (recipe_.method == Method::gptq || (sparse_ && recipe_.keep == Keep::sparsegpt)) {
      hessian_ = make_hessian(*statistics_, static_cast<std::size_t>(recipe_.group), sparse_ ? span_ : 1, pool_);
    }
    KeepMask mask;
    std::vector<float> updated;
    if (sparse_) {
      // A uniform pattern needs no scores where SparseGPT chooses by its own.
      const bool scored = recipe_.density > 0 || recipe_.keep != Keep::sparsegpt;
      const std::vector<float> importance = scored ? importances() : std::vector<float>();
      const Scores scores{.weights = weights_, .importance = importance, .rows = rows_, .inputs = inputs_};
      choose_kinds(scores);
      if (recipe_.unstructured) {
        mask = keep_of_rows(scores, recipe_.density, pool_);
      } else if (recipe_.keep != Keep::sparsegpt) {
        mask = keep_by_scores(scores, out_.chunks, span_, pool_);
      }
      if (recipe_.keep == Keep::sparsegpt) {
        mask.resize(weights_.size());
        Kept kept{.chunks = out_.chunks, .span = span_};
        if (recipe_.unstructured) kept.chunks = {};
        if (recipe_.method == Method::rtn) updated.resize(weights_.size());
        for_tiles([&](TileCoder& coder, const TileRows& rows) { coder.choose(rows, kept, mask, updated); });
      }
    }
    if (recipe_.method == Method::gptq) {
      for_tiles([&](TileCoder& coder, const TileRows& rows) { coder.code(rows, mask, out_); });
    } else {
      round(updated.empty() ? weights_ : std::span<const float>(updated), mask);
    }
    return std::move(out_);
  }

 private:
  /// What the square of a weight of each input counts.
  [[nodiscard]] std::vector<float> importances() const {
    if (recipe_.keep == Keep::sparsegpt) return leaving_costs(hessian_, pool_);
    std::vector<float> out(inputs_, 1.0F);
    if (recipe_.keep == Keep::wanda) {
      double sum = 0;
      for (std::size_t i = 0; i < inputs_; ++i) sum += statistics_->products[i * (inputs_ + 1)];
      if (!(sum > 0)) return out;
      for (std::size_t i = 0; i < inputs_; ++i) {
        out[i] = static_cast<float>(statistics_->products[i * (inputs_ + 1)] / sum * static_cast<double>(inputs_));
      }
    }
    return out;
  }

  void choose_kinds(const Scores& scores) {
    if (recipe_.density > 0 && !recipe_.unstructured) {
      out_.chunks = choose_chunks(scores, recipe_.density, recipe_.group, pool_);
    } else {
      out_.chunks.assign(static_cast<std::size_t>(out_.block_rows()) * static_cast<std::size_t>(out_.row_chunks()),
                         recipe_.unstructured ? isa::Chunk::singles : chunk_of(recipe_.kept));
    }
  }

  template <class Body>
  void for_tiles(const Body& body) {
    const std::size_t tiles = (rows_ + lanes - 1) / lanes;
    pool_.parallel_for(tiles, 1, [&](std::size_t begin, std::size_t end) {
      TileCoder coder(hessian_, recipe_, sparse_);
      for (std::size_t t = begin; t < end; ++t) {
        body(coder, {.weights = weights_, .first = t * lanes, .count = std::min(lanes, rows_ - t * lanes)});
      }
    });
  }

  /// Every weight for itself.
  void round(std::span<const float> weights, const KeepMask& mask) {
    const auto row_groups = static_cast<std::size_t>(out_.row_groups());
    pool_.parallel_for(rows_, 1, [&](std::size_t begin, std::size_t end) {
      std::vector<float> kept(inputs_);
      for (std::size_t r = begin; r < end; ++r) {
        for (std::size_t i = 0; i < inputs_; ++i) {
          kept[i] = mask.empty() || mask[r * inputs_ + i] != 0 ? weights[r * inputs_ + i] : 0.0F;
        }
        const QuantisedMatrix row = quantise(kept, 1, out_.inputs, {},
                                             {.bits = recipe_.bits,
                                              .group = recipe_.group,
                                              .kept = block,
                                              .centred = sparse_,
                                              .grain = 1 << (most_step_bits - recipe_.step_bits)});
        out_.row_scales[r] = row.row_scales.front();
        std::ranges::copy(row.codes, out_.codes.begin() + static_cast<std::ptrdiff_t>(r * inputs_));
        std::ranges::copy(row.groups, out_.groups.begin() + static_cast<std::ptrdiff_t>(r * row_groups));
      }
    });
  }

  std::span<const float> weights_;
  std::size_t rows_;
  std::size_t inputs_;
  const MatrixRecipe& recipe_;
  const InputStatistics* statistics_;
  ThreadPool& pool_;
  bool sparse_;
  std::size_t span_;
  Hessian hessian_;
  QuantisedMatrix out_;
};

/// Sum over rows of x H x^T in which the columns of a tile x are [inputs][lanes].
double power(const std::vector<float>& tile, const std::vector<float>& products, std::size_t inputs,
             std::vector<float>& scratch) {
  constexpr std::size_t some = 64;
  double sum = 0;
  for (std::size_t first = 0; first < inputs; first += some) {
    const std::size_t count = std::min(some, inputs - first);
    scratch.assign(some * lanes, 0.0F);
    if (products.empty()) {
      std::copy_n(tile.begin() + static_cast<std::ptrdiff_t>(first * lanes), count * lanes, scratch.begin());
    } else {
      add_tile_products(tile.data(), products.data() + first * inputs, inputs, count, 0, inputs, scratch.data());
    }
    for (std::size_t i = 0; i < count * lanes; ++i) {
      sum += static_cast<double>(tile[first * lanes + i]) * static_cast<double>(scratch[i]);
    }
  }
  return sum;
}

}  // namespace

QuantisedMatrix compress_matrix(std::span<const float> weights, int rows, int inputs, const MatrixRecipe& recipe,
                                const InputStatistics* statistics, ThreadPool& pool) {
  check(recipe);
  ensure(rows > 0 && inputs > 0 && inputs % block == 0 &&
             weights.size() == static_cast<std::size_t>(rows) * static_cast<std::size_t>(inputs),
         "weights are rows x inputs, inputs whole blocks");
  const bool calibrated = recipe.method != Method::rtn || (is_sparse(recipe) && recipe.keep != Keep::magnitude);
  ensure(!calibrated || (statistics != nullptr && statistics->inputs == inputs), "statistics of the matrix's inputs");
  check_numbers(weights, static_cast<std::size_t>(inputs));
  return Compression(weights, rows, inputs, recipe, statistics, pool).run();
}

double relative_error(std::span<const float> weights, const QuantisedMatrix& coded, const InputStatistics* statistics,
                      ThreadPool& pool) {
  const auto rows = static_cast<std::size_t>(coded.rows);
  const auto inputs = static_cast<std::size_t>(coded.inputs);
  ensure(weights.size() == rows * inputs, "a matrix and its codes");
  std::vector<float> products;
  if (statistics != nullptr) {
    ensure(statistics->inputs == coded.inputs, "statistics of the matrix's inputs");
    double largest = 0;
    for (std::size_t i = 0; i < inputs; ++i) largest = std::max(largest, statistics->products[i * (inputs + 1)]);
    if (largest > 0) {
      products.reserve(statistics->products.size());
      for (const double p : statistics->products) products.push_back(static_cast<float>(p / largest));
    }
  }
  struct Powers {
    double lost = 0;
    double all = 0;
  };
  std::vector<Powers> tiles((rows + lanes - 1) / lanes);  // summed in order: the same for any number of threads
  pool.parallel_for(tiles.size(), 1, [&](std::size_t begin, std::size_t end) {
    std::vector<float> original(inputs * lanes);
    std::vector<float> difference(inputs * lanes);
    std::vector<float> scratch;
    for (std::size_t t = begin; t < end; ++t) {
      const std::size_t first = t * lanes;
      std::ranges::fill(original, 0.0F);
      std::ranges::fill(difference, 0.0F);
      for (std::size_t lane = 0; lane < std::min(lanes, rows - first); ++lane) {
        for (std::size_t i = 0; i < inputs; ++i) {
          const auto w = static_cast<double>(weights[(first + lane) * inputs + i]);
          const double used = weight_of(coded, static_cast<int>(first + lane), static_cast<int>(i));
          original[i * lanes + lane] = static_cast<float>(w);
          difference[i * lanes + lane] = static_cast<float>(w - used);
        }
      }
      tiles[t] = {.lost = power(difference, products, inputs, scratch),
                  .all = power(original, products, inputs, scratch)};
    }
  });
  Powers sum;
  for (const Powers& one : tiles) {
    sum.lost += one.lost;
    sum.all += one.all;
  }
  return sum.all > 0 ? std::max(sum.lost, 0.0) / sum.all : 0;
}

}  // namespace godwit::compress
