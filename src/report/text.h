#pragma once
// Numbers and texts as pages write them.

#include <string>
#include <string_view>

namespace godwit::report {

/// Three digits that count below 1,000, else a whole number with commas: "0.208", "12.2", "5,372". `number` is finite.
std::string number_text(double number);

/// The same with k, M, G or T: "81.1 M". For axes and bars.
std::string short_text(double number);

/// "12.3 %".
std::string percent_text(double share);

/// Text for HTML, in an element or a quoted attribute. Invalid UTF-8 and control characters come out as U+FFFD.
std::string html_text(std::string_view text);

/// Text for a line of Markdown, a table's cell included: nothing in it is markup, line ends are blanks.
std::string markdown_text(std::string_view text);

/// `text` as a code span of Markdown, whatever backticks are in it.
std::string markdown_code(std::string_view text);

}  // namespace godwit::report
