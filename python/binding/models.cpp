// godwit.Model: a checkpoint, its tokens, and how it is compiled.

#include <pybind11/stl.h>

#include "base/error.h"
#include "binding.h"
#include "model/architecture_name.h"
#include "model/tokenizer/tokenizer.h"
#include "runtime/compile_model.h"

namespace godwit::python {
namespace {

std::shared_ptr<BoundModel> load(const std::string& name) {
  OpenModel opened;
  {
    const py::gil_scoped_release others;
    opened = open_model(name);
  }
  if (opened.program != nullptr) {
    throw UserError({.what = "this is an artefact, not a checkpoint",
                     .where = name,
                     .expected = "a Hugging Face folder, a .gguf file, 'embedded', or a shape",
                     .remedy = "open it with open_program"});
  }
  return std::make_shared<BoundModel>(BoundModel{std::move(opened)});
}

std::shared_ptr<BoundProgram> compile(const BoundModel& model, const std::string& card,
                                      const std::optional<std::string>& scheme, const std::string& activations,
                                      std::size_t context, int threads) {
  CompilationOptions options;
  options.card = card;
  options.scheme = scheme;
  options.activations = activations;
  options.context = context;
  const py::gil_scoped_release others;
  ThreadPool pool(threads);
  CompiledModel compiled = compile_and_report(*model.opened.model, options, pool);
  auto out = std::make_shared<BoundProgram>();
  out->opened = model.opened;
  out->opened.program = std::make_shared<const isa::Program>(std::move(compiled.program));
  out->source = model.opened.name;
  out->digits = std::move(compiled.digits);
  return out;
}

/// What a model and a program's model have in common.
template <class Bound>
void bind_description(py::class_<Bound, std::shared_ptr<Bound>>& type) {
  const auto number = [&](const char* name, std::size_t ModelConfig::* field, const char* text) {
    type.def_property_readonly(name, [field](const Bound& self) { return self.opened.model->config.*field; }, text);
  };
  type.def_property_readonly(
      "name", [](const Bound& self) { return self.opened.name; }, "As it was named when it was loaded.");
  number("layers", &ModelConfig::layers, "Transformer blocks.");
  number("hidden", &ModelConfig::hidden, "Width of the residual stream.");
  number("heads", &ModelConfig::heads, "Heads of the queries.");
  number("kv_heads", &ModelConfig::kv_heads, "Heads of the keys and values.");
  number("vocabulary", &ModelConfig::vocabulary, "Tokens that there are.");
  type.def(
      "encode",
      [](const Bound& self, const std::string& text, bool special) {
        return tokenizer_of(*self.opened.model).encode(text, special);
      },
      py::arg("text"), py::arg("special") = false,
      "Ids of a text; with special also what the tokenizer adds around one (BOS).");
  type.def(
      "decode",
      [](const Bound& self, const std::vector<int>& tokens, bool skip_special) {
        const Tokenizer& tokenizer = tokenizer_of(*self.opened.model);
        for (const int id : tokens) {
          require(id >= 0 && static_cast<std::size_t>(id) < tokenizer.vocabulary(), "an id outside of the vocabulary");
        }
        return tokenizer.decode(tokens, skip_special);
      },
      py::arg("tokens"), py::arg("skip_special") = false, "The text of ids.");
}

}  // namespace

const Tokenizer& tokenizer_of(const Model& model) {
  if (model.tokenizer) return *model.tokenizer;
  throw UserError({.what = "this model has no tokenizer, so it reads and writes no text",
                   .where = model.config.name,
                   .expected = "a checkpoint with one",
                   .remedy = "give ids of tokens instead of text"});
}

void bind_models(py::module_& module) {
  py::class_<BoundProgram, std::shared_ptr<BoundProgram>> program(
      module, "Program", "What the compiler makes and every executor runs: instructions and memory of one card.");
  bind_description(program);

  py::class_<BoundModel, std::shared_ptr<BoundModel>> model(
      module, "Model", "A checkpoint with its tokenizer, or a shape without weights.");
  bind_description(model);
  model.def_property_readonly(
      "architecture", [](const BoundModel& self) { return name_of(self.opened.model->config.architecture); },
      "'gpt2', 'llama' or 'opt'.");
  model.def_property_readonly(
      "context", [](const BoundModel& self) { return self.opened.model->config.context; }, "Most positions.");
  model.def_property_readonly(
      "parameters", [](const BoundModel& self) { return self.opened.model->parameters(); },
      "Weights, a tied head counted once.");
  model.def("compile", &compile, py::kw_only(), py::arg("card") = usual_card, py::arg("scheme") = py::none(),
            py::arg("activations") = "auto", py::arg("context") = 0, py::arg("threads") = 0,
            "Compile for a card: weights by scheme (None: as the checkpoint has them if it is quantised, else 'w8'), "
            "activations of '8' or '15' bits or what is measured to be enough ('auto'), for so many positions (0: "
            "the usual number), on so many threads (0: all).");
  model.def(
      "reference",
      [](const BoundModel& self, std::size_t context, int threads) {
        return make_bound_device(self.opened, "fp32", context, threads);
      },
      py::kw_only(), py::arg("context") = 0, py::arg("threads") = 0,
      "The fp32 reference as a device, for so many positions (0: all that the model has).");
  module.def("load", &load, py::arg("name"),
             "A Hugging Face folder, a .gguf file, a compressed checkpoint, 'embedded', or 'shape:NAME?seed=S'.");
}

}  // namespace godwit::python
