#pragma once
// What runs a model: the fp32 reference today; golden, the verilated machine, the cycle model and a board behind the
// same interface. One sequence; the position goes forward by what is fed and back by rollback().

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "model/graph.h"

namespace godwit {

class Device {
 public:
  virtual ~Device() = default;

  /// Feeds tokens (prefill or decode) and returns the logits after the last, or after each if `all`
  /// ([tokens][vocabulary]); valid until the next call.
  virtual std::span<const float> feed(std::span<const int> tokens, bool all) = 0;

  /// Tokens fed and not rolled back.
  [[nodiscard]] virtual std::size_t position() const = 0;
  /// Goes back to `position` <= position().
  virtual void rollback(std::size_t position) = 0;
  /// Most positions.
  [[nodiscard]] virtual std::size_t capacity() const = 0;
};

/// The names that make_device() knows.
const std::vector<std::string>& device_names();

/// `name` is DEVICE of the command line. Throws UserError for an unknown one, for a model without weights, and for a
/// capacity of zero or beyond the model's context.
std::unique_ptr<Device> make_device(const std::string& name, std::shared_ptr<const Model> model, ThreadPool& pool,
                                    std::size_t capacity);

}  // namespace godwit
