#pragma once
// Devices by name.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "runtime/compile_model.h"
#include "runtime/device.h"
#include "runtime/open_model.h"
#include "runtime/rtl_device.h"

namespace godwit {

/// The names that make_device() knows, the usual one first.
const std::vector<std::string>& device_names();

/// Card, scheme and activations are what an artefact has settled already, and the fp32 reference does not know. A
/// context of 0 is all that the device can have.
struct DeviceOptions : CompilationOptions {
  std::string device = device_names().front();
  std::optional<WaveformRequest> waveform = std::nullopt;  // of the verilated machine
};

/// Throws UserError for an unknown name, a waveform of another device than rtl, options that the device or the artefact
/// cannot have, a model without weights, a context of more than the model's or the artefact's, and whatever the
/// compiler refuses.
std::unique_ptr<Device> make_device(const OpenModel& model, const DeviceOptions& options, ThreadPool& pool);

/// Most positions that a device for this model can have.
std::size_t most_context(const OpenModel& model);

}  // namespace godwit
