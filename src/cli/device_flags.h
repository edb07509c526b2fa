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

/// Progress lines for compiling and for what is measured after it. Let it listen, and let it go when the work is done.
class CompileProgress {
 public:
  explicit CompileProgress(bool enabled)
      : packing_(enabled, "compiling, percent"), digits_(enabled, "choosing digits of activations, percent") {}
  void listen(CompilationOptions& options);

 private:
  struct Line {
    Line(bool enabled, const char* label) : progress(100, label, enabled) {}
    void at(double share);
    Progress progress;
    std::size_t drawn = 0;
  };
  Line packing_;
  Line digits_;
};

/// make_device() with its progress on the terminal.
std::unique_ptr<Device> make_device_visibly(const OpenModel& model, DeviceOptions options, const Common& common,
                                            ThreadPool& pool);

/// What a verb that ran on `device` ends with: 1 where a simulated machine did not do what golden does, and says so
/// unless `quiet`; else 0.
int exit_code(const Device& device, bool quiet);

}  // namespace godwit
