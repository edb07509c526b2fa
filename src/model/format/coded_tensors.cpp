#include "model/format/coded_tensors.h"

#include <cstdint>
#include <fmt/format.h>

#include "base/error.h"
#include "base/record.h"
#include "model/format/json.h"

namespace godwit {
namespace {

constexpr std::size_t version = 1;
constexpr std::size_t most_inputs = std::size_t{1} << 24;

[[noreturn]] void refuse(std::string what, std::string where, std::string expected) {
  throw UserError({.what = std::move(what),
                   .where = std::move(where),
                   .expected = std::move(expected),
                   .remedy = "the file is damaged or was not made by this version of godwit compress: make it again"});
}

class CodedReader {
 public:
  CodedReader(const TensorIndex& index, const std::string& file) : index_(index), file_(file) {}

  std::shared_ptr<const CodedMatrix> read(const std::string& name, const Json& facts) {
    auto matrix = std::make_shared<CodedMatrix>();
    CodedMatrix& m = *matrix;
    constexpr std::size_t most = 255;
    m.bits = static_cast<int>(facts.required_count("bits", most));
    m.group = static_cast<int>(facts.required_count("group", most));
    m.pattern = facts.text("pattern").value_or("");
    m.inputs = facts.required_count("inputs", most_inputs);
    const StoredTensor& codes = get(name + ".codes");
    if (codes.tensor.shape.size() != 2) refuse("codes are not a matrix", place(codes), "[rows, bytes of a row]");
    m.rows = codes.tensor.shape.front();
    m.codes = elements<std::uint8_t>(codes, "U8");
    m.scales = elements<float>(get(name + ".scales"), "F32");
    if (m.group != 0) m.steps = elements<std::int16_t>(get(name + ".steps"), "I16");
    if (index_.contains(name + ".offsets")) m.offsets = elements<std::int16_t>(get(name + ".offsets"), "I16");
    m.owner = codes.tensor.owner;
    check_coded(m, fmt::format("{}, matrix '{}'", file_, name));
    return matrix;
  }

 private:
  const StoredTensor& get(const std::string& name) const {
    const auto found = index_.find(name);
    if (found == index_.end()) {
      refuse(fmt::format("the tensor '{}' is missing", name), file_, "all tensors of the matrices that it lists");
    }
    return found->second;
  }

  template <class Element>
  std::span<const Element> elements(const StoredTensor& stored, std::string_view type) const {
    if (stored.type_name != type) {
      refuse(fmt::format("the tensor has the type {}", stored.type_name), place(stored), std::string(type));
    }
    if (reinterpret_cast<std::uintptr_t>(stored.bytes.data()) % sizeof(Element) != 0) {
      refuse("the tensor's data is misaligned", place(stored), fmt::format("a multiple of {} bytes", sizeof(Element)));
    }
    return {reinterpret_cast<const Element*>(stored.bytes.data()), stored.bytes.size() / sizeof(Element)};
  }

  const TensorIndex& index_;
  const std::string& file_;
};

Json parse_list(const std::string& list, const std::string& file) {
  return Json::parse(list, fmt::format("{}, metadata '{}'", file, coded_key));
}

template <class Element>
void add_part(const std::string& name, std::string_view type, const std::vector<std::size_t>& shape,
              std::span<const Element> data, const std::shared_ptr<const CodedMatrix>& owner,
              std::vector<TensorToWrite>& out) {
  if (data.empty()) return;
  out.push_back({.name = name, .type = type, .shape = std::move(shape), .data = std::as_bytes(data), .owner = owner});
}

}  // namespace

CodedMatrices read_coded(const TensorIndex& index, const std::string& list, const std::string& file) {
  const Json json = parse_list(list, file);
  if (const std::size_t found = json.required_count("version"); found != version) {
    refuse(fmt::format("the file has version {}", found), json.where(), fmt::format("{}", version));
  }
  CodedMatrices matrices;
  CodedReader reader(index, file);
  const auto entries = json.find("matrices");
  if (!entries) refuse("the file lists no matrices", json.where(), "the field 'matrices'");
  for (const auto& [name, facts] : entries->fields()) matrices.emplace(name, reader.read(name, facts));
  return matrices;
}

Transforms read_transforms(const std::string& list, const std::string& file) {
  const Json json = parse_list(list, file);
  return {.rotation_seed = json.count("rotation_seed"), .smoothing = json.real("smoothing")};
}

std::string coded_list(const CodedMatrices& matrices, const Transforms& transforms) {
  Record entries;
  for (const auto& [name, m] : matrices) {
    Record facts;
    facts.set("bits", m->bits).set("group", m->group).set("inputs", m->inputs);
    if (m->sparse()) facts.set("pattern", m->pattern);
    entries.set(name, facts);
  }
  Record list;
  list.set("version", version);
  if (transforms.rotation_seed) list.set("rotation_seed", *transforms.rotation_seed);
  if (transforms.smoothing) list.set("smoothing", *transforms.smoothing);
  return list.set("matrices", entries).text(-1);
}

void add_coded(const std::string& name, const std::shared_ptr<const CodedMatrix>& matrix,
               std::vector<TensorToWrite>& out) {
  const CodedMatrix& m = *matrix;
  add_part(name + ".scales", "F32", {m.rows}, m.scales, matrix, out);
  add_part(name + ".steps", "I16", {m.rows, m.row_groups()}, m.steps, matrix, out);
  add_part(name + ".offsets", "I16", {m.rows, m.row_groups()}, m.offsets, matrix, out);
  add_part(name + ".codes", "U8", {m.rows, m.row_bytes()}, m.codes, matrix, out);
}

}  // namespace godwit
