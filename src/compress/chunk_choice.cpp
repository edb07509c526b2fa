#include "compress/chunk_choice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "isa/beat.h"

namespace godwit::compress {
namespace {

using isa::Chunk;
constexpr std::size_t block = isa::block_inputs;
constexpr std::size_t chunk_blocks = isa::chunk_blocks;

/// Kinds that take as much of the stream; `half` is pair_first or pair_second, whichever keeps more.
enum Class : std::size_t { singles, half, pairs, quad4, quad2, quad1, classes };
constexpr std::array<int, classes> kept_of_chunk = {64, 48, 32, 16, 8, 4};  // of a row's 64 inputs
using PerClass = std::array<double, classes>;
using Counts = std::array<int, classes>;

/// What a chunk of a block row would keep as each kind.
struct Gains {
  PerClass of{};
  bool second = false;  // `half` is pair_second
};

struct Board {
  std::size_t block_rows = 0;
  std::size_t whole = 0;  // chunks of 64 inputs in a row
  std::vector<bool> allowed;
  std::vector<Gains> gains;    // [block_rows][whole]
  std::vector<PerClass> rest;  // [block_rows] of the last chunk where it is shorter, else empty
  std::size_t rest_inputs = 0;
};

/// Sums of the largest 16, 8, 4, 2 and 1 scores of a block.
struct BlockSums {
  double all = 0;
  double eight = 0;
  double four = 0;
  double two = 0;
  double one = 0;
  void add(std::array<float, block> scores) {
    std::ranges::sort(scores, std::greater());
    double sum = 0;
    for (std::size_t i = 0; i < block; ++i) {
      sum += static_cast<double>(scores[i]);
      if (i == 0) one += sum;
      if (i == 1) two += sum;
      if (i == 3) four += sum;
      if (i == 7) eight += sum;
    }
    all += sum;
  }
};

Gains gains_of(const std::array<BlockSums, chunk_blocks>& b) {
  const auto sum = [&](double BlockSums::* part) { return b[0].*part + b[1].*part + b[2].*part + b[3].*part; };
  const double first = b[0].eight + b[1].eight + b[2].all + b[3].all;
  const double second = b[0].all + b[1].all + b[2].eight + b[3].eight;
  Gains gains;
  gains.of = {sum(&BlockSums::all),  std::max(first, second), sum(&BlockSums::eight),
              sum(&BlockSums::four), sum(&BlockSums::two),    sum(&BlockSums::one)};
  gains.second = second > first;
  return gains;
}

Board make_board(const Scores& scores, int group, ThreadPool& pool) {
  Board board;
  board.block_rows = (scores.rows + isa::block_rows - 1) / isa::block_rows;
  board.whole = scores.inputs / isa::chunk_inputs;
  board.rest_inputs = scores.inputs % isa::chunk_inputs;
  board.allowed.assign(classes, group == 0 || group >= isa::chunk_inputs);
  for (const Class kind : {singles, half, pairs}) board.allowed[kind] = true;
  board.gains.resize(board.block_rows * board.whole);
  board.rest.resize(board.rest_inputs > 0 ? board.block_rows : 0);
  pool.parallel_for(board.block_rows, 1, [&](std::size_t begin, std::size_t end) {
    std::array<float, block> score{};
    for (std::size_t r = begin; r < end; ++r) {
      const std::size_t last = std::min(scores.rows, (r + 1) * isa::block_rows);
      for (std::size_t c = 0; c * isa::chunk_inputs < scores.inputs; ++c) {
        std::array<BlockSums, chunk_blocks> sums{};
        const std::size_t blocks = std::min(chunk_blocks, scores.inputs / block - c * chunk_blocks);
        for (std::size_t row = r * isa::block_rows; row < last; ++row) {
          for (std::size_t b = 0; b < blocks; ++b) {
            scores.block(row, (c * chunk_blocks + b) * block, score);
            sums[b].add(score);
          }
        }
        const Gains gains = gains_of(sums);
        if (c < board.whole) {
          board.gains[r * board.whole + c] = gains;
        } else {
          board.rest[r] = gains.of;
        }
      }
    }
  });
  return board;
}

/// The kind with the greatest gain less `price` for each weight kept.
std::size_t best_class(const PerClass& gains, const std::vector<bool>& allowed, double price, double share = 1) {
  std::size_t best = singles;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < classes; ++k) {
    const double value = gains[k] - price * share * kept_of_chunk[k];
    if (!allowed[k] || value <= most) continue;
    best = k;
    most = value;
  }
  return best;
}

/// The kind of the last, shorter chunk, for all block rows together; no half of it is half dense.
std::size_t rest_class(const Board& board, double price) {
  PerClass sum{};
  for (const PerClass& gains : board.rest) {
    for (std::size_t k = 0; k < classes; ++k) sum[k] += gains[k] / static_cast<double>(board.block_rows);
  }
  std::vector<bool> allowed = board.allowed;
  allowed[half] = false;
  return best_class(sum, allowed, price, static_cast<double>(board.rest_inputs) / isa::chunk_inputs);
}

int rest_kept(const Board& board, std::size_t kind) {
  return kept_of_chunk[kind] * static_cast<int>(board.rest_inputs) / isa::chunk_inputs;
}

/// What a row keeps in the mean if every chunk chooses freely at this price, and how many chunks of each kind there
/// are.
double free_choice(const Board& board, double price, PerClass& mean) {
  mean.fill(0);
  for (const Gains& gains : board.gains) mean[best_class(gains.of, board.allowed, price)] += 1;
  double kept = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    mean[k] /= static_cast<double>(board.block_rows);
    kept += mean[k] * kept_of_chunk[k];
  }
  return board.rest.empty() ? kept : kept + rest_kept(board, rest_class(board, price));
}

