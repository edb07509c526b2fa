#include "model/reference/linear.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "model/reference/block_rows.h"
#include "model/reference/matvec.h"
#include "model/reference/panel.h"
#include "model/reference/scratch.h"

namespace godwit {
namespace {

constexpr std::size_t most_single_tokens = 6;  // up to here, token by token beats packing panels
constexpr std::size_t outputs_a_line = 16;     // threads do not share a cache line of y

struct Task {
  const Matrix& w;
  const float* x;
  std::size_t x_stride;
  std::size_t tokens;
  float* y;
  std::size_t y_stride;
};

Rows plain_rows(const Tensor& tensor) {
  return {tensor.data.data(), tensor.type, tensor.columns() * info(tensor.type).block_bytes};
}

/// Few tokens, rows of outputs: every weight is fetched once from memory and passes all tokens while it is in cache.
void few_by_rows(const Task& task, std::size_t begin, std::size_t end) {
  const Tensor& tensor = task.w.tensor;
  const std::size_t inputs = task.w.inputs();
  const bool quantised = is_quantised(tensor.type);
  constexpr std::size_t rows_at_once = 8;
  float* scratch = quantised ? row_scratch(rows_at_once * inputs) : nullptr;
  for (std::size_t o = begin; o < end; o += rows_at_once) {
    const std::size_t count = std::min(rows_at_once, end - o);
    if (quantised) read_block_rows(tensor, o, count, scratch);
    const Rows rows = quantised ? float_rows(scratch, inputs) : part(plain_rows(tensor), o, 0);
    for (std::size_t t = 0; t < task.tokens; ++t) {
      add_row_dots(rows, count, inputs, task.x + t * task.x_stride, task.y + t * task.y_stride + o);
    }
  }
}

/// Few tokens, rows of inputs.
void few_by_columns(const Task& task, std::size_t begin, std::size_t end) {
  const Rows rows = part(plain_rows(task.w.tensor), 0, begin);
  const std::size_t inputs = task.w.inputs();
  const std::size_t rows_at_once = task.tokens == 1 ? inputs : 8;
  for (std::size_t i = 0; i < inputs; i += rows_at_once) {
    const std::size_t count = std::min(rows_at_once, inputs - i);
    for (std::size_t t = 0; t < task.tokens; ++t) {
      add_scaled_rows(part(rows, i, 0), end - begin, count, task.x + t * task.x_stride + i,
                      task.y + t * task.y_stride + begin);
    }
  }
}

/// Many tokens: a panel of outputs after the other.
void many(const Task& task, std::size_t begin, std::size_t end) {
  const Tensor& tensor = task.w.tensor;
  const std::size_t inputs = task.w.inputs();
  const bool convert = is_quantised(tensor.type);
  float* panel = panel_scratch(panel_depth * panel_width);
  float* converted = convert ? row_scratch(panel_width * inputs) : nullptr;
  for (std::size_t o = begin; o < end; o += panel_width) {
    const std::size_t outputs = std::min(panel_width, end - o);
    if (convert) read_block_rows(tensor, o, outputs, converted);
    const Rows rows = convert ? float_rows(converted, inputs) : plain_rows(tensor);
    for (std::size_t i = 0; i < inputs; i += panel_depth) {
      const std::size_t depth = std::min(panel_depth, inputs - i);
      if (task.w.input_major) {
        pack_columns(part(rows, i, o), outputs, depth, panel);
      } else {
        pack_rows(part(rows, convert ? 0 : o, i), outputs, depth, panel);
      }
      add_panel_product(task.x + i, task.x_stride, task.tokens, panel, outputs, depth, task.y + o, task.y_stride);
    }
  }
}

}  // namespace

void linear(const Matrix& w, const float* bias, const float* x, std::size_t x_stride, std::size_t tokens, float* y,
            std::size_t y_stride, ThreadPool& pool) {
  ensure(!(w.input_major && is_quantised(w.tensor.type)), "blocks must run along the inputs");
  const Task task{w, x, x_stride, tokens, y, y_stride};
  const bool few = tokens <= most_single_tokens;
  pool.parallel_for(w.outputs(), few ? outputs_a_line : panel_width, [&](std::size_t begin, std::size_t end) {
    for (std::size_t t = 0; t < tokens; ++t) {
      float* row = y + t * y_stride;
      if (bias != nullptr) {
        std::copy(bias + begin, bias + end, row + begin);
      } else {
        std::fill(row + begin, row + end, 0.0F);
      }
    }
    if (!few) {
      many(task, begin, end);
    } else if (w.input_major) {
      few_by_columns(task, begin, end);
    } else {
      few_by_rows(task, begin, end);
    }
  });
}

}  // namespace godwit
