#include <cstdlib>
#include <new>

#include "base/error.h"
#include "model/reference/reference.h"

namespace godwit {

void KvCache::Free::operator()(float* memory) const {
  std::free(memory);
}  // NOLINT(cppcoreguidelines-no-malloc)

KvCache::Buffer KvCache::zeros(std::size_t floats) {
  // calloc leaves large blocks untouched until they are written: a long context costs nothing until it is used.
  Buffer buffer(static_cast<float*>(std::calloc(floats, sizeof(float))));
  if (buffer == nullptr) throw std::bad_alloc();
  return buffer;
}

KvCache::KvCache(const Model& model, std::size_t capacity) : capacity_(capacity) {
  ensure(capacity > 0, "a cache of no positions");
  for (const Layer& layer : model.layers) {
    const auto* attention = std::get_if<Attention>(&layer.operation);
    if (attention == nullptr) continue;
    ensure(layer.block == static_cast<int>(keys_.size()), "one attention a block, in order");
    const std::size_t floats = attention->kv_heads * capacity * attention->head_dim;
    keys_.push_back(zeros(floats));
    values_.push_back(zeros(floats));
  }
}

void KvCache::truncate(std::size_t length) {
  ensure(length <= length_, "a cache cannot be truncated to more than it holds");
  length_ = length;
}

}  // namespace godwit
