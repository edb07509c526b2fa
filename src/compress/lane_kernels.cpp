#include "compress/lane_kernels.h"

#include <cmath>

#include "model/reference/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compress/lane_kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace godwit::compress::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, lanes>;
using Vector = hn::Vec<Floats>;
constexpr std::size_t width = HWY_LANES(float);
constexpr std::size_t vectors = lanes / width;
static_assert(!HWY_HAVE_SCALABLE && lanes % width == 0, "a column is whole vectors, kept in arrays");

constexpr float least_step = 1;
constexpr float most_step = 511;
constexpr float least_offset = -1024;
constexpr float most_offset = 1023;

HWY_INLINE Vector load(const float* column, std::size_t v) {
  return hn::LoadU(Floats(), column + v * width);
}
HWY_INLINE Vector load(const Lanes& x, std::size_t v) {
  return load(x.at.data(), v);
}
HWY_INLINE void store(Vector x, float* column, std::size_t v) {
  hn::StoreU(x, Floats(), column + v * width);
}
HWY_INLINE void store(Vector x, Lanes& to, std::size_t v) {
  store(x, to.at.data(), v);
}
HWY_INLINE Vector set(float x) {
  return hn::Set(Floats(), x);
}
/// To the nearest whole number within [least, most].
HWY_INLINE Vector whole(Vector x, float least, float most) {
  return hn::Round(hn::Min(hn::Max(x, set(least)), set(most)));
}
/// The nearest step and offset that there are.
HWY_INLINE Vector coarse(Vector x, float least, float most, float grain) {
  return hn::Mul(whole(hn::Mul(x, set(1 / grain)), std::ceil(least / grain), std::floor(most / grain)), set(grain));
}
HWY_INLINE Vector to_step(Vector x, const CodeRange& range) {
  return coarse(x, least_step, most_step, range.grain);
}
HWY_INLINE Vector to_offset(Vector x, const CodeRange& range) {
  return coarse(x, least_offset, most_offset, range.grain);
}
/// a / b, or `otherwise` where b is not above zero.
HWY_INLINE Vector ratio(Vector a, Vector b, Vector otherwise) {
  const auto good = hn::Gt(b, hn::Zero(Floats()));
  return hn::IfThenElse(good, hn::Div(a, hn::IfThenElse(good, b, set(1))), otherwise);
}

template <std::size_t columns>
HWY_INLINE void products(const float* values, const float* factors, std::size_t stride, std::size_t begin,
                         std::size_t end, float* sums) {
  Vector sum[columns][vectors];
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t v = 0; v < vectors; ++v) sum[c][v] = load(sums + c * lanes, v);
  }
  for (std::size_t k = begin; k < end; ++k) {
    Vector value[vectors];
    for (std::size_t v = 0; v < vectors; ++v) value[v] = load(values + k * lanes, v);
    for (std::size_t c = 0; c < columns; ++c) {
      const Vector factor = set(factors[c * stride + k]);
      for (std::size_t v = 0; v < vectors; ++v) sum[c][v] = hn::MulAdd(factor, value[v], sum[c][v]);
    }
  }
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::size_t v = 0; v < vectors; ++v) store(sum[c][v], sums + c * lanes, v);
  }
}

void tile_products(const float* values, const float* factors, std::size_t stride, std::size_t columns,
                   std::size_t begin, std::size_t end, float* sums) {
  constexpr std::size_t at_once = width >= 16 ? 8 : width >= 8 ? 2 : 1;  // 16 sums of 32 registers, 8 of 16
  std::size_t c = 0;
  for (; c + at_once <= columns; c += at_once) {
    products<at_once>(values, factors + c * stride, stride, begin, end, sums + c * lanes);
  }
  if constexpr (at_once > 4) {
    for (; c + 4 <= columns; c += 4) {
      products<4>(values, factors + c * stride, stride, begin, end, sums + c * lanes);
    }
  }
  for (; c < columns; ++c) products<1>(values, factors + c * stride, stride, begin, end, sums + c * lanes);
}

