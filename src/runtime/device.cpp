#include "runtime/device.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/error.h"
#include "runtime/reference_device.h"

namespace godwit {

const std::vector<std::string>& device_names() {
  static const std::vector<std::string> names = {"fp32"};
  return names;
}

std::unique_ptr<Device> make_device(const std::string& name, std::shared_ptr<const Model> model, ThreadPool& pool,
                                    std::size_t capacity) {
  const auto& names = device_names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw UserError({.what = fmt::format("unknown device '{}'", name),
                     .where = "--device",
                     .expected = fmt::format("one of {}", fmt::join(names, ", ")),
                     .remedy = ""});
  }
  if (!model->has_weights) {
    throw UserError({.what = "this model has no weights to run with",
                     .where = model->config.name,
                     .expected = "a checkpoint, or a shape with random weights",
                     .remedy = "add a seed to the shape: shape:NAME?seed=1"});
  }
  if (capacity == 0 || capacity > model->config.context) {
    throw UserError({.what = fmt::format("a context of {} tokens cannot be had", capacity),
                     .where = model->config.name,
                     .expected = fmt::format("1 to {}, the model's own context", model->config.context),
                     .remedy = "give a --context within it"});
  }
  return std::make_unique<ReferenceDevice>(std::move(model), pool, capacity);
}

}  // namespace godwit
