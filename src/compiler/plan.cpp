#include "compiler/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "base/error.h"
#include "compiler/mean_widths.h"
#include "compress/row_order.h"
#include "isa/program.h"

namespace godwit::compiler {
namespace {

isa::Activation function_of(Activation function) {
  switch (function) {
    case Activation::gelu_tanh:
      return isa::Activation::gelu_tanh;
    case Activation::gelu_erf:
      return isa::Activation::gelu_erf;
    case Activation::relu:
      return isa::Activation::relu;
    case Activation::silu:
      return isa::Activation::silu;
  }
  panic("an activation without a function");
}

[[noreturn]] void refuse(const std::string& what, const std::string& where, const std::string& expected) {
  throw UserError({.what = what, .where = where, .expected = expected, .remedy = "run it with --device fp32"});
}

template <class T>
decltype(auto) at(T& list, int index) {
  return list[static_cast<std::size_t>(index)];
}

/// Where the queries, keys or values of an attention come from.
struct Projection {
  int layer = -1;  // the linear one
  std::size_t offset = 0;
  const Rope* rope = nullptr;
};

class Planner {
 public:
  Planner(const Model& model, const CompileOptions& options, int slices)
      : model_(model), options_(options), slices_(slices), consumers_(model.layers.size()), done_(model.layers.size()) {
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      for (const Value& input : model.layers[i].inputs) at(consumers_, input.layer).push_back(static_cast<int>(i));
    }
    plan_.blocks.resize(model.config.layers);
  }

  Plan plan() {
    for (int i = 0; i < static_cast<int>(model_.layers.size()); ++i) {
      if (!at(done_, i)) visit(i);
    }
    if (options_.scheme.mean) deal_widths(plan_, options_.scheme, slices_, two_digits());
    const auto same = [&](const Section& block) {
      const Section& first = plan_.blocks.front();
      return block.steps == first.steps &&
             std::ranges::equal(block.buffers, first.buffers,
                                [](const auto& a, const auto& b) { return alike(a, b); }) &&
             block.matrices.size() == first.matrices.size() && block.norms.size() == first.norms.size();
    };
    plan_.alike = plan_.blocks.size() > 1 && std::ranges::all_of(plan_.blocks, same);
    return std::move(plan_);
  }

 private:
  const Layer& layer(int index) const { return at(model_.layers, index); }

  // ---- where things go

  /// Of the section that layer `index` belongs to.
  Section& section(int index) { return layer(index).block < 0 ? plan_.shared : at(plan_.blocks, layer(index).block); }
  std::vector<Step>& steps(int index) {
    if (layer(index).block >= 0) return section(index).steps;
    if (std::holds_alternative<Linear>(layer(index).operation) && std::get<Linear>(layer(index).operation).head) {
      return plan_.head;
    }
    return blocks_begun_ ? plan_.after : plan_.before;
  }
  template <class T>
  Ref add(std::vector<T>& list, int index, T item) {
    list.push_back(std::move(item));
    return {.local = layer(index).block >= 0, .index = static_cast<int>(list.size()) - 1};
  }
  Ref new_buffer(int index, std::string name, std::size_t width, Buffer::Kind kind = Buffer::Kind::reals) {
    return add(section(index).buffers, index, {.kind = kind, .name = std::move(name), .width = width});
  }
  /// The result of layer `index` takes the place of `value` where nothing reads that afterwards.
  Ref in_place(int index, int value, std::size_t width) {
    const bool last = std::ranges::max(at(consumers_, value)) == index;
    const Ref ref = reals(value);
    return last && layer(value).width == width ? ref : new_buffer(index, layer(index).name, width);
  }
  Ref reals(int value) const {
    const auto found = reals_.find(value);
    ensure(found != reals_.end(), "a step reads what no step gave");
    return found->second;
  }
  void give(int index, Ref ref) {
    reals_[index] = ref;
    at(done_, index) = true;
  }
  int only_input(int index) const {
    const Value& input = layer(index).inputs.front();
    ensure(input.offset == 0 && input.width == layer(input.layer).width, "a step reads a whole value");
    return input.layer;
  }

