#include "model/graph.h"

namespace godwit {
namespace {

// Tensors without a name are ours, not the checkpoint's (the ones of a norm that has no weights).
std::size_t named(const Tensor& tensor) {
  return tensor.name.empty() ? 0 : tensor.elements();
}
std::size_t named(const std::optional<Tensor>& tensor) {
  return tensor ? named(*tensor) : 0;
}

struct CountParameters {
  bool tied_head;
  std::size_t operator()(const Embedding& e) const { return named(e.table); }
  std::size_t operator()(const PositionEmbedding& p) const { return named(p.table); }
  std::size_t operator()(const Norm& n) const { return named(n.weight) + named(n.bias); }
  std::size_t operator()(const Linear& l) const {
    return (l.head && tied_head ? 0 : named(l.weight.tensor)) + named(l.bias);
  }
  template <class Other>
  std::size_t operator()(const Other&) const {
    return 0;
  }
};

struct CountMacs {
  std::size_t context;
  std::size_t operator()(const Linear& l) const { return l.weight.outputs() * l.weight.inputs(); }
  std::size_t operator()(const Attention& a) const { return 2 * a.heads * a.head_dim * context; }
  template <class Other>
  std::size_t operator()(const Other&) const {
    return 0;
  }
};

struct KindName {
  std::string_view operator()(const Embedding&) const { return "embedding"; }
  std::string_view operator()(const PositionEmbedding&) const { return "position"; }
  std::string_view operator()(const Norm&) const { return "norm"; }
  std::string_view operator()(const Linear& l) const { return l.head ? "head" : "linear"; }
  std::string_view operator()(const Rope&) const { return "rope"; }
  std::string_view operator()(const Attention&) const { return "attention"; }
  std::string_view operator()(const Activate&) const { return "activation"; }
  std::string_view operator()(const Multiply&) const { return "multiply"; }
  std::string_view operator()(const Add&) const { return "add"; }
};

}  // namespace

std::string_view kind_name(const Operation& operation) {
  return std::visit(KindName(), operation);
}

std::size_t Model::parameters() const {
  std::size_t sum = 0;
  for (const Layer& layer : layers) sum += std::visit(CountParameters{config.tied_head}, layer.operation);
  return sum;
}

std::size_t macs(const Layer& layer, std::size_t context) {
  return std::visit(CountMacs{context}, layer.operation);
}

}  // namespace godwit