/// targets[k] + sum over i < k of errors[i] x feedback[k][i].
HWY_INLINE void corrected(const GroupColumns& g, const float* errors, std::size_t k, Vector (&out)[vectors]) {
  for (std::size_t v = 0; v < vectors; ++v) out[v] = load(g.targets + k * lanes, v);
  for (std::size_t i = 0; i < k; ++i) {
    const Vector factor = set(g.feedback[k * g.stride + i]);
    for (std::size_t v = 0; v < vectors; ++v) out[v] = hn::MulAdd(factor, load(errors + i * lanes, v), out[v]);
  }
}

HWY_INLINE Vector kept_or_zero(const float* kept, std::size_t k, std::size_t v, Vector x) {
  return kept == nullptr ? x : hn::Mul(x, load(kept + k * lanes, v));
}

/// Least squares of the targets by step x code + offset.
HWY_INLINE void regress(Vector sum_c, Vector sum_cc, Vector sum_w, Vector sum_cw, Vector total, const CodeRange& range,
                        Vector& step, Vector& offset) {
  if (range.centred) {
    step = to_step(ratio(sum_cw, sum_cc, set(1)), range);
    return;
  }
  const Vector spread = hn::Sub(hn::Mul(total, sum_cc), hn::Mul(sum_c, sum_c));
  step = to_step(ratio(hn::Sub(hn::Mul(total, sum_cw), hn::Mul(sum_c, sum_w)), spread, set(1)), range);
  offset = to_offset(hn::Div(hn::NegMulAdd(step, sum_c, sum_w), total), range);
}

void fit(const GroupColumns& g, const CodeRange& range, float share, Lanes& steps, Lanes& offsets) {
  constexpr int rounds = 3;
  float total = 0;
  for (std::size_t k = 0; k < g.columns; ++k) total += g.costs[k];
  for (std::size_t v = 0; v < vectors; ++v) {
    Vector low = kept_or_zero(g.kept, 0, v, load(g.targets, v));
    Vector high = low;
    for (std::size_t k = 1; k < g.columns; ++k) {
      const Vector w = kept_or_zero(g.kept, k, v, load(g.targets + k * lanes, v));
      low = hn::Min(low, w);
      high = hn::Max(high, w);
    }
    Vector step;
    Vector offset = hn::Zero(Floats());
    if (range.centred) {
      step = hn::Max(hn::Div(low, set(range.least)), hn::Div(high, set(range.most)));
      step = to_step(hn::Mul(step, set(share)), range);
    } else {
      step = hn::Mul(hn::Sub(high, low), set(share / (range.most - range.least)));
      offset = hn::Mul(hn::Add(low, high), set(0.5F));
      offset = to_offset(hn::NegMulAdd(step, set((range.most + range.least) / 2), offset), range);
      step = to_step(step, range);
    }
    for (int round = 0; round < rounds; ++round) {
      const Vector inverse = hn::Div(set(1), step);
      Vector sum_c = hn::Zero(Floats());
      Vector sum_cc = sum_c;
      Vector sum_w = sum_c;
      Vector sum_cw = sum_c;
      for (std::size_t k = 0; k < g.columns; ++k) {
        const Vector w = load(g.targets + k * lanes, v);
        const Vector code =
            kept_or_zero(g.kept, k, v, whole(hn::Mul(hn::Sub(w, offset), inverse), range.least, range.most));
        const Vector cost = set(g.costs[k]);
        const Vector weighted = hn::Mul(cost, code);
        sum_c = hn::Add(sum_c, weighted);
        sum_cc = hn::MulAdd(weighted, code, sum_cc);
        sum_w = hn::MulAdd(cost, w, sum_w);
        sum_cw = hn::MulAdd(weighted, w, sum_cw);
      }
      regress(sum_c, sum_cc, sum_w, sum_cw, set(total), range, step, offset);
    }
    store(step, steps, v);
    store(offset, offsets, v);
  }
}