/// The greatest sum of gains of one block row with so many chunks of each kind: begins anywhere and moves chunks along
/// cycles of kinds as long as a cycle gains, which ends at the optimum (a flow of least cost).
class Assignment {
 public:
  Assignment(std::span<const Gains> gains, const Counts& counts) : gains_(gains) {
    std::vector<std::size_t> by_need(gains.size());
    std::iota(by_need.begin(), by_need.end(), std::size_t{0});
    std::ranges::sort(by_need, [&](std::size_t a, std::size_t b) {
      const double x = gains[a].of[singles] - gains[a].of[quad1];
      const double y = gains[b].of[singles] - gains[b].of[quad1];
      return x != y ? x > y : a < b;
    });
    kind_.resize(gains.size());
    std::size_t next = 0;
    for (std::size_t k = 0; k < classes; ++k) {
      for (int i = 0; i < counts[k]; ++i) kind_[by_need[next++]] = k;
    }
    ensure(next == gains.size(), "every chunk has a kind");
    for (const Gains& g : gains) scale_ = std::max(scale_, g.of[singles]);
    while (improve()) {
    }
  }
  [[nodiscard]] const std::vector<std::size_t>& kinds() const { return kind_; }
  [[nodiscard]] double total() const {
    double sum = 0;
    for (std::size_t c = 0; c < kind_.size(); ++c) sum += gains_[c].of[kind_[c]];
    return sum;
  }

 private:
  /// The chunk of kind `from` that loses least by becoming `to`.
  struct Move {
    double loss = std::numeric_limits<double>::infinity();
    std::size_t chunk = 0;
  };

  bool improve() {
    std::array<std::array<Move, classes>, classes> moves;
    for (std::size_t c = 0; c < kind_.size(); ++c) {
      for (std::size_t to = 0; to < classes; ++to) {
        Move& move = moves[kind_[c]][to];
        const double loss = gains_[c].of[kind_[c]] - gains_[c].of[to];
        if (to != kind_[c] && loss < move.loss) move = {.loss = loss, .chunk = c};
      }
    }
    // Bellman and Ford from everywhere at once: what still falls in the last round lies behind a gaining cycle.
    const double least = 1e-12 * scale_;
    std::array<double, classes> distance{};
    std::array<std::size_t, classes> from{};
    std::size_t changed = classes;
    for (std::size_t round = 0; round < classes; ++round) {
      changed = classes;
      for (std::size_t a = 0; a < classes; ++a) {
        for (std::size_t b = 0; b < classes; ++b) {
          if (distance[a] + moves[a][b].loss >= distance[b] - least) continue;
          distance[b] = distance[a] + moves[a][b].loss;
          from[b] = a;
          changed = b;
        }
      }
      if (changed == classes) return false;
    }
    std::size_t node = changed;
    for (std::size_t i = 0; i < classes; ++i) node = from[node];
    std::size_t to = node;
    do {
      const std::size_t before = from[to];
      kind_[moves[before][to].chunk] = to;
      to = before;
    } while (to != node);
    return true;
  }

  std::span<const Gains> gains_;
  std::vector<std::size_t> kind_;  // [chunks]
  double scale_ = 1e-300;          // of the gains
};

int kept_by(const Counts& counts) {
  int kept = 0;
  for (std::size_t k = 0; k < classes; ++k) kept += counts[k] * kept_of_chunk[k];
  return kept;
}

