// godwit inspect: what a model is, and what one token of it costs. weight_bytes_per_token counts the matrices read for
// a token, head included: the machine's stream if the checkpoint is compressed, its own codes if it is quantised, else
// a byte a weight. macs_per_token counts the same matrices; attention adds attention_macs_per_context_token for every
// position of context.

#include <algorithm>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <map>

#include "base/record.h"
#include "cli/verbs.h"
#include "compress/stream_facts.h"
#include "model/architecture_name.h"
#include "runtime/open_model.h"

namespace godwit {
namespace {

const char* name_of(Activation activation) {
  switch (activation) {
    case Activation::gelu_tanh:
      return "gelu_tanh";
    case Activation::gelu_erf:
      return "gelu_erf";
    case Activation::relu:
      return "relu";
    case Activation::silu:
      return "silu";
  }
  return "";
}

const char* name_of(RopeScaling::Kind kind) {
  switch (kind) {
    case RopeScaling::Kind::none:
      return "default";
    case RopeScaling::Kind::linear:
      return "linear";
    case RopeScaling::Kind::dynamic:
      return "dynamic";
    case RopeScaling::Kind::yarn:
      return "yarn";
    case RopeScaling::Kind::llama3:
      return "llama3";
    case RopeScaling::Kind::longrope:
      return "longrope";
  }
  return "";
}

const Linear* as_linear(const Layer& layer) {
  return std::get_if<Linear>(&layer.operation);
}

// What the matrices of a model add up to.
struct MatrixTotals {
  std::size_t weights = 0;
  std::size_t stored_bytes = 0;
  bool quantised = false;
  std::map<std::string_view, std::size_t> bytes_by_type;
  std::optional<compress::StreamFacts> coded;  // of a compressed checkpoint

