// Tensors of shapes: without data, or filled from a seed (the formula is in model/load.h).

#include <cmath>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "model/shapes.h"

namespace godwit {
namespace {

// Zeroed memory that the kernel may back with huge pages.
class AnonymousMemory {
 public:
  explicit AnonymousMemory(std::size_t size) : size_(size) {
    void* map = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) throw std::bad_alloc();
    ::madvise(map, size, MADV_HUGEPAGE);  // a wish: without it everything works, only slower
    data_ = static_cast<std::byte*>(map);
  }
  AnonymousMemory(const AnonymousMemory&) = delete;
  AnonymousMemory& operator=(const AnonymousMemory&) = delete;
  ~AnonymousMemory() { ::munmap(data_, size_); }
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  std::byte* data_;
  std::size_t size_;
};

std::vector<std::size_t> stored_shape(const TensorSpec& spec) {
  if (!spec.conv1d) return spec.shape;
  return {spec.shape.rbegin(), spec.shape.rend()};
}

// The weights of plan's tensors without data; tensor t of the plan is the t-th of the result.
std::vector<Tensor> blank_tensors(const std::vector<TensorSpec>& plan) {
  std::vector<Tensor> tensors;
  tensors.reserve(plan.size());
  for (const TensorSpec& spec : plan) {
    tensors.push_back({.name = spec.name, .type = DType::f32, .shape = stored_shape(spec), .data = {}, .owner = {}});
  }
  return tensors;
}

Weights collect(const std::vector<TensorSpec>& plan, std::vector<Tensor> tensors) {
  Weights weights;
  for (std::size_t t = 0; t < plan.size(); ++t) {
    if (plan[t].conv1d) weights.conv1d.insert(plan[t].name);
    weights.tensors.emplace(plan[t].name, std::move(tensors[t]));
  }
  return weights;
}

// Statements, not one expression: nothing may fuse the product and the sum, so that any language gets the same bits.
void fill(std::span<float> out, std::size_t first, std::uint64_t key, float centre) {
  constexpr std::uint64_t step = 0x9E3779B97F4A7C15U;  // as Random advances
  constexpr float unit = 0x1.1bc77ap-28F;              // 0.02 * sqrt(3) / 2^23, rounded to fp32
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t bits = mix64(key + (first + i) * step);
    const auto whole = static_cast<float>(static_cast<std::int32_t>(bits >> 40) - (1 << 23));
    const float spread = whole * unit;
    out[i] = centre + spread;
  }
}

void refuse_beyond_memory(const ModelConfig& config, std::size_t bytes) {
  const auto physical =
      static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (bytes < physical) return;
  throw UserError({.what = fmt::format("random fp32 weights take {:.1f} GB", static_cast<double>(bytes) * 1e-9),
                   .where = "shape:" + config.name,
                   .expected = fmt::format("less than this machine's {:.1f} GB", static_cast<double>(physical) * 1e-9),
                   .remedy = "take a smaller shape, or leave out ?seed= where values are not needed"});
}

}  // namespace

Weights empty_weights(const ModelConfig& config) {
  const auto plan = plan_tensors(config);
  return collect(plan, blank_tensors(plan));
}

Weights random_weights(const ModelConfig& config, std::uint64_t seed) {
  constexpr std::size_t alignment = 64;  // bytes: a cache line, and the widest vector
  const auto plan = plan_tensors(config);
  auto tensors = blank_tensors(plan);
  std::size_t bytes = 0;
  for (const Tensor& tensor : tensors) bytes += (tensor.bytes() + alignment - 1) / alignment * alignment;
  refuse_beyond_memory(config, bytes);

  const auto memory = std::make_shared<const AnonymousMemory>(bytes);
  ThreadPool pool;
  std::byte* next = memory->data();
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    Tensor& tensor = tensors[t];
    const std::span values(reinterpret_cast<float*>(next), tensor.elements());
    const std::uint64_t key = mix64(mix64(seed) + t);
    const float centre = plan[t].role == TensorSpec::Role::norm ? 1.0F : 0.0F;
    pool.parallel_for(values.size(), 1 << 14, [&](std::size_t begin, std::size_t end) {
      fill(values.subspan(begin, end - begin), begin, key, centre);
    });
    tensor.data = std::as_bytes(values);
    tensor.owner = memory;
    next += (tensor.bytes() + alignment - 1) / alignment * alignment;
  }
  return collect(plan, std::move(tensors));
}

}  // namespace godwit
