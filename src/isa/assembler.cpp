#include "isa/assembler.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <string>

#include "isa/codec.h"
#include "isa/expression.h"
#include "isa/lexer.h"

namespace godwit::isa {
namespace {

using Labels = std::map<std::string, std::int64_t, std::less<>>;

std::optional<std::size_t> index_of(const Layout& layout, std::string_view name) {
  const auto found = std::ranges::find(layout.fields, name, &Field::name);
  if (found == layout.fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - layout.fields.begin());
}

bool is_operand(const Field& field) {
  return field.name != "opcode" && field.kind != FieldKind::affine_register && field.kind != FieldKind::affine_stride;
}

std::string operands_of(const Layout& layout) {
  std::vector<std::string_view> names;
  for (const Field& field : layout.fields) {
    if (is_operand(field)) names.push_back(field.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string instruction_names() {
  std::vector<std::string_view> names;
  for (const Layout& layout : instruction_layouts()) names.push_back(layout.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

Names registers() {
  Names names;
  for (int i = 0; i < isa::registers; ++i) names[fmt::format("r{}", i)] = {0, i, 1};
  return names;
}

class Assembler {
 public:
  Assembler(std::string_view text, std::string_view file) {
    int line = 0;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines_.emplace_back(lex(text.substr(at, end - at), {file, ++line, 1}));
      at = end + 1;
    }
  }

  Assembly run() {
    find_labels();
    for (Cursor& line : lines_) {
      if (line.at_sign(':', 1)) {
        line.next();
        line.next();
      }
      if (!line.at_end()) statement(line);
    }
    return std::move(out_);
  }

 private:
  /// Labels may be used before their line, so they are collected first.
  void find_labels() {
    std::int64_t instructions = 0;
    for (const Cursor& original : lines_) {
      Cursor line = original;
      if (line.at_sign(':', 1)) {
        const Token name = line.word("a label before ':'");
        if (names_.contains(name.text) || !labels_.emplace(name.text, instructions).second) refuse_twice(name);
        line.next();
      }
      if (line.peek().kind == TokenKind::word) ++instructions;
    }
  }

  void statement(Cursor& line) {
    const Token first = line.next();
    if (first.text == ".reg") {
      define(line, "a register", [](const Linear& value) { return value.reg && value.base == 0 && value.stride == 1; });
    } else if (first.text == ".equ") {
      define(line, "a number", [](const Linear& value) { return !value.reg; });
    } else if (first.text == ".matrix") {
      const auto number = static_cast<std::int64_t>(out_.descriptors.size());
      if (line.peek().kind == TokenKind::word && !line.at_sign('=', 1)) name(line.next(), {number, std::nullopt, 0});
      out_.descriptors.push_back(words(line, descriptor_layout(), first));
    } else if (first.kind == TokenKind::word) {
      const Layout* layout = layout_of_name(first.text);
      if (layout == nullptr)
        refuse(first.place, fmt::format("no instruction is called '{}'", first.text), instruction_names());
      out_.instructions.push_back(words(line, *layout, first));
    } else {
      refuse(first.place, fmt::format("found {}", quoted(first)), "a label, an instruction, .reg, .equ or .matrix");
    }
  }

  void define(Cursor& line, const char* what, bool (*fits)(const Linear&)) {
    const Token token = line.word("a name");
    const Place place = line.peek().place;
    const Linear value = expression(line, names_);
    if (!fits(value)) refuse(place, fmt::format("'{}' is given something else", token.text), what);
    if (!line.at_end()) refuse(line.peek().place, fmt::format("found {}", quoted(line.peek())), "the end of the line");
    name(token, value);
  }

  void name(const Token& token, const Linear& value) {
    if (labels_.contains(token.text) || !names_.emplace(token.text, value).second) refuse_twice(token);
  }

  [[noreturn]] static void refuse_twice(const Token& token) {
    refuse(token.place, fmt::format("the name '{}' is taken", token.text),
           "each name defined once, other than r0 to r15");
  }

  /// The operands of one instruction or descriptor, in any order.
  Words words(Cursor& line, const Layout& layout, const Token& first) {
    Values values{};
    std::vector<bool> given(layout.fields.size(), false);
    if (layout.opcode != 0) values[0] = layout.opcode;
    while (!line.at_end()) {
      const Token token = line.word(fmt::format("an operand as name=value: {}", operands_of(layout)));
      const auto index = index_of(layout, token.text);
      if (!index || !is_operand(layout.fields[*index])) {
        refuse(token.place, fmt::format("{} has no operand '{}'", layout.name, token.text), operands_of(layout));
      }
      if (given[*index]) refuse(token.place, fmt::format("the operand '{}' is given twice", token.text), "each once");
      given[*index] = true;
      if (!line.accept('=')) refuse(line.peek().place, fmt::format("found {}", quoted(line.peek())), "'='");
      operand(line, layout, *index, values);
    }
    for (std::size_t i = 0; i < layout.fields.size(); ++i) {
      const Field& field = layout.fields[i];
      if (given[i] || !is_operand(field)) continue;
      if (field.kind != FieldKind::semaphore) {
        refuse(first.place, fmt::format("{} lacks the operand '{}'", first.text, field.name), operands_of(layout));
      }
      values[i] = no_semaphore;
    }
    return pack(layout, values);
  }

  /// Reads the value of field `index` (and, where it is affine, of the two that follow it).
  void operand(Cursor& line, const Layout& layout, std::size_t index, Values& values) const {
    const Field& field = layout.fields[index];
    const Place place = line.peek().place;
    const auto set = [&](std::size_t i, std::int64_t value) {
      const Field& part = layout.fields[i];
      if (!allows(part, value))
        refuse(place, fmt::format("{}: {} = {}", layout.name, part.name, value), range_of(part));
      values[i] = value;
    };
    if (field.kind == FieldKind::choice) {
      set(index, choice(line, field));
      return;
    }
    if (field.kind == FieldKind::until || field.kind == FieldKind::jump) {
      if (const auto distance = label(line, field)) {
        set(index, *distance);
        return;
      }
    }
    const Linear value = expression(line, names_);
    if (field.kind == FieldKind::affine || field.kind == FieldKind::affine_address) {
      set(index, value.base);
      set(index + 1, value.reg.value_or(0));
      set(index + 2, value.stride);
    } else if (field.kind == FieldKind::scalar) {
      if (!value.reg || value.base != 0 || value.stride != 1) {
        refuse(place, fmt::format("'{}' is no register", field.name), "r0 to r15, or a name given by .reg");
      }
      set(index, *value.reg);
    } else {
      if (value.reg)
        refuse(place, fmt::format("'{}' depends on a register", field.name), "a number: " + range_of(field));
      set(index, value.base);
    }
  }

  static std::int64_t choice(Cursor& line, const Field& field) {
    const Token token = line.word(range_of(field));
    const auto found = std::ranges::find(field.names, token.text);
    if (found == field.names.end())
      refuse(token.place, fmt::format("{} = {}", field.name, quoted(token)), range_of(field));
    return found - field.names.begin();
  }

  /// The distance to a label, or nothing if the operand is an expression.
  std::optional<std::int64_t> label(Cursor& line, const Field& field) const {
    if (line.peek().kind != TokenKind::word || names_.contains(line.peek().text)) return std::nullopt;
    const Token token = line.next();
    const auto found = labels_.find(token.text);
    if (found == labels_.end())
      refuse(token.place, fmt::format("no line has the label '{}'", token.text), "a label or a number");
    const auto here = std::ssize(out_.instructions);
    const std::int64_t distance = found->second - here;
    if (field.kind == FieldKind::jump) return distance;
    if (distance < 1)
      refuse(token.place, fmt::format("the label '{}' lies before the body", token.text), "a label further down");
    return distance - 1;
  }

  std::vector<Cursor> lines_;
  Labels labels_;
  Names names_ = registers();
  Assembly out_;
};

}  // namespace

Assembly assemble(std::string_view text, std::string_view file) {
  return Assembler(text, file).run();
}

}  // namespace godwit::isa