  /// Read for one token: the machine's stream, the checkpoint's own codes, or else a byte a weight (w8).
  [[nodiscard]] std::size_t bytes_per_token() const {
    if (coded) return coded->bytes;
    return quantised ? stored_bytes : weights;
  }
  [[nodiscard]] double mean_bits() const {
    return static_cast<double>(coded->code_bits) / static_cast<double>(coded->kept);
  }
  [[nodiscard]] double density() const {
    return static_cast<double>(coded->kept) / static_cast<double>(coded->weights);
  }
  /// The type of most bytes.
  [[nodiscard]] std::string_view main_type() const {
    return std::ranges::max_element(bytes_by_type, {}, [](const auto& entry) { return entry.second; })->first;
  }
};

MatrixTotals total_matrices(const Model& model) {
  MatrixTotals totals;
  for (const Layer& layer : model.layers) {
    const Linear* linear = as_linear(layer);
    if (linear == nullptr) continue;
    const Tensor& tensor = linear->weight.tensor;
    totals.weights += tensor.elements();
    totals.stored_bytes += tensor.bytes();
    totals.quantised = totals.quantised || is_quantised(tensor.type);
    totals.bytes_by_type[info(tensor.type).name] += tensor.bytes();
  }
  totals.coded = compress::coded_facts(model);
  return totals;
}

std::size_t total_macs(const Model& model, std::size_t context) {
  std::size_t sum = 0;
  for (const Layer& layer : model.layers) sum += macs(layer, context);
  return sum;
}

// The tensor that a layer reads, if any.
std::string tensor_text(const Layer& layer) {
  if (const Linear* linear = as_linear(layer)) return describe(linear->weight.tensor);
  if (const auto* table = std::get_if<Embedding>(&layer.operation)) return describe(table->table);
  if (const auto* table = std::get_if<PositionEmbedding>(&layer.operation)) return describe(table->table);
  if (const auto* norm = std::get_if<Norm>(&layer.operation)) return describe(norm->weight);
  return {};
}

std::string inputs_text(const Layer& layer) {
  std::string text;
  for (const Value& in : layer.inputs) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{}", in.layer);
    if (in.offset != 0) text += fmt::format("+{}", in.offset);
  }
  return text;
}

class Inspect : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "inspect"; }
  [[nodiscard]] const char* sentence() const override {
    return "Describe a model: its sizes, and the bytes and matrix operations of one token at context 0.";
  }
  void declare(Options& options) override {
    options.required("model", model_, "Hugging Face folder, .gguf or .godwit file, 'embedded' or 'shape:NAME'");
    options.flag("-l,--layers", list_layers_, "list the layers of the graph, too");
  }
  int run(const Common& common) override {
    const OpenModel opened = open_model(model_);
    const auto& model = opened.model;
    if (common.json) {
      Record out = record(*model);
      if (opened.program) out.set("program", program_record(*opened.program));
      fmt::print("{}\n", out.text());
    } else {
      print_table(*model, opened.program.get());
      if (list_layers_) print_layers(*model);
    }
    return 0;
  }

 private:
  [[nodiscard]] Record record(const Model& model) const {
    const ModelConfig& c = model.config;
    const MatrixTotals matrices = total_matrices(model);
    Record out;
    out.set("name", c.name).set("architecture", name_of(c.architecture)).set("parameters", model.parameters());
    out.set("layers", c.layers).set("hidden", c.hidden).set("heads", c.heads).set("kv_heads", c.kv_heads);
    out.set("head_dim", c.head_dim).set("intermediate", c.intermediate).set("vocabulary", c.vocabulary);
    out.set("context", c.context).set("weight_bytes_per_token", matrices.bytes_per_token());
    out.set("kv_bytes_per_context_token", 2 * c.layers * c.kv_heads * c.head_dim);
    out.set("macs_per_token", total_macs(model, 0));
    out.set("attention_macs_per_context_token", total_macs(model, 1) - total_macs(model, 0));
    out.set("has_weights", model.has_weights);
    if (model.has_weights) {
      out.set("dtype", matrices.main_type());
    } else {
      out.set_null("dtype");
    }
    if (matrices.coded) out.set("mean_bits", matrices.mean_bits()).set("density", matrices.density());
    if (c.transforms.rotation_seed) out.set("rotation_seed", *c.transforms.rotation_seed);
    if (c.transforms.smoothing) out.set("smoothing", *c.transforms.smoothing);
    out.set("quantised", matrices.quantised).set("tied_head", c.tied_head).set("activation", name_of(c.activation));
    if (c.architecture == Architecture::llama) {
      out.set("rope_type", name_of(c.rope_scaling.kind)).set("rope_theta", c.rope_theta);
    }
    out.set("end_tokens", std::span<const int>(c.end_tokens));
    out.set("tokenizer", model.tokenizer != nullptr).set("chat_template", !model.chat_template.empty());
    if (list_layers_) out.set("graph", layer_records(model));
    return out;
  }

  static Record program_record(const isa::Program& program) {
    Record out;
    out.set("card", program.card.name).set("positions", program.positions).set("chunk", program.chunk);
    out.set("fraction_bits", program.fraction_bits).set("instructions", program.instructions.size());
    out.set("matrices", program.descriptors.size()).set("schemes", schemes_of(program));
    out.set("channel_bytes", program.channel_bytes);
    return out;
  }

  /// "w8", "w4g64": those of its matrices, each once.
  static std::vector<std::string> schemes_of(const isa::Program& program) {
    std::vector<std::string> names;
    for (const isa::MatrixNote& matrix : program.matrices) {
      if (std::ranges::find(names, matrix.scheme) == names.end()) names.push_back(matrix.scheme);
    }
    return names;
  }

  static std::vector<Record> layer_records(const Model& model) {
    std::vector<Record> out;
    for (const Layer& layer : model.layers) {
      Record& one = out.emplace_back();
      one.set("name", layer.name).set("kind", kind_name(layer.operation)).set("block", layer.block);
      one.set("width", layer.width).set("inputs", inputs_text(layer)).set("tensor", tensor_text(layer));
      one.set("macs", macs(layer, 0));
    }
    return out;
  }

  static void print_table(const Model& model, const isa::Program* program) {
    const ModelConfig& c = model.config;
    const MatrixTotals matrices = total_matrices(model);
    const auto row = [](const char* label, const std::string& text) { fmt::print("{:<14}{}\n", label, text); };
    row("model", fmt::format("{} ({})", c.name, name_of(c.architecture)));
    row("parameters", fmt::format("{} ({:.1f} M)", model.parameters(), static_cast<double>(model.parameters()) * 1e-6));
    row("layers", fmt::format("{}, hidden {}, MLP {} ({})", c.layers, c.hidden, c.intermediate, name_of(c.activation)));
    row("heads", fmt::format("{} of {} dimensions, {} for keys and values", c.heads, c.head_dim, c.kv_heads));
    row("vocabulary", fmt::format("{}, the head {}", c.vocabulary,
                                  c.tied_head ? "is the embedding matrix" : "has a matrix of its own"));
    row("context", fmt::format("{} positions, {}", c.context, position_text(c)));
    row("weights", model.has_weights    ? std::string(matrices.main_type())
                   : program != nullptr ? fmt::format("{}, packed", fmt::join(schemes_of(*program), ", "))
                                        : "none: this is only a shape");
    if (matrices.coded) {
      row("codes", fmt::format("{:.3f} bits in the mean, {:.1f} % of the weights kept", matrices.mean_bits(),
                               100 * matrices.density()));
    }
    if (const std::string text = transforms_text(c.transforms); !text.empty()) row("transforms", text);
    row("end tokens", c.end_tokens.empty() ? "none" : fmt::format("{}", fmt::join(c.end_tokens, ", ")));
    row("one token",
        fmt::format("{} bytes of weights ({}), {} multiply-accumulates in matrices", matrices.bytes_per_token(),
                    matrices.quantised ? "its own codes" : "at w8", total_macs(model, 0)));
    row("its context",
        fmt::format("{} bytes of INT8 keys and values a position, {} multiply-accumulates in attention",
                    2 * c.layers * c.kv_heads * c.head_dim, total_macs(model, 1) - total_macs(model, 0)));
    if (program == nullptr) return;
    row("program", fmt::format("for card {}, {} instructions, {} positions, chunks of up to {} tokens",
                               program->card.name, program->instructions.size(), program->positions, program->chunk));
  }

  static std::string transforms_text(const Transforms& t) {
    std::vector<std::string> parts;
    if (t.rotation_seed) parts.push_back(fmt::format("rotated, seed {}", *t.rotation_seed));
    if (t.smoothing) parts.push_back(fmt::format("smoothed, strength {}", *t.smoothing));
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  static std::string position_text(const ModelConfig& c) {
    if (c.architecture != Architecture::llama) return "learned";
    if (c.rope_scaling.kind == RopeScaling::Kind::none) return fmt::format("rotary, theta {}", c.rope_theta);
    return fmt::format("rotary, theta {}, {} scaling", c.rope_theta, name_of(c.rope_scaling.kind));
  }

  static void print_layers(const Model& model) {
    std::size_t widest = 4;
    for (const Layer& layer : model.layers) widest = std::max(widest, layer.name.size());
    fmt::print("\n{:>4}  {:<{}}  {:<10}  {:>8}  {:<18}  {}\n", "", "name", widest, "kind", "width", "reads", "tensor");
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      const Layer& layer = model.layers[i];
      fmt::print("{:>4}  {:<{}}  {:<10}  {:>8}  {:<18}  {}\n", i, layer.name, widest, kind_name(layer.operation),
                 layer.width, inputs_text(layer), tensor_text(layer));
    }
  }

  std::string model_;
  bool list_layers_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_inspect_verb() {
  return std::make_unique<Inspect>();
}

}  // namespace godwit
