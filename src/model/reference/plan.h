#pragma once
// Where the layers' values live: a value's memory is used again once its last reader has run.

#include <cstddef>
#include <vector>

#include "model/graph.h"

namespace godwit {

struct BufferPlan {
  std::vector<std::size_t> buffer_of;  // a layer; the head has none: its values are the logits
  std::vector<std::size_t> width;      // a buffer: reals a token
};

inline constexpr std::size_t no_buffer = static_cast<std::size_t>(-1);

BufferPlan plan_buffers(const std::vector<Layer>& layers);

}  // namespace godwit