  /// The digits of a value, cut once for all matrices of its section that read it.
  Ref digits(int value, int reader) {
    const auto key = std::pair(value, layer(reader).block);
    if (const auto found = digits_.find(key); found != digits_.end()) return found->second;
    const bool two = two_digits();
    const Ref to = new_buffer(reader, layer(value).name + ".digits", layer_width(value),
                              two ? Buffer::Kind::two_digits : Buffer::Kind::one_digit);
    (layer(reader).block >= 0 ? section(reader).steps
     : blocks_begun_          ? plan_.after
                              : plan_.before)
        .emplace_back(step::Quantise{.from = reals(value), .to = to, .two_digits = two});
    return digits_[key] = to;
  }
  bool two_digits() const { return options_.activations == ActivationDigits::a15; }

  /// Reals a token of a value in the vector memory: heads are filled up to whole blocks.
  std::size_t layer_width(int value) const {
    const auto* attention = std::get_if<Attention>(&layer(value).operation);
    return attention != nullptr ? attention->heads * padded(attention->head_dim) : layer(value).width;
  }
  static std::size_t padded(std::size_t head_dim) { return compress::padded_head(head_dim); }

  // ---- matrices

  /// Of the section of layer `index`.
  Ref new_matrix(int index, MatrixSource source) {
    const Coding coding = coding_of(source, options_.scheme);
    const isa::Descriptor descriptor = describe(source, coding, slices_, two_digits());
    return add(section(index).matrices, index,
               {.source = std::move(source), .coding = coding, .descriptor = descriptor});
  }

  MatrixSource linear_source(int index) const {
    const auto& linear = std::get<Linear>(layer(index).operation);
    MatrixSource source = plain_source(layer(index).name, linear.weight, linear.bias);
    const auto* attention = std::get_if<Attention>(&layer(only_input(index)).operation);
    if (attention == nullptr || padded(attention->head_dim) == attention->head_dim) return source;
    for (std::size_t h = 0; h < attention->heads; ++h) {
      for (std::size_t d = 0; d < padded(attention->head_dim); ++d) {
        const bool there = d < attention->head_dim;
        source.columns.push_back(there ? static_cast<std::int32_t>(h * attention->head_dim + d) : -1);
      }
    }
    return source;
  }

  // ---- layers

  void visit(int index) {
    if (layer(index).block >= 0) blocks_begun_ = true;
    std::visit([&](const auto& operation) { plan_layer(index, operation); }, layer(index).operation);
  }

  void plan_layer(int index, const Embedding& embedding) {
    plan_.embedding = embedding.table;
    const Ref to = new_buffer(index, layer(index).name, layer(index).width);
    steps(index).emplace_back(step::Embed{.to = to});
    give(index, to);
  }

  void plan_layer(int index, const PositionEmbedding& position) {
    plan_.positions = position.table;
    plan_.position_offset = position.offset;
    const int input = only_input(index);
    const Ref from = reals(input);
    const Ref to = in_place(index, input, layer(index).width);
    steps(index).emplace_back(step::Position{.from = from, .to = to});
    give(index, to);
  }

  void plan_layer(int index, const Norm& norm) {
    const int input = only_input(index);
    const Ref from = reals(input);
    const Ref to = in_place(index, input, layer(index).width);
    constexpr std::size_t most_width = std::size_t{1} << 14;
    if (layer(index).width > most_width) {
      refuse(fmt::format("a norm of {} reals", layer(index).width), layer(index).name,
             fmt::format("at most {}", most_width));
    }
    const double epsilon = std::ldexp(norm.epsilon, 32);
    if (epsilon >= std::ldexp(1, 32)) {
      refuse(fmt::format("the epsilon of a norm is {}", norm.epsilon), layer(index).name, "less than 1");
    }
    const Ref ref = add(section(index).norms, index,
                        {.name = layer(index).name,
                         .weight = norm.weight,
                         .bias = norm.bias,
                         .biased = norm.kind == Norm::Kind::layer});
    steps(index).emplace_back(
        step::Norm{.norm = ref,
                   .from = from,
                   .to = to,
                   .kind = norm.kind == Norm::Kind::layer ? isa::Norm::layer : isa::Norm::rms,
                   .epsilon = static_cast<std::uint32_t>(std::min(std::nearbyint(epsilon), 4294967295.0))});
    give(index, to);
  }

