#pragma once
// Widths of matrices whose mean is given, where nothing is known of what each can bear: a model without weights.

#include <cstddef>

namespace godwit::compiler {

/// Deals, matrix by matrix, the two widths next to the mean: the wider one wherever the mean over all weights so far
/// stays within it.
class MeanWidths {
 public:
  /// Bits of the next matrix, of `weights` weights; `mean` is from 2 to 8.
  int next(double mean, std::size_t weights) {
    constexpr int widths[] = {2, 3, 4, 5, 6, 8};
    int low = widths[0];
    int high = widths[0];
    for (const int width : widths) {
      if (width <= mean) low = width;
      high = width;
      if (width >= mean) break;
    }
    const auto more = static_cast<double>(weights);
    weights_ += more;
    const bool wide = bits_ + high * more <= mean * weights_;
    bits_ += (wide ? high : low) * more;
    return wide ? high : low;
  }

 private:
  double weights_ = 0;
  double bits_ = 0;  // of all of them
};

}  // namespace godwit::compiler
