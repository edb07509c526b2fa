#pragma once
// The fp32 reference as a device.

#include <utility>

#include "model/reference/reference.h"
#include "runtime/device.h"

namespace godwit {

class ReferenceDevice : public Device {
 public:
  /// `capacity` is at most the model's context.
  ReferenceDevice(std::shared_ptr<const Model> model, ThreadPool& pool, std::size_t capacity)
      : cache_(*model, capacity), reference_(std::move(model), pool) {}

  std::span<const float> feed(std::span<const int> tokens, bool all) override {
    return reference_.forward(tokens, cache_, all ? Logits::all : Logits::last);
  }
  [[nodiscard]] std::size_t position() const override { return cache_.length(); }
  void rollback(std::size_t position) override { cache_.truncate(position); }
  [[nodiscard]] std::size_t capacity() const override { return cache_.capacity(); }

 private:
  KvCache cache_;
  Reference reference_;
};

}  // namespace godwit
