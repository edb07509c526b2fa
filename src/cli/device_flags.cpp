#include "cli/device_flags.h"

#include <algorithm>
#include <fmt/format.h>

namespace godwit {

void DeviceFlags::declare(Options& into) {
  into.choice("--device", options.device, device_names(), "what computes");
  declare_compilation(into);
}

void DeviceFlags::declare_compilation(Options& into) {
  into.optional_text("--card", options.card,
                     std::string("the machine: a name that godwit cards lists, or a .toml file [") + usual_card + "]");
  into.optional_text(
      "--scheme", options.scheme,
      "of the weights: w8, w6, w5, w4, w3, w2, with a group (w4g32), a sparsity (w4-n8, w4-2:4), or keep; a shape "
      "without weights also a mean (w3.5-4:2); "
      "or a recipe.json that godwit compress wrote "
      "[keep if the checkpoint is quantised, else w8]");
  into.optional_text("--activations", options.activations,
                     "bits of the activations: 8, 15, or auto for each matrix [auto]");
}

void CompileProgress::Line::at(double share) {
  const auto percent = static_cast<std::size_t>(100 * std::clamp(share, 0.0, 1.0));
  if (percent <= drawn) return;
  progress.add(percent - drawn);
  drawn = percent;
}

void CompileProgress::listen(CompilationOptions& options) {
  options.progress = [this](double share) { packing_.at(share); };
  options.calibration = [this](double share) { digits_.at(share); };
}

std::unique_ptr<Device> make_device_visibly(const OpenModel& model, DeviceOptions options, const Common& common,
                                            ThreadPool& pool) {
  CompileProgress progress(!common.quiet);
  progress.listen(options);
  return make_device(model, options, pool);
}

int exit_code(const Device& device, bool quiet) {
  const Simulation* simulation = device.simulation();
  if (simulation == nullptr || simulation->mismatches == 0) return 0;
  if (!quiet)
    fmt::print(stderr, "the machine differs from golden:\n  {}\n", fmt::join(simulation->first_mismatches, "\n  "));
  return 1;
}

}  // namespace godwit
