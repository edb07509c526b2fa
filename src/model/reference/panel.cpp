#include "model/reference/panel.h"

#include "base/error.h"
#include "model/reference/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/reference/panel.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/reference/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace godwit::HWY_NAMESPACE {
namespace {

/// Inputs [begin, end) of one row.
template <class T>
HWY_INLINE void copy_strided(const T* row, std::size_t begin, std::size_t end, float* panel) {
  const hn::FixedTag<float, 1> d;
  for (std::size_t i = begin; i < end; ++i) panel[i * panel_width] = hn::GetLane(load_floats(d, row + i));
}

#if HWY_TARGET != HWY_SCALAR
/// Four rows' next four inputs, turned: panel[i][0..4) = w[0..4)[i].
template <class T>
HWY_INLINE void transpose_4x4(const T* const rows[4], std::size_t i, float* panel) {
  const hn::FixedTag<float, 4> d;
  const hn::Repartition<double, decltype(d)> pairs;
  const auto a = load_floats(d, rows[0] + i);
  const auto b = load_floats(d, rows[1] + i);
  const auto c = load_floats(d, rows[2] + i);
  const auto e = load_floats(d, rows[3] + i);
  const auto ab_low = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
  const auto ce_low = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
  const auto ab_high = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
  const auto ce_high = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
  float* to = panel + i * panel_width;
  hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, ab_low, ce_low)), d, to);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_low, ce_low)), d, to + panel_width);
  hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, ab_high, ce_high)), d, to + 2 * panel_width);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, ab_high, ce_high)), d, to + 3 * panel_width);
}
#endif

template <class T>
void rows_to_panel_of(const Rows& w, std::size_t outputs, std::size_t inputs, float* panel) {
  if (outputs < panel_width) {
    for (std::size_t i = 0; i < inputs * panel_width; ++i) panel[i] = 0;
  }
  std::size_t o = 0;
  for (; o + 4 <= outputs; o += 4) {
    const T* rows[4];
    for (std::size_t r = 0; r < 4; ++r) rows[r] = reinterpret_cast<const T*>(w.data + (o + r) * w.stride);
    std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; i + 4 <= inputs; i += 4) transpose_4x4(rows, i, panel + o);
#endif
    for (std::size_t r = 0; r < 4; ++r) copy_strided(rows[r], i, inputs, panel + o + r);
  }
  for (; o < outputs; ++o) {
    copy_strided(reinterpret_cast<const T*>(w.data + o * w.stride), 0, inputs, panel + o);
  }
}

void rows_to_panel(const Rows& w, std::size_t outputs, std::size_t inputs, float* panel) {
  if (w.type == DType::f32) return rows_to_panel_of<float>(w, outputs, inputs, panel);
  if (w.type == DType::f16) return rows_to_panel_of<hwy::float16_t>(w, outputs, inputs, panel);
  rows_to_panel_of<hwy::bfloat16_t>(w, outputs, inputs, panel);
}

template <class T>
void columns_to_panel_of(const Rows& w, std::size_t outputs, std::size_t inputs, float* panel) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < inputs; ++i) {
    const T* row = reinterpret_cast<const T*>(w.data + i * w.stride);
    float* to = panel + i * panel_width;
    for (std::size_t o = 0; o < panel_width; o += lanes) {
      const std::size_t left = o < outputs ? outputs - o : 0;
      const FloatVector v = left >= lanes ? load_floats(d, row + o) : load_some(d, row + o, left);
      hn::Store(v, d, to + o);
    }
  }
}

void columns_to_panel(const Rows& w, std::size_t outputs, std::size_t inputs, float* panel) {
  if (w.type == DType::f32) return columns_to_panel_of<float>(w, outputs, inputs, panel);
  if (w.type == DType::f16) return columns_to_panel_of<hwy::float16_t>(w, outputs, inputs, panel);
  columns_to_panel_of<hwy::bfloat16_t>(w, outputs, inputs, panel);
}

struct NoFetch {
  HWY_INLINE void row() {}
};

/// A row of the next panel at a time, whatever its alignment.
class Fetch {
 public:
  explicit Fetch(const Ahead& ahead)
      : at_(ahead.rows.data),
        stride_(ahead.rows.stride),
        width_(panel_width * info(ahead.rows.type).block_bytes),
        left_(ahead.inputs) {}
  HWY_INLINE void row() {
    if (left_ == 0) return;
    --left_;
    hwy::Prefetch(at_);
    hwy::Prefetch(at_ + width_ / 2);
    hwy::Prefetch(at_ + width_ - 1);
    at_ += stride_;
  }

