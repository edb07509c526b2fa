#pragma once
// The options that say what computes: shared by run, ppl and compile.

#include <optional>
#include <string>

#include "base/progress.h"
#include "cli/verb.h"
#include "runtime/make_device.h"

namespace godwit {

struct DeviceFlags {
  DeviceOptions options;

  /// --device, --card, --scheme and --activations.
  void declare(Options& into);
  /// Those without --device, for what only compiles.
  void declare_compilation(Options& into);
};

/// A progress line for compiling. Give its listener to DeviceOptions, and let it go when the work is done.
class CompileProgress {
 public:
  explicit CompileProgress(bool enabled) : progress_(100, "compiling, percent", enabled) {}
  [[nodiscard]] std::function<void(double)> listener();

 private:
  Progress progress_;
  std::size_t drawn_ = 0;
};

/// make_device() with its progress on the terminal.
std::unique_ptr<Device> make_device_visibly(const OpenModel& model, DeviceOptions options, const Common& common,
                                            ThreadPool& pool);

/// What a verb that ran on `device` ends with: 1 where a simulated machine did not do what golden does, and says so
/// unless `quiet`; else 0.
int exit_code(const Device& device, bool quiet);

}  // namespace godwit
