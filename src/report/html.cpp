#include <fmt/core.h>

#include "report/document.h"
#include "report/style.h"
#include "report/text.h"

namespace godwit::report {
namespace {

constexpr const char* legend =
    "Every figure is marked with how it was obtained and the number of the command or publication that gives it: "
    "measured "
    "on a machine, simulated by an exact model of the machine, estimated by arithmetic from documented values, or "
    "quoted "
    "from somebody else's publication.";

/// Web addresses in a text of ours become links.
std::string with_links(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t at = text.find("https://");
    out += html_text(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    std::size_t end = text.find_first_of(" ,;)\"'<>\n");
    std::string_view address = text.substr(0, end);
    while (address.ends_with('.')) address.remove_suffix(1);
    out += fmt::format("<a href=\"{0}\">{0}</a>", html_text(address));
    text.remove_prefix(address.size());
  }
  return out;
}

/// For tables, where there is little room.
std::string_view short_name(Kind kind) {
  switch (kind) {
    case Kind::measured:
      return "meas";
    case Kind::simulated:
      return "sim";
    case Kind::estimated:
      return "est";
    case Kind::quoted:
      return "quot";
  }
  return "";
}

class Writer {
 public:
  explicit Writer(const Document& document) : document_(document) {}

  std::string page() {
    const std::string title = html_text(document_.title);
    out_ = fmt::format(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>{} - godwit</title>\n<style>{}</style>\n</head>\n<body>\n<header>\n<h1>{}</h1>\n",
        title, style_sheet, title);
    write_facts();
    out_ += "</header>\n<nav aria-label=\"sections\">\n";
    for (const Section& s : document_.sections)
      out_ += fmt::format("<a href=\"#{}\">{}</a>\n", s.id, html_text(s.title));
    out_ += fmt::format("<a href=\"#sources\">Sources</a>\n</nav>\n<main>\n<p>{}</p>\n", html_text(legend));
    for (const Section& section : document_.sections) {
      out_ += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", section.id, html_text(section.title));
      for (const Block& block : section.blocks) std::visit([this](const auto& b) { write(b); }, block);
      out_ += "</section>\n";
    }
    write_sources();
    out_ += fmt::format("</main>\n<footer><p>{}</p></footer>\n</body>\n</html>\n", with_links(document_.made));
    return std::move(out_);
  }

 private:
  void write_facts() {
    out_ += "<dl class=\"facts\">\n";
    for (const Fact& fact : document_.facts) {
      out_ += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_text(fact.name), html_text(fact.text));
    }
    out_ += "</dl>\n";
  }

  [[nodiscard]] std::string mark(const Origin& origin) const {
    const auto kind = kind_name(origin.kind);
    const std::size_t number = source_number(document_, origin);
    return fmt::format(
        "<span class=\"mark {0}\"><a href=\"#source-{1}\" title=\"{0}: {2}\"><span class=\"kind\">{0}</span> "
        "{1}</a></span>",
        kind, number, html_text(origin.source));
  }

  /// In a table the kind is one letter; the link's title says the rest.
  [[nodiscard]] std::string short_mark(const Origin& origin) const {
    const auto kind = kind_name(origin.kind);
    const std::size_t number = source_number(document_, origin);
    return fmt::format(
        "<span class=\"mark {0}\"><a href=\"#source-{1}\" title=\"{0}: {2}\"><span class=\"kind\">{3}</span> "
        "{1}</a></span>",
        kind, number, html_text(origin.source), short_name(origin.kind));
  }

  [[nodiscard]] std::string text_of(const Cell& cell) const {
    if (cell.text.empty()) return cell.number ? "–" : "";
    const std::string text = html_text(cell.text);
    std::string out = cell.origin ? fmt::format("{} {}", text, short_mark(*cell.origin)) : text;
    if (!cell.remark.empty()) out += fmt::format("<br><span class=\"remark\">{}</span>", html_text(cell.remark));
    return out;
  }

  void write(const Paragraph& paragraph) {
    out_ += fmt::format("<p{}>{}</p>\n", paragraph.missing ? " class=\"missing\"" : "", with_links(paragraph.text));
  }

  void write(const Table& table) {
    if (table.folded) out_ += "<details><summary>the same in numbers</summary>\n";
    out_ += fmt::format("<div class=\"scroll\"><table aria-label=\"{}\">\n<thead><tr>", html_text(table.name));
    for (std::size_t i = 0; i < table.heads.size(); ++i) {
      const bool number = !table.rows.empty() && table.rows.front()[i].number;
      out_ += fmt::format("<th{} scope=\"col\">{}</th>", number ? " class=\"number\"" : "", html_text(table.heads[i]));
    }
    out_ += "</tr></thead>\n<tbody>\n";
    for (const auto& row : table.rows) {
      out_ += "<tr>";
      for (const Cell& cell : row) {
        out_ += fmt::format("<td class=\"{}{}\">{}</td>", cell.number ? "number" : "text", cell.strong ? " strong" : "",
                            text_of(cell));
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
    if (table.folded) out_ += "</details>\n";
  }

  void write(const Tiles& tiles) {
    out_ += "<div class=\"tiles\">\n";
    for (const Tile& tile : tiles.tiles) {
      const bool there = !tile.figure.text.empty();
      out_ += fmt::format("<div class=\"tile\"><div class=\"label\">{}</div><div class=\"value{}\">{}</div>",
                          html_text(tile.label), there ? "" : " none", there ? html_text(tile.figure.text) : "missing");
      if (there && tile.figure.origin) out_ += mark(*tile.figure.origin);
      if (!tile.note.empty()) out_ += fmt::format("<div class=\"note\">{}</div>", html_text(tile.note));
      out_ += "</div>\n";
    }
    out_ += "</div>\n";
  }

  void write(const Drawing& drawing) {
    out_ +=
        fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", drawing.svg, html_text(drawing.caption));
  }

  void write(const Sample& sample) {
    out_ += fmt::format("<blockquote><b>{}</b>{}</blockquote>\n<p>{} tokens {}</p>\n", html_text(sample.prompt),
                        html_text(sample.text), sample.tokens, mark(sample.origin));
  }

  void write_sources() {
    out_ += "<section id=\"sources\">\n<h2>Where each figure comes from</h2>\n<ol class=\"sources\">\n";
    for (std::size_t i = 0; i < document_.sources.size(); ++i) {
      const Origin& origin = document_.sources[i];
      const auto kind = kind_name(origin.kind);
      out_ += fmt::format("<li id=\"source-{0}\"><span class=\"mark {1}\"><span class=\"kind\">{1}</span></span> ",
                          i + 1, kind);
      out_ += origin.kind == Kind::quoted ? with_links(origin.source)
                                          : fmt::format("<code>{}</code>", html_text(origin.source));
      out_ += "</li>\n";
    }
    out_ += "</ol>\n</section>\n";
  }

  const Document& document_;
  std::string out_;
};

}  // namespace

std::string html_page(const Document& document) {
  return Writer(document).page();
}

}  // namespace godwit::report
