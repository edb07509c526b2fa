#include "isa/disassembler.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>
#include <tuple>

#include "base/error.h"
#include "isa/codec.h"

namespace godwit::isa {
namespace {

std::string affine(const std::string& base, const std::int64_t* v) {
  const auto [at, reg, stride] = std::tuple(v[0], v[1], v[2]);
  if (reg == 0 && stride == 0) return base;
  const std::string sign = stride < 0 ? "-" : at == 0 ? "" : "+";
  const std::string times = stride == 1 || stride == -1 ? "" : fmt::format("*{}", stride < 0 ? -stride : stride);
  return fmt::format("{}{}r{}{}", at == 0 ? "" : base, sign, reg, times);
}

std::string number(const Field& field, std::int64_t value) {
  const bool is_address = field.kind == FieldKind::address || field.kind == FieldKind::affine_address;
  return is_address ? fmt::format("0x{:x}", value) : std::to_string(value);
}

/// ` name=value` of field `i`, or nothing where it is a part of another or a semaphore that is not there.
std::string operand(const Layout& layout, const Values& values, std::size_t i) {
  const Field& field = layout.fields[i];
  const auto say = [&](const auto& value) { return fmt::format(" {}={}", field.name, value); };
  switch (field.kind) {
    case FieldKind::affine_register:
    case FieldKind::affine_stride:
      return "";
    case FieldKind::semaphore:
      return values[i] == no_semaphore ? "" : say(values[i]);
    case FieldKind::affine:
    case FieldKind::affine_address:
      return say(affine(number(field, values[i]), &values[i]));
    case FieldKind::choice:
      return say(field.names[static_cast<std::size_t>(values[i])]);
    case FieldKind::scalar:
      return say(fmt::format("r{}", values[i]));
    case FieldKind::number:
    case FieldKind::address:
    case FieldKind::flag:
    case FieldKind::until:
    case FieldKind::jump:
      return say(number(field, values[i]));
  }
  panic("a field of no kind");
}

/// `spell` may say a field otherwise: it returns an empty text where it does not.
template <typename Spell>
std::string line_of(const Layout& layout, const Values& values, Spell&& spell) {
  const bool is_instruction = layout.opcode != 0;
  std::string out = is_instruction ? std::string(layout.name) : fmt::format(".{}", layout.name);
  std::string semaphores;
  for (std::size_t i = is_instruction ? 1 : 0; i < layout.fields.size(); ++i) {
    const Field& field = layout.fields[i];
    const std::string special = spell(field, values[i]);
    (field.kind == FieldKind::semaphore ? semaphores : out) +=
        special.empty() ? operand(layout, values, i) : fmt::format(" {}={}", field.name, special);
  }
  return out + semaphores;
}

constexpr auto plainly = [](const Field&, std::int64_t) { return std::string(); };

struct Line {
  const Layout* layout;
  Values values;
};

/// The instruction that a field of instruction `here` points at, or -1 if it is no such field.
std::int64_t target(const Field& field, std::int64_t value, std::int64_t here) {
  if (field.kind == FieldKind::until) return here + 1 + value;
  return field.kind == FieldKind::jump ? here + value : -1;
}

class Listing {
 public:
  explicit Listing(const std::vector<Words>& instructions) {
    for (const Words& words : instructions) {
      const auto decoded = decode(words);
      if (!decoded) {
        throw UserError({.what = decoded.message(),
                         .where = fmt::format("instruction {}", lines_.size()),
                         .expected = "an instruction of this version of the contract",
                         .remedy = "compile the program again"});
      }
      const Layout& layout = instruction_layouts()[decoded.value().index()];
      lines_.push_back({&layout, unpack(layout, words)});
    }
    for (std::int64_t i = 0; i < std::ssize(lines_); ++i) find_labels(i);
  }

  [[nodiscard]] std::string text() const {
    std::string out;
    std::vector<std::int64_t> ends;  // of the loops around the line
    for (std::int64_t i = 0; i <= std::ssize(lines_); ++i) {
      std::erase_if(ends, [&](std::int64_t end) { return end <= i; });
      if (labels_.contains(i)) fmt::format_to(std::back_inserter(out), "L{}:\n", i);
      if (i == std::ssize(lines_)) break;
      const Line& line = lines_[static_cast<std::size_t>(i)];
      const auto spell = [&](const Field& field, std::int64_t value) {
        const std::int64_t to = target(field, value, i);
        return labels_.contains(to) ? fmt::format("L{}", to) : std::string();
      };
      const std::size_t depth = std::min<std::size_t>(ends.size(), loop_depth);
      out += std::string(2 * depth, ' ') + line_of(*line.layout, line.values, spell) + "\n";
      for (std::size_t f = 0; f < line.layout->fields.size(); ++f) {
        if (line.layout->fields[f].kind == FieldKind::until) ends.push_back(i + 1 + line.values[f]);
      }
    }
    return out;
  }

 private:
  void find_labels(std::int64_t here) {
    const auto& [layout, values] = lines_[static_cast<std::size_t>(here)];
    for (std::size_t f = 0; f < layout->fields.size(); ++f) {
      const std::int64_t to = target(layout->fields[f], values[f], here);
      if (to >= 0 && to <= std::ssize(lines_)) labels_.insert(to);
    }
  }

  std::vector<Line> lines_;
  std::set<std::int64_t> labels_;
};

}  // namespace

std::string text_of(const Instruction& instruction) {
  return line_of(instruction_layouts()[instruction.index()], values_of(instruction), plainly);
}

std::string text_of(const Descriptor& descriptor) {
  return line_of(descriptor_layout(), values_of(descriptor), plainly);
}

std::string disassemble(const Assembly& program) {
  std::string out;
  for (std::size_t i = 0; i < program.descriptors.size(); ++i) {
    const auto decoded = decode_descriptor(program.descriptors[i]);
    if (!decoded) {
      throw UserError({.what = decoded.message(),
                       .where = fmt::format("matrix descriptor {}", i),
                       .expected = "a descriptor of this version of the contract",
                       .remedy = "compile the program again"});
    }
    out += text_of(decoded.value()) + "\n";
  }
  return out + Listing(program.instructions).text();
}

}  // namespace godwit::isa
