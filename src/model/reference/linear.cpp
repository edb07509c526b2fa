#include "model/reference/linear.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "model/reference/block_rows.h"
#include "model/reference/elementwise.h"
#include "model/reference/matvec.h"
#include "model/reference/panel.h"
#include "model/reference/row_tiles.h"
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

/// multiply(rows as fp32, first, count) over the quantised rows [begin, end), `rows_at_once` of them decoded at a time.
template <class Multiply>
void by_blocks(const Tensor& tensor, std::size_t inputs, std::size_t begin, std::size_t end, std::size_t rows_at_once,
               const Multiply& multiply) {
  float* scratch = row_scratch(rows_at_once * inputs);
  for (std::size_t o = begin; o < end; o += rows_at_once) {
    const std::size_t count = std::min(rows_at_once, end - o);
    read_block_rows(tensor, o, count, scratch);
    multiply(float_rows(scratch, inputs), o, count);
  }
}

/// Few tokens, rows of outputs.
void few_by_rows(const Task& task, std::size_t begin, std::size_t end) {
  const Tensor& tensor = task.w.tensor;
  const std::size_t inputs = task.w.inputs();
  const auto multiply = [&](const Rows& rows, std::size_t o, std::size_t count) {
    add_row_dots(rows, count, inputs, {task.x, task.x_stride}, task.tokens, task.y + o, task.y_stride);
  };
  if (!is_quantised(tensor.type)) return multiply(part(plain_rows(tensor), begin, 0), begin, end - begin);
  by_blocks(tensor, inputs, begin, end, 8, multiply);
}

/// Few tokens, rows of inputs [first, last).
void few_by_columns(const Task& task, std::size_t first, std::size_t last, std::size_t begin, std::size_t end) {
  add_scaled_rows(part(plain_rows(task.w.tensor), first, begin), end - begin, last - first,
                  {task.x + first, task.x_stride}, task.tokens, task.y + begin, task.y_stride);
}

/// Many tokens, rows of outputs.
void many_by_rows(const Task& task, std::size_t begin, std::size_t end) {
  const Tensor& tensor = task.w.tensor;
  const std::size_t inputs = task.w.inputs();
  const auto multiply = [&](const Rows& rows, std::size_t o, std::size_t count) {
    add_row_products(rows, count, inputs, task.x, task.x_stride, task.tokens, task.y + o, task.y_stride);
  };
  if (!is_quantised(tensor.type)) return multiply(part(plain_rows(tensor), begin, 0), begin, end - begin);
  by_blocks(tensor, inputs, begin, end, 32, multiply);
}

/// Many tokens, rows of inputs: a panel of outputs after the other.
void many_by_columns(const Task& task, std::size_t begin, std::size_t end) {
  const Rows rows = plain_rows(task.w.tensor);
  const std::size_t inputs = task.w.inputs();
  float* panel = panel_scratch(panel_depth * panel_width);
  for (std::size_t o = begin; o < end; o += panel_width) {
    const std::size_t outputs = std::min(panel_width, end - o);
    for (std::size_t i = 0; i < inputs; i += panel_depth) {
      const std::size_t depth = std::min(panel_depth, inputs - i);
      pack_columns(part(rows, i, o), outputs, depth, panel);
      Ahead ahead;
      if (i + depth < inputs) {
        ahead = {part(rows, i + depth, o), std::min(panel_depth, inputs - i - depth)};
      } else if (o + outputs < end) {
        ahead = {part(rows, 0, o + outputs), std::min(panel_depth, inputs)};
      }
      add_panel_product(task.x + i, task.x_stride, task.tokens, panel, outputs, depth, task.y + o, task.y_stride,
                        ahead);
    }
  }
}

/// y[t][begin .. end) = bias, or 0.
void start(const Task& task, const float* bias, std::size_t begin, std::size_t end) {
  for (std::size_t t = 0; t < task.tokens; ++t) {
    float* row = task.y + t * task.y_stride;
    if (bias != nullptr) {
      std::copy(bias + begin, bias + end, row + begin);
    } else {
      std::fill(row + begin, row + end, 0.0F);
    }
  }
}

/// Few tokens, rows of inputs, in two halves with sums of their own, so that each of two threads reads memory from end
/// to end instead of a part of every row. More threads share the halves; fewer do one after the other.
void few_in_halves(const Task& task, const float* bias, ThreadPool& pool) {
  const std::size_t outputs = task.w.outputs();
  const std::size_t inputs = task.w.inputs();
  static thread_local std::vector<float> sums;  // of the second half: [tokens][outputs]
  sums.resize(task.tokens * outputs);
  Task second = task;
  second.y = sums.data();
  second.y_stride = outputs;
  pool.parallel_for(2 * outputs, outputs_a_line, [&](std::size_t begin, std::size_t end) {
    if (begin < outputs) {
      start(task, bias, begin, std::min(end, outputs));
      few_by_columns(task, 0, inputs / 2, begin, std::min(end, outputs));
    }
    if (end > outputs) {
      const std::size_t from = std::max(begin, outputs) - outputs;
      start(second, nullptr, from, end - outputs);
      few_by_columns(second, inputs / 2, inputs, from, end - outputs);
    }
  });
  for (std::size_t t = 0; t < task.tokens; ++t) {
    float* row = task.y + t * task.y_stride;
    add(row, sums.data() + t * outputs, outputs, row);
  }
}

}  // namespace

void linear(const Matrix& w, const float* bias, const float* x, std::size_t x_stride, std::size_t tokens, float* y,
            std::size_t y_stride, ThreadPool& pool) {
  ensure(!(w.input_major && is_quantised(w.tensor.type)), "blocks must run along the inputs");
  const Task task{w, x, x_stride, tokens, y, y_stride};
  const bool few = tokens <= most_single_tokens;
  if (few && w.input_major) return few_in_halves(task, bias, pool);
  pool.parallel_for(w.outputs(), few ? outputs_a_line : panel_width, [&](std::size_t begin, std::size_t end) {
    start(task, bias, begin, end);
    if (few) {
      few_by_rows(task, begin, end);
    } else if (w.input_major) {
      many_by_columns(task, begin, end);
    } else {
      many_by_rows(task, begin, end);
    }
  });
}

}  // namespace godwit
