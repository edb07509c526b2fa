#include "model/format/safetensors_writer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/ranges.h>
#include <ostream>

#include "base/error.h"
#include "base/record.h"

namespace godwit {
namespace {

constexpr std::size_t alignment = 8;  // of the data's beginning

std::size_t element_bytes(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 8> sizes = {
      {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I16", 2}, {"I32", 4}, {"I8", 1}, {"U8", 1}}};
  const auto found = std::ranges::find(sizes, type, &std::pair<std::string_view, std::size_t>::first);
  ensure(found != sizes.end(), "a type that safetensors files are not written with");
  return found->second;
}

bool plain(const std::string& name) {
  return std::ranges::all_of(name, [](char c) { return c >= ' ' && c != '"' && c != '\\'; });
}

void put(std::ostream& out, std::span<const std::byte> bytes) {
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

void write_safetensors(std::ostream& out, const std::map<std::string, std::string>& metadata,
                       std::vector<TensorToWrite> tensors) {
  // Few sizes, many tensors: one pass a size keeps the order within it.
  std::vector<TensorToWrite> sorted;
  for (const std::size_t size : {8, 4, 2, 1}) {
    for (TensorToWrite& tensor : tensors) {
      if (element_bytes(tensor.type) == size) sorted.push_back(std::move(tensor));
    }
  }
  Record texts;
  for (const auto& [key, value] : metadata) texts.set(key, value);
  std::string header = fmt::format("{{\"__metadata__\":{}", texts.text(-1));
  std::size_t end = 0;
  for (const TensorToWrite& tensor : sorted) {
    std::size_t elements = 1;
    for (const std::size_t n : tensor.shape) elements *= n;
    ensure(plain(tensor.name) && tensor.data.size() == elements * element_bytes(tensor.type),
           "a tensor that is not what it says");
    header += fmt::format(",\"{}\":{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", tensor.name,
                          tensor.type, fmt::join(tensor.shape, ","), end, end + tensor.data.size());
    end += tensor.data.size();
  }
  header += '}';
  header.resize((header.size() + alignment - 1) / alignment * alignment, ' ');
  const std::uint64_t length = header.size();
  put(out, std::as_bytes(std::span(&length, 1)));
  out << header;
  for (const TensorToWrite& tensor : sorted) put(out, tensor.data);
}

}  // namespace godwit
