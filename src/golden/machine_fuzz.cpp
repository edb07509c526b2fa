// Any words as a program: they are refused or run, whatever they say. The first bytes choose how many are descriptors
// and seed the noise in memory; the rest are words, each moved to the nearest layout so that most decode.

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "golden/machine.h"
#include "golden/random_program_test_support.h"

namespace {

using namespace godwit;

/// The bytes as the fields of a layout: bits that no field has are cleared, values that are not allowed become 0.
isa::Words legal(const isa::Layout& layout, const isa::Words& words) {
  isa::Values values = isa::unpack(layout, words);
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const isa::Field& field = layout.fields[i];
    if (!isa::allows(field, values[i])) values[i] = field.values.empty() ? 0 : field.values.front();
  }
  if (layout.opcode != 0) values[0] = layout.opcode;
  return isa::pack(layout, values);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ThreadPool pool(1);
  if (size < 2) return 0;
  Random random(data[0]);
  const std::size_t most_descriptors = data[1] % 8;
  const auto layouts = isa::instruction_layouts();
  std::vector<isa::Words> instructions;
  std::vector<isa::Words> descriptors;
  for (std::size_t at = 2; at + sizeof(isa::Words) <= size && instructions.size() < 64; at += sizeof(isa::Words)) {
    isa::Words words{};
    std::memcpy(words.data(), data + at, sizeof words);
    if (descriptors.size() < most_descriptors) {
      descriptors.push_back(legal(isa::descriptor_layout(), words));
    } else {
      instructions.push_back(legal(layouts[data[at] % layouts.size()], words));
    }
  }
  try {
    const isa::Program program = golden::program_of(std::move(instructions), std::move(descriptors), random);
    golden::Machine machine(program, pool);
    machine.run({.position = 1, .tokens = 3, .spill = data[0] % 2 == 0, .greedy = true, .count = 4}, 200);
  } catch (const UserError&) {
    return 0;
  }
  return 0;
}