/// Sum of gains over some of the block rows, evenly spread.
double sampled_gain(const Board& board, const Counts& counts) {
  constexpr std::size_t most_samples = 48;
  const std::size_t step = (board.block_rows + most_samples - 1) / most_samples;
  double sum = 0;
  for (std::size_t r = 0; r < board.block_rows; r += step) {
    sum += Assignment(std::span(board.gains).subspan(r * board.whole, board.whole), counts).total();
  }
  return sum;
}

/// Numbers of chunks near those of the free choice that keep at most `budget` weights of a row: of those that keep most
/// and lie nearest, the one that gains most.
Counts choose_counts(const Board& board, const PerClass& mean, int budget) {
  struct Candidate {
    Counts counts{};
    int kept = 0;
    double distance = 0;
  };
  std::vector<Candidate> candidates;
  const int whole = static_cast<int>(board.whole);
  const auto consider = [&](const Counts& counts) {
    Candidate candidate{.counts = counts, .kept = kept_by(counts)};
    if (candidate.kept > budget) return;
    for (std::size_t k = 0; k < classes; ++k) candidate.distance += std::abs(counts[k] - mean[k]);
    candidates.push_back(candidate);
  };
  const std::function<void(std::size_t, int, Counts&, int)> walk = [&](std::size_t k, int left, Counts& counts,
                                                                       int reach) {
    if (k == quad1) {
      counts[k] = left;
      if (left == 0 || board.allowed[k]) consider(counts);
      return;
    }
    const int near = static_cast<int>(mean[k]);
    const int least = board.allowed[k] ? std::max(0, near - reach) : 0;
    const int most = board.allowed[k] ? std::min(left, near + reach + 1) : 0;
    for (int n = least; n <= most; ++n) {
      counts[k] = n;
      walk(k + 1, left - n, counts, reach);
    }
  };
  for (int reach = 1; candidates.empty() && reach <= 2 * std::max(1, whole); reach *= 2) {
    Counts counts{};
    walk(0, whole, counts, reach);
  }
  ensure(!candidates.empty(), "a density that the kinds of chunks can have");
  constexpr std::size_t tried = 8;
  std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
    if (a.kept != b.kept) return a.kept > b.kept;
    return a.distance != b.distance ? a.distance < b.distance : a.counts < b.counts;
  });
  candidates.resize(std::min(candidates.size(), tried));
  const Candidate* best = nullptr;
  double most = -1;
  for (const Candidate& candidate : candidates) {
    const double gain = sampled_gain(board, candidate.counts);
    if (gain <= most) continue;
    most = gain;
    best = &candidate;
  }
  return best->counts;
}

Chunk chunk_kind(std::size_t kind, bool second) {
  constexpr std::array<Chunk, classes> kinds = {Chunk::singles, Chunk::pair_first, Chunk::pairs,
                                                Chunk::quad4,   Chunk::quad2,      Chunk::quad1};
  return kind == half && second ? Chunk::pair_second : kinds[kind];
}

}  // namespace

std::vector<Chunk> choose_chunks(const Scores& scores, double density, int group, ThreadPool& pool) {
  ensure(group == 0 || group >= 2 * isa::block_inputs, "a group spans the inputs of a cycle");
  const Board board = make_board(scores, group, pool);
  const double wanted = density * static_cast<double>(scores.inputs);
  // The price at which the free choice keeps as much as is wanted.
  double low = 0;
  double high = 1e-30;
  for (const Gains& gains : board.gains) high = std::max(high, gains.of[singles]);
  for (const PerClass& gains : board.rest) high = std::max(high, gains[singles]);
  PerClass mean{};
  constexpr int halvings = 60;
  for (int i = 0; i < halvings; ++i) {
    const double price = (low + high) / 2;
    (free_choice(board, price, mean) > wanted ? low : high) = price;
  }
  const double kept = free_choice(board, high, mean);
  ensure(kept <= wanted + 1e-9 * wanted, "a density that the kinds of chunks can have");
  const std::size_t last = board.rest.empty() ? singles : rest_class(board, high);
  const int budget = static_cast<int>(wanted + 1e-6) - (board.rest.empty() ? 0 : rest_kept(board, last));

  const std::size_t row_chunks = board.whole + (board.rest.empty() ? 0 : 1);
  std::vector<Chunk> chunks(board.block_rows * row_chunks, chunk_kind(last, false));
  if (board.whole == 0) return chunks;
  const Counts counts = choose_counts(board, mean, budget);
  pool.parallel_for(board.block_rows, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      const auto gains = std::span(board.gains).subspan(r * board.whole, board.whole);
      const Assignment assignment(gains, counts);
      for (std::size_t c = 0; c < board.whole; ++c) {
        chunks[r * row_chunks + c] = chunk_kind(assignment.kinds()[c], gains[c].second);
      }
    }
  });
  return chunks;
}

}  // namespace godwit::compress