  void plan_layer(int index, const Linear& linear) {
    if (linear.head) {
      const Ref from = digits(only_input(index), index);
      const Ref matrix = new_matrix(index, linear_source(index));
      steps(index).emplace_back(step::Head{.matrix = matrix, .from = from});
      at(done_, index) = true;
      return;
    }
    const bool for_attention = std::ranges::any_of(at(consumers_, index), [&](int reader) {
      return std::holds_alternative<Rope>(layer(reader).operation) ||
             std::holds_alternative<Attention>(layer(reader).operation);
    });
    if (for_attention) return;  // together, when attention comes
    const int input = only_input(index);
    const Ref from = digits(input, index);
    step::Product product{.matrix = new_matrix(index, linear_source(index)), .from = from, .to = {}, .other = {}};
    int last = index;
    if (const auto* activate = next<Activate>(last)) {
      product.activation = function_of(activate->function);
      last = at(consumers_, last).front();
    }
    const bool adds = next<Add>(last) != nullptr;
    if (adds || next<Multiply>(last) != nullptr) {
      const int sum = at(consumers_, last).front();
      const Layer& combination = layer(sum);
      const int other = combination.inputs[combination.inputs[0].layer == last ? 1 : 0].layer;
      if (reals_.contains(other)) {
        product.combine = adds ? isa::Combine::add : isa::Combine::multiply;
        product.other = reals(other);
        product.to = in_place(sum, other, combination.width);
        last = sum;
      }
    }
    if (product.combine == isa::Combine::none) product.to = new_buffer(index, layer(last).name, layer(index).width);
    steps(index).emplace_back(product);
    for (int i = index; i != last; i = at(consumers_, i).front()) at(done_, i) = true;
    give(last, product.to);
  }

  /// The one layer that reads layer `index`, if it is of this kind.
  template <class Kind>
  const Kind* next(int index) const {
    const auto& readers = at(consumers_, index);
    return readers.size() == 1 ? std::get_if<Kind>(&layer(readers.front()).operation) : nullptr;
  }

  void plan_layer(int /*index*/, const Rope& /*rope*/) {}  // when attention comes

  void plan_layer(int index, const Activate& activate) {
    const int input = only_input(index);
    combine(index, function_of(activate.function), isa::Combine::none, input, input);
  }
  void plan_layer(int index, const Multiply& /*multiply*/) { combine_inputs(index, isa::Combine::multiply); }
  void plan_layer(int index, const Add& /*add*/) { combine_inputs(index, isa::Combine::add); }
  void combine_inputs(int index, isa::Combine how) {
    combine(index, isa::Activation::none, how, layer(index).inputs[0].layer, layer(index).inputs[1].layer);
  }
  void combine(int index, isa::Activation activation, isa::Combine how, int first, int second) {
    const Ref from = reals(first);
    const Ref other = reals(second);
    const Ref to = in_place(index, first, layer(index).width);
    steps(index).emplace_back(
        step::Combine{.activation = activation, .combine = how, .from = from, .other = other, .to = to});
    give(index, to);
  }

  // ---- attention

  Projection projection(const Value& value) const {
    Projection from{.layer = value.layer, .offset = value.offset};
    from.rope = std::get_if<Rope>(&layer(value.layer).operation);
    if (from.rope != nullptr) {
      from.layer = layer(value.layer).inputs.front().layer;
      from.offset += layer(value.layer).inputs.front().offset;
    }
    if (!std::holds_alternative<Linear>(layer(from.layer).operation)) {
      refuse("queries, keys or values are not what a matrix gives", layer(value.layer).name, "a matrix");
    }
    return from;
  }

  void add_rows(MatrixSource& source, const Projection& from, std::size_t heads, std::size_t head_dim, double factor) {
    const auto& linear = std::get<Linear>(layer(from.layer).operation);
    const auto part = static_cast<std::int32_t>(source.parts.size());
    source.parts.push_back({.weight = linear.weight, .bias = linear.bias, .factor = factor});
    for (std::size_t h = 0; h < heads; ++h) {
      for (std::size_t d = 0; d < padded(head_dim); ++d) {
        SourceRow row;
        if (d < head_dim) {
          row.part = part;
          row.row = static_cast<std::uint32_t>(from.offset + h * head_dim + compress::head_dimension(from.rope, d));
        }
        source.rows.push_back(row);
      }
    }
  }

