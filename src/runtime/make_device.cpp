#include "runtime/make_device.h"

#include <algorithm>
#include <array>
#include <fmt/ranges.h>
#include <utility>

#include "base/error.h"
#include "runtime/cyclesim_device.h"
#include "runtime/golden_device.h"
#include "runtime/reference_device.h"
#include "runtime/rtl_device.h"

namespace godwit {
namespace {

constexpr const char* reference_name = "fp32";
constexpr const char* rtl_name = "rtl";
constexpr const char* cyclesim_name = "cyclesim";

std::unique_ptr<Device> make_machine(const DeviceOptions& options, std::shared_ptr<const isa::Program> program,
                                     ThreadPool& pool, std::size_t positions) {
  if (options.device == rtl_name) return make_rtl_device(program, pool, positions, options.waveform);
  if (options.device == cyclesim_name) return make_cyclesim_device(program, pool, positions);
  return std::make_unique<GoldenDevice>(std::move(program), pool, positions);
}

/// The first of the options that say how to compile, if any is given.
std::optional<std::string> compile_option(const DeviceOptions& options) {
  const std::array<std::pair<const char*, const std::optional<std::string>*>, 3> all = {
      {{"--card", &options.card}, {"--scheme", &options.scheme}, {"--activations", &options.activations}}};
  for (const auto& [name, value] : all) {
    if (*value) return fmt::format("{} {}", name, **value);
  }
  return std::nullopt;
}

void refuse_compile_options(const DeviceOptions& options, const char* what, const char* remedy) {
  if (const auto given = compile_option(options)) {
    throw UserError(
        {.what = what, .where = *given, .expected = "none of --card, --scheme, --activations", .remedy = remedy});
  }
}

void check_name(const std::string& name) {
  const auto& names = device_names();
  if (std::ranges::find(names, name) != names.end()) return;
  throw UserError({.what = fmt::format("unknown device '{}'", name),
                   .where = "--device",
                   .expected = fmt::format("one of {}", fmt::join(names, ", ")),
                   .remedy = "golden is the usual one"});
}

void check_weights(const OpenModel& model) {
  if (model.model->has_weights) return;
  if (model.program != nullptr) {
    throw UserError({.what = "an artefact holds a program, and no weights in fp32",
                     .where = model.name,
                     .expected = fmt::format("a checkpoint for --device {}", reference_name),
                     .remedy = "take another device, or the checkpoint that the artefact was compiled from"});
  }
  throw UserError({.what = "this model has no weights to run with",
                   .where = model.model->config.name,
                   .expected = "a checkpoint, or a shape with random weights",
                   .remedy = "add a seed to the shape: shape:NAME?seed=1"});
}

std::size_t checked_context(const OpenModel& model, std::size_t context) {
  const std::size_t most = most_context(model);
  if (context == 0) return most;
  if (context <= most) return context;
  throw UserError(
      {.what = fmt::format("a context of {} tokens cannot be had", context),
       .where = model.model->config.name,
       .expected = fmt::format("1 to {}, the {} own context", most, model.program ? "artefact's" : "model's"),
       .remedy = model.program ? "compile it again with a larger --context" : "give a --context within it"});
}

}  // namespace

const std::vector<std::string>& device_names() {
  static const std::vector<std::string> names = {"golden", reference_name, rtl_name, cyclesim_name};
  return names;
}

std::size_t most_context(const OpenModel& model) {
  return model.program ? std::min<std::size_t>(model.program->positions, model.model->config.context)
                       : model.model->config.context;
}

std::unique_ptr<Device> make_device(const OpenModel& model, const DeviceOptions& options, ThreadPool& pool) {
  check_name(options.device);
  if (options.waveform && options.device != rtl_name) {
    throw UserError({.what = fmt::format("the device {} has no signals to draw", options.device),
                     .where = "--trace",
                     .expected = fmt::format("--device {}", rtl_name),
                     .remedy = "leave out --trace, or run the machine itself"});
  }
  const std::size_t context = checked_context(model, options.context);
  if (options.device == reference_name) {
    refuse_compile_options(options, "the fp32 device runs the checkpoint's own weights", "leave it out");
    check_weights(model);
    return std::make_unique<ReferenceDevice>(model.model, pool, context);
  }
  if (!model.only_length.empty()) {
    throw UserError({.what = fmt::format("the artefact has the program of length {} alone", model.only_length),
                     .where = model.name,
                     .expected = "the program of all lengths",
                     .remedy = "compile it without --at"});
  }
  if (model.program != nullptr) {
    refuse_compile_options(options, "an artefact is compiled already", "leave it out, or compile the checkpoint anew");
    return make_machine(options, model.program, pool, context);
  }
  check_weights(model);
  auto settled = static_cast<const CompilationOptions&>(options);
  // Room for the text on which digits are chosen costs nothing here, and spares compiling for it apart.
  if (options.or_less) settled.context = std::max(context, std::min(calibration_length, most_context(model)));
  auto program = std::make_shared<const isa::Program>(compile_model(*model.model, settled, pool));
  const std::size_t positions = std::min<std::size_t>(context, program->positions);
  return make_machine(options, std::move(program), pool, positions);
}

}  // namespace godwit
