#include "model/graph/builder.h"

#include <utility>

#include "base/error.h"

namespace godwit {
namespace {

std::string fill(std::string name, const std::string& block) {
  const std::size_t at = name.find("{}");
  return at == std::string::npos ? name : name.replace(at, 2, block);
}

// Ones for a norm without weights of its own. They have no name: they are not the checkpoint's.
Tensor ones(std::size_t width) {
  auto values = std::make_shared<const std::vector<float>>(width, 1.0F);
  return {.name = {}, .type = DType::f32, .shape = {width}, .data = std::as_bytes(std::span(*values)), .owner = values};
}

}  // namespace

void PlanWriter::add(const std::string& name, const std::string& gguf, std::vector<std::size_t> shape,
                     TensorSpec::Role role, bool conv1d) {
  specs_.push_back({.name = fill(name, block_),
                    .gguf = fill(gguf, block_),
                    .shape = std::move(shape),
                    .role = role,
                    .conv1d = conv1d});
}

void PlanWriter::table(const char* name, const char* gguf, std::size_t rows, std::size_t width) {
  add(name + std::string(".weight"), gguf + std::string(".weight"), {rows, width}, TensorSpec::Role::table);
}

void PlanWriter::linear(const char* name, const char* gguf, std::size_t outputs, std::size_t inputs, bool bias,
                        bool conv1d) {
  add(name + std::string(".weight"), gguf + std::string(".weight"), {outputs, inputs}, TensorSpec::Role::matrix,
      conv1d);
  if (bias) add(name + std::string(".bias"), gguf + std::string(".bias"), {outputs}, TensorSpec::Role::bias);
}

void PlanWriter::norm(const char* name, const char* gguf, std::size_t width, bool bias) {
  add(name + std::string(".weight"), gguf + std::string(".weight"), {width}, TensorSpec::Role::norm);
  if (bias) add(name + std::string(".bias"), gguf + std::string(".bias"), {width}, TensorSpec::Role::bias);
}

std::string GraphWriter::full(const char* name) const {
  return fill(name, std::to_string(block_));
}

const Tensor* GraphWriter::find(const std::string& name) const {
  const auto at = weights_.tensors.find(name);
  return at == weights_.tensors.end() ? nullptr : &at->second;
}

const Tensor& GraphWriter::get(const std::string& name) const {
  const Tensor* tensor = find(name);
  ensure(tensor != nullptr, "a graph asks for a tensor that its plan has not");
  return *tensor;
}

Value GraphWriter::append(std::string name, Operation operation, std::vector<Value> inputs, std::size_t width) {
  const int index = static_cast<int>(layers_.size());
  layers_.push_back({.name = std::move(name),
                     .block = block_,
                     .operation = std::move(operation),
                     .inputs = std::move(inputs),
                     .width = width});
  return {.layer = index, .offset = 0, .width = width};
}

Value GraphWriter::embedding(const char* name) {
  const Tensor& table = get(full(name) + ".weight");
  return append(full(name), Embedding{table}, {}, table.columns());
}

Value GraphWriter::position(const char* name, Value in, std::size_t offset) {
  const Tensor& table = get(full(name) + ".weight");
  return append(full(name), PositionEmbedding{.table = table, .offset = offset}, {in}, in.width);
}

Value GraphWriter::norm(const char* name, Value in, Norm::Kind kind, double epsilon) {
  const Tensor* weight = find(full(name) + ".weight");
  const Tensor* bias = find(full(name) + ".bias");
  Norm norm{.kind = kind, .weight = weight != nullptr ? *weight : ones(in.width), .bias = {}, .epsilon = epsilon};
  if (bias != nullptr) norm.bias = *bias;
  return append(full(name), std::move(norm), {in}, in.width);
}

Value GraphWriter::linear(const char* name, Value in) {
  const Tensor& weight = get(full(name) + ".weight");
  const Tensor* bias = find(full(name) + ".bias");
  Linear linear{.weight = {.tensor = weight, .input_major = weights_.conv1d.contains(full(name) + ".weight")},
                .bias = {},
                .head = false};
  if (bias != nullptr) linear.bias = *bias;
  ensure(linear.weight.inputs() == in.width, "a matrix does not fit its input");
  const std::size_t width = linear.weight.outputs();
  return append(full(name), std::move(linear), {in}, width);
}

Value GraphWriter::head(const char* name, Value in) {
  const Tensor* own = find("lm_head.weight");  // a tied one may still be coded for itself
  const Tensor& weight = own != nullptr ? *own : get(name + std::string(".weight"));
  const Tensor* bias = find("lm_head.bias");
  Linear linear{.weight = {.tensor = weight, .input_major = false}, .bias = {}, .head = true};
  if (bias != nullptr) linear.bias = *bias;
  return append("lm_head", std::move(linear), {in}, weight.shape.at(0));
}

Value GraphWriter::rope(const char* name, Value in, std::size_t head_dim, std::size_t turned_dim, bool interleaved) {
  const Rope rope{
      .heads = in.width / head_dim, .head_dim = head_dim, .turned_dim = turned_dim, .interleaved = interleaved};
  return append(full(name), rope, {in}, in.width);
}

Value GraphWriter::attention(const char* name, Value q, Value k, Value v, const Attention& attention) {
  return append(full(name), attention, {q, k, v}, attention.heads * attention.head_dim);
}

Value GraphWriter::activate(const char* name, Value in, Activation function) {
  return append(full(name), Activate{function}, {in}, in.width);
}

Value GraphWriter::multiply(const char* name, Value a, Value b) {
  return append(full(name), Multiply{}, {a, b}, a.width);
}

Value GraphWriter::add(const char* name, Value residual, Value branch) {
  return append(full(name), Add{}, {residual, branch}, residual.width);
}

}  // namespace godwit
