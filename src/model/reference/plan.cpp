#include "model/reference/plan.h"

#include <algorithm>

#include "base/error.h"

namespace godwit {
namespace {

std::vector<std::size_t> last_readers(const std::vector<Layer>& layers) {
  std::vector<std::size_t> last(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    last[i] = i;
    for (const Value& value : layers[i].inputs) {
      ensure(value.layer >= 0 && static_cast<std::size_t>(value.layer) < i, "a layer reads a later one");
      last[static_cast<std::size_t>(value.layer)] = i;
    }
  }
  return last;
}

}  // namespace

BufferPlan plan_buffers(const std::vector<Layer>& layers) {
  const auto last = last_readers(layers);
  BufferPlan plan;
  std::vector<std::size_t> reader;  // a buffer: the layer after which it is free
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto* linear = std::get_if<Linear>(&layers[i].operation);
    if (linear != nullptr && linear->head) {
      plan.buffer_of.push_back(no_buffer);
      continue;
    }
    std::size_t b = 0;
    while (b < reader.size() && (reader[b] >= i || plan.width[b] != layers[i].width)) ++b;
    if (b == reader.size()) {
      reader.push_back(0);
      plan.width.push_back(layers[i].width);
    }
    reader[b] = last[i];
    plan.buffer_of.push_back(b);
  }
  return plan;
}

}  // namespace godwit
