#pragma once
// Devices by name.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "runtime/device.h"
#include "runtime/open_model.h"

namespace godwit {

/// The names that make_device() knows, the usual one first.
const std::vector<std::string>& device_names();
inline constexpr const char* usual_card = "nano";

struct DeviceOptions {
  std::string device = device_names().front();
  // What an artefact has settled already, and the fp32 reference does not know; nothing: the usual.
  std::optional<std::string> card;             // name, or path of a .toml file
  std::optional<std::string> scheme;           // SCHEME of the command line
  std::optional<std::string> activations;      // "8", "15" or "auto"
  std::size_t context = 0;                     // positions; 0: the model's own, or as many as fit
  bool or_less = false;                        // fewer positions where the card holds no more
  std::function<void(double share)> progress;  // of compiling; may be empty
};

/// Throws UserError for an unknown name, options that the device or the artefact cannot have, a model without weights,
/// a context of more than the model's or the artefact's, and whatever the compiler refuses.
std::unique_ptr<Device> make_device(const OpenModel& model, const DeviceOptions& options, ThreadPool& pool);

/// The program of a checkpoint for the options' card, scheme, activations and context.
isa::Program compile_model(const Model& model, const DeviceOptions& options, ThreadPool& pool);

/// Most positions that a device for this model can have.
std::size_t most_context(const OpenModel& model);

}  // namespace godwit
