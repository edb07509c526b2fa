#include "isa/codec.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>

namespace godwit::isa {
namespace {

std::int64_t least(const Field& field) {
  return field.is_signed ? -(std::int64_t{1} << (field.bits - 1)) : 0;
}

std::int64_t most(const Field& field) {
  if (field.kind == FieldKind::choice) return std::ssize(field.names) - 1;
  const auto all = static_cast<std::int64_t>(ones(field.is_signed ? field.bits - 1 : field.bits));
  return all / field.multiple_of * field.multiple_of;
}

/// Bit 255 down to `lsb`, as far as 64 bits go: a field may lie across two words.
std::uint64_t word_from(const Words& words, int lsb) {
  const auto at = static_cast<std::size_t>(lsb) / 64;
  const int shift = lsb % 64;
  const std::uint64_t low = words[at] >> shift;
  return shift == 0 || at + 1 == words.size() ? low : low | (words[at + 1] << (64 - shift));
}

void put(Words& words, const Field& field, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value) & ones(field.bits);
  const std::size_t at = field.lsb / 64U;
  const int shift = field.lsb % 64;
  words[at] |= bits << shift;
  if (shift + field.bits > 64) words[at + 1] |= bits >> (64 - shift);
}

/// What `layout` does not allow of `words`; empty if all is well.
std::string refusal(const Layout& layout, const Words& words, const Values& values) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (const std::uint64_t stray = words[i] & layout.reserved[i]; stray != 0) {
      return fmt::format("{}: bit {} is set, which no field has", layout.name,
                         64 * i + static_cast<std::size_t>(std::countr_zero(stray)));
    }
  }
  const auto error = check(layout, values);
  return error ? error->message() : std::string();
}

const Layout& layout_of(const Instruction& instruction) {
  return instruction_layouts()[instruction.index()];
}

Words encode(const Layout& layout, const Values& values) {
  if (auto error = check(layout, values)) throw EncodeError(*std::move(error));
  return pack(layout, values);
}

}  // namespace

std::string FieldError::message() const {
  return fmt::format("{}: {} = {}; expected {}", layout, field, value, expected);
}

std::string range_of(const Field& field) {
  if (!field.names.empty()) return fmt::format("one of {}", fmt::join(field.names, ", "));
  if (!field.values.empty()) return fmt::format("one of {}", fmt::join(field.values, ", "));
  const std::string range = fmt::format("{} to {}", least(field), most(field));
  return field.multiple_of > 1 ? fmt::format("{}, a multiple of {}", range, field.multiple_of) : range;
}

bool allows(const Field& field, std::int64_t value) {
  if (!field.values.empty()) return std::ranges::find(field.values, value) != field.values.end();
  return value >= least(field) && value <= most(field) && value % field.multiple_of == 0;
}

std::optional<FieldError> check(const Layout& layout, const Values& values) {
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const Field& field = layout.fields[i];
    if (!allows(field, values[i])) {
      return FieldError{std::string(layout.name), std::string(field.name), values[i], range_of(field)};
    }
  }
  return std::nullopt;
}

Words pack(const Layout& layout, const Values& values) {
  Words words{};
  for (std::size_t i = 0; i < layout.fields.size(); ++i) put(words, layout.fields[i], values[i]);
  return words;
}

Values unpack(const Layout& layout, const Words& words) {
  Values values{};
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const Field& field = layout.fields[i];
    const std::uint64_t word = word_from(words, field.lsb);
    values[i] =
        field.is_signed ? get_signed(word, 0, field.bits) : static_cast<std::int64_t>(get_bits(word, 0, field.bits));
  }
  return values;
}

const Layout* layout_of_opcode(std::uint8_t opcode) {
  const auto layouts = instruction_layouts();
  const auto found = std::ranges::find(layouts, opcode, &Layout::opcode);
  return found == layouts.end() ? nullptr : &*found;
}

const Layout* layout_of_name(std::string_view name) {
  const auto layouts = instruction_layouts();
  const auto found = std::ranges::find(layouts, name, &Layout::name);
  return found == layouts.end() ? nullptr : &*found;
}

std::optional<FieldError> check(const Instruction& instruction) {
  return check(layout_of(instruction), values_of(instruction));
}
std::optional<FieldError> check(const Descriptor& descriptor) {
  return check(descriptor_layout(), values_of(descriptor));
}

Words encode(const Instruction& instruction) {
  return encode(layout_of(instruction), values_of(instruction));
}
Words encode(const Descriptor& descriptor) {
  return encode(descriptor_layout(), values_of(descriptor));
}

Decoded<Instruction> decode(const Words& words) {
  const auto opcode = static_cast<std::uint8_t>(words[0] & 0xFFU);
  const Layout* layout = layout_of_opcode(opcode);
  if (layout == nullptr) return Refusal{fmt::format("no instruction has the opcode 0x{:02x}", opcode)};
  const Values values = unpack(*layout, words);
  if (auto text = refusal(*layout, words, values); !text.empty()) return Refusal{std::move(text)};
  return instruction_of(static_cast<std::size_t>(layout - instruction_layouts().data()), values);
}

Decoded<Descriptor> decode_descriptor(const Words& words) {
  const Layout& layout = descriptor_layout();
  const Values values = unpack(layout, words);
  if (auto text = refusal(layout, words, values); !text.empty()) return Refusal{std::move(text)};
  return descriptor_of(values);
}

}  // namespace godwit::isa