 private:
  const std::byte* at_;
  std::size_t stride_;
  std::size_t width_;  // bytes, at most two lines
  std::size_t left_;
};

/// `tokens` rows of y, a whole panel wide, in registers.
template <std::size_t tokens, class Fetcher>
void tile(const float* HWY_RESTRICT x, std::size_t x_stride, const float* HWY_RESTRICT panel, std::size_t outputs,
          std::size_t inputs, float* HWY_RESTRICT y, std::size_t y_stride, Fetcher fetch) {
  const Floats d;
  constexpr std::size_t lanes = HWY_LANES(float);
  constexpr std::size_t vectors = panel_width / lanes;
  FloatVector sums[tokens][vectors];
  for (auto& row : sums) {
    for (auto& sum : row) sum = hn::Zero(d);
  }
  for (std::size_t i = 0; i < inputs; ++i) {
    fetch.row();
    FloatVector w[vectors];
    for (std::size_t v = 0; v < vectors; ++v) w[v] = hn::Load(d, panel + i * panel_width + v * lanes);
    for (std::size_t t = 0; t < tokens; ++t) {
      const FloatVector factor = hn::Set(d, x[t * x_stride + i]);
      for (std::size_t v = 0; v < vectors; ++v) sums[t][v] = hn::MulAdd(factor, w[v], sums[t][v]);
    }
  }
  for (std::size_t t = 0; t < tokens; ++t) {
    float* row = y + t * y_stride;
    for (std::size_t v = 0; v < vectors && v * lanes < outputs; ++v) {
      const std::size_t left = outputs - v * lanes;
      float* to = row + v * lanes;
      if (left >= lanes) {
        hn::StoreU(hn::Add(sums[t][v], hn::LoadU(d, to)), d, to);
      } else {
        store_some(d, hn::Add(sums[t][v], load_some(d, to, left)), to, left);
      }
    }
  }
}

struct Product {
  const float* x;
  std::size_t x_stride;
  std::size_t tokens;
  const float* panel;
  std::size_t outputs;
  std::size_t inputs;
  float* y;
  std::size_t y_stride;
  Ahead ahead;
};

/// As many tiles of `tokens` tokens as there is room for; p moves on.
template <std::size_t tokens>
void tiles(Product& p) {
  for (; p.tokens >= tokens; p.tokens -= tokens) {
    if (p.ahead.inputs > 0) {
      tile<tokens>(p.x, p.x_stride, p.panel, p.outputs, p.inputs, p.y, p.y_stride, Fetch(p.ahead));
      p.ahead.inputs = 0;
    } else {
      tile<tokens>(p.x, p.x_stride, p.panel, p.outputs, p.inputs, p.y, p.y_stride, NoFetch());
    }
    p.x += tokens * p.x_stride;
    p.y += tokens * p.y_stride;
  }
}

void panel_product(const float* x, std::size_t x_stride, std::size_t tokens, const float* panel, std::size_t outputs,
                   std::size_t inputs, float* y, std::size_t y_stride, const Ahead& ahead) {
  Product p{x, x_stride, tokens, panel, outputs, inputs, y, y_stride, ahead};
  if constexpr (HWY_LANES(float) >= 16) {  // 24 sums of 32 registers; else 12 or 24 of 16 or 32
    tiles<12>(p);
    tiles<8>(p);
    tiles<4>(p);
  } else {
    tiles<3>(p);
  }
  tiles<2>(p);
  tiles<1>(p);
}

}  // namespace
}  // namespace godwit::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace godwit {

HWY_EXPORT(rows_to_panel);
HWY_EXPORT(columns_to_panel);
HWY_EXPORT(panel_product);

void pack_rows(const Rows& w, std::size_t outputs, std::size_t inputs, float* panel) {
  ensure(!is_quantised(w.type) && outputs <= panel_width && inputs <= panel_depth, "not a panel");
  HWY_DYNAMIC_DISPATCH(rows_to_panel)(w, outputs, inputs, panel);
}

void pack_columns(const Rows& w, std::size_t outputs, std::size_t inputs, float* panel) {
  ensure(!is_quantised(w.type) && outputs <= panel_width && inputs <= panel_depth, "not a panel");
  HWY_DYNAMIC_DISPATCH(columns_to_panel)(w, outputs, inputs, panel);
}

void add_panel_product(const float* x, std::size_t x_stride, std::size_t tokens, const float* panel,
                       std::size_t outputs, std::size_t inputs, float* y, std::size_t y_stride, const Ahead& ahead) {
  HWY_DYNAMIC_DISPATCH(panel_product)(x, x_stride, tokens, panel, outputs, inputs, y, y_stride, ahead);
}

}  // namespace godwit
#endif
