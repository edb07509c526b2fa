#include <fmt/core.h>

#include "report/document.h"
#include "report/text.h"

namespace godwit::report {
namespace {

class Writer {
 public:
  explicit Writer(const Document& document) : document_(document) {}

  std::string page() {
    out_ = fmt::format("# {}\n\n", markdown_text(document_.title));
    for (const Fact& fact : document_.facts) {
      out_ += fmt::format("- **{}**: {}\n", markdown_text(fact.name), markdown_text(fact.text));
    }
    for (const Section& section : document_.sections) {
      out_ += fmt::format("\n## {}\n", markdown_text(section.title));
      for (const Block& block : section.blocks) std::visit([this](const auto& b) { write(b); }, block);
    }
    write_sources();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string text_of(const Cell& cell) const {
    if (cell.text.empty()) return cell.number ? "-" : "";
    std::string text = markdown_text(cell.text);
    if (cell.strong) text = fmt::format("**{}**", text);
    if (cell.origin)
      text += fmt::format(" ({} {})", kind_name(cell.origin->kind), source_number(document_, *cell.origin));
    if (!cell.remark.empty()) text += fmt::format(" ({})", markdown_text(cell.remark));
    return text;
  }

  void write(const Paragraph& paragraph) { out_ += fmt::format("\n{}\n", markdown_text(paragraph.text)); }

  void write(const Table& table) {
    out_ += "\n|";
    for (const auto& head : table.heads) out_ += fmt::format(" {} |", markdown_text(head));
    out_ += "\n|";
    for (std::size_t i = 0; i < table.heads.size(); ++i) {
      out_ += !table.rows.empty() && table.rows.front()[i].number ? " ---: |" : " --- |";
    }
    for (const auto& row : table.rows) {
      out_ += "\n|";
      for (const Cell& cell : row) out_ += fmt::format(" {} |", text_of(cell));
    }
    out_ += '\n';
  }

  void write(const Tiles& tiles) {
    out_ += "\n| figure | value | remarks |\n| --- | ---: | --- |\n";
    for (const Tile& tile : tiles.tiles) {
      out_ +=
          fmt::format("| {} | {} | {} |\n", markdown_text(tile.label), text_of(tile.figure), markdown_text(tile.note));
    }
  }

  /// A drawing is HTML's alone; the table after it has the same figures.
  void write(const Drawing& drawing) { out_ += fmt::format("\n{}\n", markdown_text(drawing.caption)); }

  void write(const Sample& sample) {
    out_ += fmt::format("\n> **{}**{}\n\n{} tokens ({} {})\n", markdown_text(sample.prompt), markdown_text(sample.text),
                        sample.tokens, kind_name(sample.origin.kind), source_number(document_, sample.origin));
  }

  void write_sources() {
    out_ += "\n## Where each figure comes from\n\n";
    for (std::size_t i = 0; i < document_.sources.size(); ++i) {
      const Origin& origin = document_.sources[i];
      out_ += fmt::format("{}. {}: {}\n", i + 1, kind_name(origin.kind),
                          origin.kind == Kind::quoted ? markdown_text(origin.source) : markdown_code(origin.source));
    }
    out_ += fmt::format("\n{}\n", markdown_text(document_.made));
  }

  const Document& document_;
  std::string out_;
};

}  // namespace

std::string markdown_page(const Document& document) {
  return Writer(document).page();
}

}  // namespace godwit::report
