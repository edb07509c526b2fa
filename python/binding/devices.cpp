// godwit.Device: what runs tokens, and what is asked of it: logits, text, how well it predicts.

#include <functional>
#include <optional>
#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <span>
#include <variant>

#include "base/error.h"
#include "binding.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/comparison.h"
#include "runtime/make_device.h"
#include "runtime/session.h"

namespace godwit::python {
namespace {

/// Logits of their own, which Python reads as a buffer: [tokens][vocabulary], float32.
struct Logits {
  std::vector<float> values;
  std::size_t tokens = 0;
  std::size_t vocabulary = 0;
};

Logits feed(BoundDevice& self, const std::vector<int>& tokens, bool all) {
  require(!tokens.empty(), "at least one token is fed");
  const Claim claim(self);
  const py::gil_scoped_release others;
  const std::span<const float> out = self.device->feed(tokens, all);
  const std::size_t rows = all ? tokens.size() : 1;
  return {.values = {out.begin(), out.end()}, .tokens = rows, .vocabulary = out.size() / rows};
}

void rollback(BoundDevice& self, std::size_t position) {
  const Claim claim(self);
  require(position <= self.device->position(), "a device can only be rolled back");
  self.device->rollback(position);
}

std::vector<int> prompt_of(const BoundDevice& self, const std::variant<std::string, std::vector<int>>& prompt) {
  if (const auto* ids = std::get_if<std::vector<int>>(&prompt)) return *ids;
  return tokenizer_of(*self.model).encode(std::get<std::string>(prompt), true);
}

/// How to sample, with what godwit run has where nothing is said.
struct Wishes {
  std::size_t count;
  double temperature;
  int top_k;
  double top_p;
  double repeat_penalty;
  int repeat_last;
  std::uint64_t seed;
  std::vector<std::string> stops;
  bool ignore_end;

  [[nodiscard]] GenerationOptions checked() const {
    require(temperature >= 0 && temperature <= 100, "a temperature is 0 to 100");
    require(top_k >= 0, "top_k is 0 or more");
    require(top_p >= 0 && top_p <= 1, "top_p is 0 to 1");
    require(repeat_penalty >= 0.01 && repeat_penalty <= 100, "repeat_penalty is 0.01 to 100");
    require(repeat_last >= -1, "repeat_last is -1 or more");
    for (const std::string& stop : stops) require(!stop.empty(), "an empty text cannot stop anything");
    return {.most_tokens = count,
            .ignore_end = ignore_end,
            .stops = stops,
            .sampling = {.temperature = temperature,
                         .top_k = top_k,
                         .top_p = top_p,
                         .repeat_penalty = repeat_penalty,
                         .repeat_last = repeat_last,
                         .seed = seed}};
  }
};

/// From position 0. Between two tokens Python may be interrupted, and hears the text so far.
Generation generate_on(BoundDevice& self, const std::vector<int>& prompt, const GenerationOptions& options,
                       const std::optional<std::function<void(std::string)>>& stream) {
  std::atomic<bool> interrupt = false;
  std::exception_ptr raised;
  const auto listen = [&](std::string_view text) {
    const py::gil_scoped_acquire python;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (stream) (*stream)(std::string(text));
    } catch (...) {
      raised = std::current_exception();
      interrupt = true;
    }
  };
  Generation out;
  {
    const Claim claim(self);
    const py::gil_scoped_release others;
    self.device->rollback(0);
    out = generate(*self.model, *self.device, prompt, options, listen, interrupt);
  }
  if (raised) std::rethrow_exception(raised);
  return out;
}

std::size_t checked_window(const BoundDevice& self, const std::vector<int>& tokens, std::size_t window) {
  require(tokens.size() >= 2, "a text of one token predicts nothing");
  require(window == 0 || window >= 2, "a window is at least two tokens");
  const std::size_t most = self.device->capacity() + 1;
  const std::size_t asked = window == 0 ? std::min(tokens.size(), most) : window;
  require(asked <= most, "a window is at most one token longer than the device's capacity");
  return asked;
}

double perplexity(BoundDevice& self, const std::vector<int>& tokens, std::size_t window) {
  const std::size_t length = checked_window(self, tokens, window);
  const Claim claim(self);
  const py::gil_scoped_release others;
  return score_text(*self.device, tokens, length, *self.pool, [](std::size_t) {}).perplexity();
}

py::dict compare(BoundDevice& self, BoundDevice& reference, const std::vector<int>& tokens, std::size_t window) {
  require(&self != &reference, "a device is compared with another");
  require(self.model->config.vocabulary == reference.model->config.vocabulary, "the vocabularies differ");
  const std::size_t length = std::min(checked_window(self, tokens, window), checked_window(reference, tokens, window));
  Comparison c;
  {
    const Claim claim(self);
    const Claim other(reference);
    const py::gil_scoped_release others;
    c = compare_text(*reference.device, *self.device, tokens, length, *self.pool, [](std::size_t) {});
  }
  py::dict out;
  out["perplexity"] = c.device.perplexity();
  out["perplexity_reference"] = c.reference.perplexity();
  out["kl_divergence"] = c.mean_divergence();
  out["greedy_agreement"] = c.agreement();
  out["tokens"] = c.device.tokens;
  return out;
}

py::object simulation(const BoundDevice& self) {
  const Simulation* s = self.device->simulation();
  if (s == nullptr) return py::none();
  py::dict out;
  out["cycles"] = s->cycles;
  out["seconds"] = s->seconds;
  out["frequency_mhz"] = s->frequency_mhz;
  out["mismatches"] = s->mismatches;
  out["first_mismatches"] = s->first_mismatches;
  return out;
}

void bind_logits(py::module_& module) {
  py::class_<Logits>(module, "Logits", py::buffer_protocol(),
                     "Logits of one token or several: a buffer of float32, [tokens][vocabulary], that numpy.asarray "
                     "takes as it is.")
      .def_buffer([](Logits& self) {
        return py::buffer_info(self.values.data(), {self.tokens, self.vocabulary},
                               {sizeof(float) * self.vocabulary, sizeof(float)});
      })
      .def_property_readonly(
          "shape", [](const Logits& self) { return py::make_tuple(self.tokens, self.vocabulary); },
          "Tokens and vocabulary.")
      .def(
          "row",
          [](const Logits& self, std::size_t token) {
            if (token >= self.tokens) throw py::index_error("a row is that of a token that was asked for");
            const auto* first = self.values.data() + token * self.vocabulary;
            return std::vector<float>(first, first + self.vocabulary);
          },
          py::arg("token") = 0, "The logits after one token, as a list.");
}

void bind_generation(py::module_& module) {
  py::class_<Generation>(module, "Generation", "What a device wrote, and how long it took.")
      .def_readonly("tokens", &Generation::tokens, "Ids without the prompt and the end token.")
      .def_readonly("text", &Generation::text, "Their text; empty for a model without a tokenizer.")
      .def_property_readonly(
          "end", [](const Generation& self) { return std::string(end_name(self.end)); },
          "'count', 'end_token', 'stop_text', 'context' or 'interrupted'.")
      .def_readonly("prefill_ms", &Generation::prefill_ms, "Of the prompt, on this computer.")
      .def_readonly("token_ms", &Generation::token_ms, "Of each token after the first, on this computer.")
      .def_readonly("prefill_cycles", &Generation::prefill_cycles, "Of a simulated machine until the first token.")
      .def_readonly("token_cycles", &Generation::token_cycles, "Of a simulated machine for the tokens after it.");
}

}  // namespace