void code_columns(const GroupColumns& g, const CodeRange& range, const Lanes& step, const Lanes& offset, float* codes,
                  float* errors, Lanes& loss) {
  Vector inverse[vectors];
  Vector lost[vectors];
  for (std::size_t v = 0; v < vectors; ++v) {
    inverse[v] = hn::Div(set(1), load(step, v));
    lost[v] = load(loss, v);
  }
  for (std::size_t k = 0; k < g.columns; ++k) {
    Vector target[vectors];
    corrected(g, errors, k, target);
    const Vector cost = set(g.costs[k]);
    for (std::size_t v = 0; v < vectors; ++v) {
      const Vector raw = hn::Mul(hn::Sub(target[v], load(offset, v)), inverse[v]);
      const Vector code = kept_or_zero(g.kept, k, v, whole(raw, range.least, range.most));
      const Vector value = hn::MulAdd(load(step, v), code, load(offset, v));
      const Vector miss = hn::Sub(target[v], value);
      store(code, codes + k * lanes, v);
      store(hn::Sub(load(g.weights + k * lanes, v), value), errors + k * lanes, v);
      lost[v] = hn::MulAdd(hn::Mul(cost, miss), miss, lost[v]);
    }
  }
  for (std::size_t v = 0; v < vectors; ++v) store(lost[v], loss, v);
}

void prune_columns(const GroupColumns& g, float* values, float* errors) {
  for (std::size_t k = 0; k < g.columns; ++k) {
    Vector target[vectors];
    corrected(g, errors, k, target);
    for (std::size_t v = 0; v < vectors; ++v) {
      const Vector value = kept_or_zero(g.kept, k, v, target[v]);
      store(value, values + k * lanes, v);
      store(hn::Sub(load(g.weights + k * lanes, v), value), errors + k * lanes, v);
    }
  }
}

/// Moves step and offset to where, with these codes, least is lost; the gradient has its damping.
void refit(const Descent& g, const CodeRange& range, Lanes& steps, Lanes& offsets) {
  // scratch = products x codes.
  for (std::size_t k = 0; k < g.columns; ++k) {
    for (std::size_t v = 0; v < vectors; ++v) {
      store(hn::Mul(set(g.damping), load(g.codes + k * lanes, v)), g.scratch + k * lanes, v);
    }
  }
  tile_products(g.codes, g.products, g.stride, g.columns, 0, g.columns, g.scratch);
  float all = 0;  // the sum of all products: what moving the offset by one costs
  for (std::size_t k = 0; k < g.columns; ++k) {
    all += g.damping;
    for (std::size_t i = 0; i < g.columns; ++i) all += g.products[k * g.stride + i];
  }
  Vector step_by[vectors];
  Vector offset_by[vectors];
  for (std::size_t v = 0; v < vectors; ++v) {
    Vector cc = hn::Zero(Floats());
    Vector c1 = cc;
    Vector gc = cc;
    Vector g1 = cc;
    for (std::size_t k = 0; k < g.columns; ++k) {
      const Vector code = load(g.codes + k * lanes, v);
      const Vector product = load(g.scratch + k * lanes, v);
      const Vector gradient = load(g.gradient + k * lanes, v);
      cc = hn::MulAdd(code, product, cc);
      gc = hn::MulAdd(code, gradient, gc);
      c1 = hn::Add(c1, product);
      g1 = hn::Add(g1, gradient);
    }
    const Vector step = load(steps, v);
    const Vector offset = load(offsets, v);
    const Vector eleven = set(all);
    const Vector zero = hn::Zero(Floats());
    Vector by = ratio(gc, cc, zero);
    Vector up = zero;
    if (!range.centred) {
      const Vector spread = hn::NegMulAdd(c1, c1, hn::Mul(cc, eleven));
      const Vector enough = hn::Sub(spread, hn::Mul(set(1e-4F), hn::Mul(cc, eleven)));
      by = hn::IfThenElse(hn::Gt(enough, zero), ratio(hn::NegMulAdd(g1, c1, hn::Mul(gc, eleven)), spread, zero), zero);
    }
    by = hn::Sub(to_step(hn::Add(step, by), range), step);
    if (!range.centred) {
      up = ratio(hn::NegMulAdd(by, c1, g1), eleven, zero);
      up = hn::Sub(to_offset(hn::Add(offset, up), range), offset);
    }
    // What the move changes: by^2 cc + 2 by up c1 + up^2 all - 2 (by gc + up g1).
    Vector change = hn::Mul(by, hn::Sub(hn::MulAdd(by, cc, hn::Mul(hn::Add(up, up), c1)), hn::Add(gc, gc)));
    change = hn::MulAdd(up, hn::Sub(hn::Mul(up, eleven), hn::Add(g1, g1)), change);
    const auto better = hn::Lt(change, zero);
    step_by[v] = hn::IfThenElseZero(better, by);
    offset_by[v] = hn::IfThenElseZero(better, up);
    store(hn::Add(step, step_by[v]), steps, v);
    store(hn::Add(offset, offset_by[v]), offsets, v);
  }
  for (std::size_t k = 0; k < g.columns; ++k) {
    float row = g.damping;
    for (std::size_t i = 0; i < g.columns; ++i) row += g.products[k * g.stride + i];
    for (std::size_t v = 0; v < vectors; ++v) {
      const Vector moved = hn::MulAdd(step_by[v], load(g.codes + k * lanes, v), offset_by[v]);
      store(hn::Sub(load(g.errors + k * lanes, v), moved), g.errors + k * lanes, v);
      const Vector felt = hn::MulAdd(step_by[v], load(g.scratch + k * lanes, v), hn::Mul(offset_by[v], set(row)));
      store(hn::Sub(load(g.gradient + k * lanes, v), felt), g.gradient + k * lanes, v);
    }
  }
}

