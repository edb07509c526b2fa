#include "model/reference/scratch.h"

#include <memory>
#include <new>

namespace godwit {
namespace {

constexpr std::size_t alignment = 64;

struct Release {
  void operator()(float* memory) const { ::operator delete[](memory, std::align_val_t{alignment}); }
};

class Buffer {
 public:
  float* floats(std::size_t count) {
    if (count > count_) {
      memory_.reset();
      memory_.reset(static_cast<float*>(::operator new[](count * sizeof(float), std::align_val_t{alignment})));
      count_ = count;
    }
    return memory_.get();
  }

 private:
  std::unique_ptr<float, Release> memory_;
  std::size_t count_ = 0;
};

}  // namespace

float* panel_scratch(std::size_t floats) {
  static thread_local Buffer buffer;
  return buffer.floats(floats);
}

float* row_scratch(std::size_t floats) {
  static thread_local Buffer buffer;
  return buffer.floats(floats);
}

float* score_scratch(std::size_t floats) {
  static thread_local Buffer buffer;
  return buffer.floats(floats);
}

}  // namespace godwit