std::shared_ptr<BoundDevice> make_bound_device(const OpenModel& opened, const std::string& name, std::size_t context,
                                               int threads) {
  auto out = std::make_shared<BoundDevice>();
  DeviceOptions options;
  options.device = name;
  options.context = context;
  const py::gil_scoped_release others;
  out->name = name;
  out->model = opened.model;
  out->pool = std::make_unique<ThreadPool>(threads);
  out->device = make_device(opened, options, *out->pool);
  return out;
}

void bind_devices(py::module_& module) {
  bind_logits(module);
  bind_generation(module);
  const Wishes usual{.count = GenerationOptions{}.most_tokens,
                     .temperature = SamplingOptions{}.temperature,
                     .top_k = SamplingOptions{}.top_k,
                     .top_p = SamplingOptions{}.top_p,
                     .repeat_penalty = SamplingOptions{}.repeat_penalty,
                     .repeat_last = SamplingOptions{}.repeat_last,
                     .seed = SamplingOptions{}.seed,
                     .stops = {},
                     .ignore_end = false};
  py::class_<BoundDevice, std::shared_ptr<BoundDevice>>(
      module, "Device", "What runs a model: one sequence, whose position goes forward by what is fed.")
      .def_readonly("name", &BoundDevice::name, "'golden', 'fp32' or 'cyclesim'.")
      .def_property_readonly(
          "position", [](const BoundDevice& self) { return self.device->position(); },
          "Tokens fed and not rolled back.")
      .def_property_readonly(
          "capacity", [](const BoundDevice& self) { return self.device->capacity(); }, "Most positions.")
      .def_property_readonly(
          "saturations", [](const BoundDevice& self) { return self.device->saturations(); },
          "Numbers that were cut to their range so far.")
      .def_property_readonly(
          "simulation", &simulation,
          "Cycles of a simulated machine so far and what simulating them took, as a dict; None of other devices.")
      .def("feed", &feed, py::arg("tokens"), py::arg("all") = false,
           "Run tokens from the present position; the logits after the last, or after each.")
      .def("rollback", &rollback, py::arg("position"), "Go back to an earlier position.")
      .def(
          "generate",
          [](BoundDevice& self, const std::variant<std::string, std::vector<int>>& prompt, std::size_t count,
             double temperature, int top_k, double top_p, double repeat_penalty, int repeat_last, std::uint64_t seed,
             const std::vector<std::string>& stops, bool ignore_end,
             const std::optional<std::function<void(std::string)>>& stream) {
            const Wishes wishes{count, temperature, top_k, top_p, repeat_penalty, repeat_last, seed, stops, ignore_end};
            return generate_on(self, prompt_of(self, prompt), wishes.checked(), stream);
          },
          py::arg("prompt"), py::arg("count") = usual.count, py::kw_only(), py::arg("temperature") = usual.temperature,
          py::arg("top_k") = usual.top_k, py::arg("top_p") = usual.top_p,
          py::arg("repeat_penalty") = usual.repeat_penalty, py::arg("repeat_last") = usual.repeat_last,
          py::arg("seed") = usual.seed, py::arg("stops") = usual.stops, py::arg("ignore_end") = usual.ignore_end,
          py::arg("stream") = py::none(),
          "Go back to position 0, run a prompt (text or ids) and go on for at most count tokens, as godwit run does; "
          "temperature 0 is greedy. stream hears the text as it comes.")
      .def("perplexity", &perplexity, py::arg("tokens"), py::arg("window") = 0,
           "Of a text's tokens, in windows side by side (0: as long as the device can).")
      .def("compare", &compare, py::arg("reference"), py::arg("tokens"), py::arg("window") = 0,
           "Perplexity of both, KL divergence from the reference in nats a token, and greedy agreement, as a dict.");
}

}  // namespace godwit::python