  void plan_layer(int index, const Attention& attention) {
    const Projection q = projection(layer(index).inputs[0]);
    const Projection k = projection(layer(index).inputs[1]);
    const Projection v = projection(layer(index).inputs[2]);
    const int input = only_input(k.layer);
    if (only_input(q.layer) != input || only_input(v.layer) != input || v.rope != nullptr ||
        (q.rope == nullptr) != (k.rope == nullptr)) {
      refuse("queries, keys and values are not made alike", layer(index).name, "three products of the same vector");
    }
    AttentionShape shape{.heads = static_cast<std::uint32_t>(attention.heads),
                         .kv_heads = static_cast<std::uint32_t>(attention.kv_heads),
                         .head_dim = static_cast<std::uint32_t>(padded(attention.head_dim)),
                         .turned_dim = static_cast<std::uint32_t>(q.rope != nullptr ? q.rope->turned_dim : 0)};
    check_attention(index, shape);
    const Ref from = digits(input, index);
    step::Attend attend{.matrices = {}, .from = from, .to = {}};
    auto ref = attend.matrices.begin();
    for (const std::string_view letters : attention_matrices_of(shape)) {
      MatrixSource source;
      source.name = fmt::format("{}.{}", layer(index).name, letters);
      source.inputs = layer(input).width;
      for (const char letter : letters) {
        if (letter == 'k') add_rows(source, k, attention.kv_heads, attention.head_dim, 1);
        if (letter == 'v') add_rows(source, v, attention.kv_heads, attention.head_dim, 1);
        // Scores come out in base 2.
        if (letter == 'q')
          add_rows(source, q, attention.heads, attention.head_dim, attention.scale * std::numbers::log2e);
      }
      ref = std::fill_n(ref, letters.size(), new_matrix(index, std::move(source)));
    }
    attend.to = new_buffer(index, layer(index).name, layer_width(index));
    steps(index).emplace_back(attend);
    give(index, attend.to);
  }

  /// As many matrices as make no slice read more block rows than one would: keys and values are on their way to the
  /// cache while the matrices behind theirs go by.
  std::vector<std::string_view> attention_matrices_of(const AttentionShape& shape) const {
    const auto block_rows = [&](std::string_view letters) {
      std::uint32_t rows = 0;
      for (const char letter : letters) rows += letter == 'q' ? shape.query_rows() : shape.kv_rows();
      const std::uint32_t at_once = static_cast<std::uint32_t>(slices_) * isa::block_rows;
      return (rows + at_once - 1) / at_once;
    };
    const std::uint32_t least = block_rows("kvq");
    if (block_rows("k") + block_rows("v") + block_rows("q") == least) return {"k", "v", "q"};
    if (block_rows("kv") + block_rows("q") == least) return {"kv", "q"};
    return {"kvq"};
  }

  void check_attention(int index, const AttentionShape& shape) {
    constexpr std::uint32_t most_heads = 255;
    constexpr std::uint32_t most_dim = 1008;
    if (shape.heads > most_heads || shape.head_dim > most_dim) {
      refuse(fmt::format("{} heads of {}", shape.heads, shape.head_dim), layer(index).name,
             fmt::format("at most {} heads of at most {}", most_heads, most_dim));
    }
    const AttentionShape& seen = plan_.attention;
    if (seen.heads != 0 && (seen.heads != shape.heads || seen.kv_heads != shape.kv_heads ||
                            seen.head_dim != shape.head_dim || seen.turned_dim != shape.turned_dim)) {
      refuse("the heads of this layer are not like those before", layer(index).name, "one shape of heads");
    }
    plan_.attention = shape;
  }

  const Model& model_;
  const CompileOptions& options_;
  int slices_;
  Plan plan_;
  bool blocks_begun_ = false;
  std::vector<std::vector<int>> consumers_;    // [layers]
  std::vector<bool> done_;                     // [layers], fused layers too
  std::map<int, Ref> reals_;                   // by layer
  std::map<std::pair<int, int>, Ref> digits_;  // by layer and block of the reader
};

}  // namespace

Plan plan_model(const Model& model, const CompileOptions& options, int slices) {
  return Planner(model, options, slices).plan();
}

}  // namespace godwit::compiler
