#include "compiler/digits.h"

#include <map>
#include <set>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "compiler/rewrite.h"
#include "compiler/walk.h"
#include "isa/codec.h"

namespace godwit::compiler {
namespace {

namespace op = isa::op;

constexpr std::string_view two_digits_note = " A15";  // the end of MatrixNote::scheme
constexpr std::string_view one_digit_note = " A8";

}  // namespace

std::vector<DigitPlace> digit_places(const isa::Program& program) {
  struct Readers {
    std::set<std::uint32_t> matrices;
    bool head = false;
  };
  const std::vector<isa::Instruction> code = instructions_of(program);
  std::map<std::uint32_t, std::size_t> writers;  // by word of the activation memory: the last `quantise`
  std::map<std::size_t, Readers> readers;        // by `quantise`
  walk(code, {.position = 0, .tokens = 1}, [&](std::size_t at, const Registers& registers) {
    const auto reads = [&](std::uint32_t from, std::uint32_t base, std::uint32_t reg, std::int32_t stride) -> Readers& {
      const auto writer = writers.find(from);
      ensure(writer != writers.end(), "a matrix reads digits that nothing wrote");
      Readers& all = readers[writer->second];
      all.matrices.insert(base + registers[reg] * static_cast<std::uint32_t>(stride));
      return all;
    };
    if (const auto* quantise = std::get_if<op::Quantise>(&code[at])) {
      writers[quantise->to] = at;
    } else if (const auto* matmul = std::get_if<op::Matmul>(&code[at])) {
      reads(matmul->from, matmul->matrix, matmul->matrix_reg, matmul->matrix_stride);
    } else if (const auto* head = std::get_if<op::Head>(&code[at])) {
      reads(head->from, head->matrix, head->matrix_reg, head->matrix_stride).head = true;
    }
  });
  std::vector<DigitPlace> places;
  places.reserve(readers.size());
  for (const auto& [instruction, all] : readers) {
    places.push_back(
        {.instruction = instruction, .matrices = {all.matrices.begin(), all.matrices.end()}, .head = all.head});
  }
  return places;
}

isa::Program with_one_digit(const isa::Program& program, std::span<const DigitPlace> places) {
  std::vector<isa::Words> instructions = program.instructions;
  std::vector<isa::Words> descriptors = program.descriptors;
  for (const DigitPlace& place : places) {
    isa::Instruction instruction = isa::decode(instructions.at(place.instruction)).value();
    std::get<op::Quantise>(instruction).two_digits = false;
    instructions[place.instruction] = isa::encode(instruction);
    for (const std::uint32_t matrix : place.matrices) {
      isa::Descriptor descriptor = isa::decode_descriptor(descriptors.at(matrix)).value();
      descriptor.two_digits = false;
      descriptors[matrix] = isa::encode(descriptor);
    }
  }
  isa::Program out = rewritten(program, std::move(instructions), std::move(descriptors));
  for (const DigitPlace& place : places) {
    for (const std::uint32_t matrix : place.matrices) {
      std::string& note = out.matrices.at(matrix).scheme;
      ensure(note.ends_with(two_digits_note), "a matrix of two digits");
      note.replace(note.size() - two_digits_note.size(), two_digits_note.size(), one_digit_note);
    }
  }
  return out;
}

}  // namespace godwit::compiler
