#pragma once
// A page before it is HTML, Markdown or anything else: sections of paragraphs, tables and drawings.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "report/evidence.h"

namespace godwit::report {

struct Cell {
  std::string text;                   // empty: nothing is known, the page shows a dash
  std::optional<Origin> origin = {};  // of a figure: marked with its kind and the number of its source
  bool number = false;
  bool strong = false;
  std::string remark = {};  // below it, in smaller type
};

struct Table {
  std::string name;  // what it lists, for a screen reader
  std::vector<std::string> heads;
  std::vector<std::vector<Cell>> rows;  // as long as `heads`
  bool folded = false;                  // the same as a drawing above it: closed at first in HTML
};

/// A figure in large type.
struct Tile {
  std::string label;
  Cell figure;
  std::string note;
};
struct Tiles {
  std::vector<Tile> tiles;
};

struct Paragraph {
  std::string text;
  bool missing = false;  // says that something is not there
};

struct Drawing {
  std::string svg;  // elements of class "wide" and "narrow"
  std::string caption;
};

using Block = std::variant<Paragraph, Table, Tiles, Drawing, Sample>;

struct Section {
  std::string id;
  std::string title;
  std::vector<Block> blocks;
};

struct Document {
  std::string title;
  std::vector<Fact> facts;
  std::vector<Section> sections;
  std::vector<Origin> sources;  // each once, in the order in which the page names them first; numbered from 1
  std::string made;
};

/// Everything that a report says, in its order. Checks the evidence first.
Document document_of(const Evidence& evidence);

/// The number of an origin among the document's sources, from 1.
std::size_t source_number(const Document& document, const Origin& origin);

std::string html_page(const Document& document);
std::string markdown_page(const Document& document);
/// Of the evidence itself, so that a program finds each figure by its id: one JSON object.
std::string json_page(const Evidence& evidence);

}  // namespace godwit::report
