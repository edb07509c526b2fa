#include "runtime/jinja/template.h"

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"
#include "runtime/jinja/reader.h"

namespace godwit::jinja {
namespace {

constexpr int most_nesting = 64;  // of values

bool nested_deeper(const Value& value, int levels) {
  if (!value.is_structured()) return false;
  return levels == 0 ||
         std::any_of(value.begin(), value.end(), [&](const Value& one) { return nested_deeper(one, levels - 1); });
}

/// What a template knows of the loop it is in: `loop.index` and its sisters.
Value loop_state(const Value& items, std::size_t i) {
  const std::size_t n = items.size();
  Value loop = {{"index", i + 1}, {"index0", i}, {"revindex", n - i}, {"revindex0", n - i - 1}, {"length", n}};
  loop["first"] = i == 0;
  loop["last"] = i + 1 == n;
  if (i > 0) loop["previtem"] = items[i - 1];
  if (i + 1 < n) loop["nextitem"] = items[i + 1];
  return loop;
}

/// Runs a template while reading it; the body of a loop is read again for every item.
class Interpreter : public Reader {
 public:
  using Reader::Reader;

  std::string run() {
    statements();
    if (open("{%")) refuse("uses '{% " + name() + " %}', which is not known there");
    return std::move(out_);
  }

 private:
  /// Takes `{% word`.
  bool take_tag(std::string_view word) {
    const std::size_t begin = at_;
    if (open("{%") && take(word)) return true;
    at_ = begin;
    return false;
  }

  void closing(const std::string& word) {
    if (!take_tag(word)) refuse("has no '{% " + word + " %}' where one was expected");
    close("%}");
  }

  void print(const std::string& text) {
    if (out_.size() + text.size() > most_text) refuse("writes more than 64 MiB");
    out_ += text;
  }

  /// Up to a tag that begins no statement, or the end.
  Value statements() {
    while (statement()) {
    }
    return undefined();
  }
  void block(bool wanted) {
    close("%}");
    read(wanted, static_cast<Part>(&Interpreter::statements));
  }

  bool statement() {
    const std::size_t begin = at_;
    const std::string before = text();
    if (live_) print(before);
    if (open("{{")) {
      const Value value = expression();
      if (live_) print(to_text(value));
      close("}}");
    } else if (take_tag("if")) {
      condition();
    } else if (take_tag("for")) {
      loop();
    } else if (take_tag("set")) {
      assignment();
    } else if (take_tag("generation") || take_tag("endgeneration")) {
      close("%}");  // transformers' marks of what the assistant wrote change no text
    } else {
      return false;
    }
    step(1 + (at_ - begin) / 64);  // long texts and strings cost too
    return true;
  }

  void condition() {
    bool open = true;  // no branch has been taken yet
    do {
      const bool taken = truth(read(open, &Interpreter::expression));
      block(taken);
      open = open && !taken;
    } while (take_tag("elif"));
    if (take_tag("else")) block(open);
    closing("endif");
  }

  void loop() {
    const std::string item = expect_name("name for the items of a loop");
    if (!take("in")) refuse("has a loop over several names or without 'in'");
    const Value over = either();
    if (const std::string more = name(); !more.empty()) refuse("has a loop with '" + more + "'");
    const Value items = live_ ? items_of(over) : Value::array();
    const std::size_t body = at_;
    block(false);
    frames_.emplace_back();
    for (std::size_t i = 0; i < items.size(); ++i) {
      step(8);  // the loop's own variables are made
      frames_.back() = {{item, items[i]}, {"loop", loop_state(items, i)}};
      at_ = body;
      block(true);
    }
    frames_.pop_back();
    closing("endfor");
  }

  void assignment() {
    const std::string variable = expect_name("name to set");
    const std::string attribute = take(".") ? expect_name("attribute to set") : "";
    expect("=");
    const Value value = expression();
    if (live_) set(variable, attribute, value);
    close("%}");
  }

  /// A name in the innermost frame, or an attribute of a namespace, wherever that is.
  void set(const std::string& name, const std::string& attribute, const Value& value) {
    if (nested_deeper(value, most_nesting)) refuse("nests values too deeply");
    auto frame = frames_.rbegin();
    if (!attribute.empty()) {
      frame = std::find_if(frame, frames_.rend(), [&](const auto& one) { return one.contains(name); });
      if (frame == frames_.rend() || !frame->at(name).is_object()) {
        refuse("sets an attribute of '" + name + "', which is no namespace");
      }
    }
    Value& variable = (*frame)[name];
    (attribute.empty() ? variable : variable[attribute]) = value;
  }

  std::string out_;
};

}  // namespace

std::string render(std::string_view source, const Value& variables) {
  Interpreter interpreter(repair_utf8(source), variables);
  try {
    return interpreter.run();
  } catch (const Refusal& refusal) {
    throw UserError({.what = std::string("the model's chat template ") + refusal.what(),
                     .where = fmt::format("chat template, line {}", interpreter.line()),
                     .expected = "the part of Jinja that docs/why/jinja-subset.md names",
                     .remedy = "write the conversation into the prompt yourself, without --chat"});
  }
}

}  // namespace godwit::jinja
