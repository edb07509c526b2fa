#pragma once
// Matrix times many tokens, on the calling thread: a panel of the matrix is packed once into fp32, input after input,
// so that it stays in the L2 cache while all tokens pass over it. Bound by the multipliers.

#include <cstddef>

#include "model/reference/rows.h"

namespace godwit {

inline constexpr std::size_t panel_width = 32;    // outputs side by side
inline constexpr std::size_t panel_depth = 1024;  // most inputs: 128 KiB

/// panel[i][o] = w[o][i] for i < inputs <= panel_depth, o < outputs <= panel_width; the other outputs become 0.
/// `panel` holds inputs * panel_width floats and is aligned to 64 bytes.
void pack_rows(const Rows& w, std::size_t outputs, std::size_t inputs, float* panel);

/// panel[i][o] = w[i][o], the same otherwise.
void pack_columns(const Rows& w, std::size_t outputs, std::size_t inputs, float* panel);

/// What the next panel will be packed from by columns: fetched into the cache while this one is multiplied.
struct Ahead {
  Rows rows = {};
  std::size_t inputs = 0;  // rows; 0: nothing is fetched
};

/// y[t][o] += sum_i x[t][i] panel[i][o] for t < tokens, i < inputs, o < outputs <= panel_width.
void add_panel_product(const float* x, std::size_t x_stride, std::size_t tokens, const float* panel,
                       std::size_t outputs, std::size_t inputs, float* y, std::size_t y_stride,
                       const Ahead& ahead = {});

}  // namespace godwit