void descend_columns(const Descent& g, const CodeRange& range, Lanes& steps, Lanes& offsets) {
  for (std::size_t k = 0; k < g.columns; ++k) {
    for (std::size_t v = 0; v < vectors; ++v) {
      const Vector damped = hn::MulAdd(set(g.damping), load(g.errors + k * lanes, v), load(g.gradient + k * lanes, v));
      store(damped, g.gradient + k * lanes, v);
    }
  }
  if (g.refit) refit(g, range, steps, offsets);
  Vector inverse[vectors];
  for (std::size_t v = 0; v < vectors; ++v) inverse[v] = hn::Div(set(1), load(steps, v));
  for (std::size_t k = 0; k < g.columns; ++k) {
    const float* row = g.products + k * g.stride;
    const Vector pull = set(1 / (row[k] + g.damping));
    Vector moved[vectors];
    bool any = false;
    for (std::size_t v = 0; v < vectors; ++v) {
      const Vector code = load(g.codes + k * lanes, v);
      const Vector wish = hn::Mul(hn::Mul(load(g.gradient + k * lanes, v), pull), inverse[v]);
      const Vector next = kept_or_zero(g.kept, k, v, whole(hn::Add(code, wish), range.least, range.most));
      moved[v] = hn::Mul(load(steps, v), hn::Sub(next, code));
      any = any || !hn::AllFalse(Floats(), hn::Ne(next, code));
      store(next, g.codes + k * lanes, v);
      store(hn::Sub(load(g.errors + k * lanes, v), moved[v]), g.errors + k * lanes, v);
    }
    if (!any) continue;
    for (std::size_t i = k + 1; i < g.columns; ++i) {
      const Vector factor = set(row[i]);
      for (std::size_t v = 0; v < vectors; ++v) {
        store(hn::NegMulAdd(factor, moved[v], load(g.gradient + i * lanes, v)), g.gradient + i * lanes, v);
      }
    }
  }
}

}  // namespace
}  // namespace godwit::compress::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace godwit::compress {

HWY_EXPORT(tile_products);
HWY_EXPORT(fit);
HWY_EXPORT(code_columns);
HWY_EXPORT(prune_columns);
HWY_EXPORT(descend_columns);

void add_tile_products(const float* values, const float* factors, std::size_t stride, std::size_t columns,
                       std::size_t begin, std::size_t end, float* sums) {
  HWY_DYNAMIC_DISPATCH(tile_products)(values, factors, stride, columns, begin, end, sums);
}

void fit_steps(const GroupColumns& group, const CodeRange& range, float share, Lanes& step, Lanes& offset) {
  HWY_DYNAMIC_DISPATCH(fit)(group, range, share, step, offset);
}

void code_group(const GroupColumns& group, const CodeRange& range, const Lanes& step, const Lanes& offset, float* codes,
                float* errors, Lanes& loss) {
  HWY_DYNAMIC_DISPATCH(code_columns)(group, range, step, offset, codes, errors, loss);
}

void prune_group(const GroupColumns& group, float* values, float* errors) {
  HWY_DYNAMIC_DISPATCH(prune_columns)(group, values, errors);
}

void descend(const Descent& group, const CodeRange& range, Lanes& step, Lanes& offset) {
  HWY_DYNAMIC_DISPATCH(descend_columns)(group, range, step, offset);
}

}  // namespace godwit::compress
#endif
