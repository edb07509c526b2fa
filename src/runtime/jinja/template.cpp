#include "runtime/jinja/template.h"

#include <functional>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "runtime/jinja/expression.h"
#include "runtime/jinja/operators.h"
#include "runtime/jinja/token_stream.h"

namespace godwit::jinja {
namespace {

using Kind = Token::Kind;

using Statement = std::function<void(Context&)>;
using Block = std::vector<Statement>;

void run(const Block& block, Context& context) {
  for (const auto& statement : block) statement(context);
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

class TemplateParser {
 public:
  explicit TemplateParser(TokenStream& tokens) : tokens_(tokens) {}

  Block whole() {
    Block block = statements();
    if (tokens_.peek().kind != Kind::end) unexpected();
    return block;
  }

 private:
  [[noreturn]] void unexpected() {
    tokens_.fail("uses '{% " + tokens_.peek(1).text + " %}', which is not known there");
  }

  /// True if the next tag is `{% word`.
  bool tag_is(const char* word) { return tokens_.peek().kind == Kind::tag_begin && tokens_.peek(1).text == word; }
  /// Takes `{% word`.
  bool take_tag(const char* word) {
    if (!tag_is(word)) return false;
    tokens_.next();
    tokens_.next();
    return true;
  }
  void end_tag() { tokens_.expect(Kind::tag_end, "end of the tag"); }
  void closing(const char* word) {
    if (!take_tag(word)) tokens_.fail(std::string("has no '{% ") + word + " %}' where one was expected");
    end_tag();
  }

  Block statements() {
    const TokenStream::Level level(tokens_);
    Block block;
    while (auto one = statement()) block.push_back(std::move(one));
    return block;
  }

  /// Null at a tag that begins no statement, and at the end.
  Statement statement() {
    const std::size_t line = tokens_.peek().line;
    if (tokens_.peek().kind == Kind::text) {
      return [text = tokens_.next().text, line](Context& c) {
        c.step(line);
        c.print(text);
      };
    }
    if (tokens_.peek().kind == Kind::output_begin) return output(line);
    if (take_tag("if")) return condition(line);
    if (take_tag("for")) return loop(line);
    if (take_tag("set")) return assignment(line);
    // transformers' marks of what the assistant wrote change no text
    if (take_tag("generation") || take_tag("endgeneration")) {
      end_tag();
      return [](Context&) {};
    }
    return nullptr;
  }

  Statement output(std::size_t line) {
    tokens_.next();
    Expression value = parse_expression(tokens_);
    tokens_.expect(Kind::output_end, "'}}'");
    return [value, line](Context& c) {
      c.step(line);
      c.print(to_text(c, value(c)));
    };
  }

  Statement condition(std::size_t line) {
    std::vector<std::pair<Expression, Block>> branches;
    do {
      Expression test = parse_expression(tokens_);
      end_tag();
      branches.emplace_back(std::move(test), statements());
    } while (take_tag("elif"));
    Block otherwise;
    if (take_tag("else")) {
      end_tag();
      otherwise = statements();
    }
    closing("endif");
    return [branches, otherwise, line](Context& c) {
      c.step(line);
      for (const auto& [test, block] : branches) {
        if (!truth(test(c))) continue;
        run(block, c);
        return;
      }
      run(otherwise, c);
    };
  }

  Statement loop(std::size_t line) {
    const std::string name = tokens_.expect(Kind::name, "name for the items of a loop");
    if (!tokens_.take_word("in")) tokens_.fail("has a loop over several names or without 'in'");
    const Expression over = parse_operand(tokens_);
    if (tokens_.peek().kind == Kind::name) tokens_.fail("has a loop with '" + tokens_.peek().text + "'");
    end_tag();
    const Block body = statements();
    closing("endfor");
    return [=](Context& c) {
      c.step(line);
      const Value items = items_of(c, over(c));
      c.frames.emplace_back();
      for (std::size_t i = 0; i < items.size(); ++i) {
        c.step(line);
        c.frames.back().clear();
        c.set(name, items[i]);
        c.set("loop", loop_state(items, i));
        run(body, c);
      }
      c.frames.pop_back();
    };
  }

  Statement assignment(std::size_t line) {
    const std::string name = tokens_.expect(Kind::name, "name to set");
    const std::string attribute = tokens_.take_symbol(".") ? tokens_.expect(Kind::name, "attribute to set") : "";
    tokens_.expect_symbol("=");
    const Expression value = parse_expression(tokens_);
    end_tag();
    return [=](Context& c) {
      c.step(line);
      if (attribute.empty()) {
        c.set(name, value(c));
      } else {
        c.set_attribute(name, attribute, value(c));
      }
    };
  }

  TokenStream& tokens_;
};

}  // namespace

std::string render(std::string_view source, const Value& variables) {
  TokenStream tokens(lex(repair_utf8(source)));
  const Block block = TemplateParser(tokens).whole();
  Context context;
  context.frames.emplace_back();
  for (const auto& [name, value] : variables.items()) context.frames.back()[name] = value;
  context.frames.emplace_back();
  run(block, context);
  return std::move(context.out);
}

}  // namespace godwit::jinja
