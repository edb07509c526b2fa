#include "runtime/jinja/context.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace godwit::jinja {
namespace {

constexpr std::size_t most_steps = 200'000;
constexpr std::size_t most_text = 1U << 26;
constexpr int most_nesting = 64;

bool nested_deeper(const Value& value, int levels) {
  if (!value.is_structured()) return false;
  if (levels == 0) return true;
  return std::any_of(value.begin(), value.end(), [&](const Value& one) { return nested_deeper(one, levels - 1); });
}

}  // namespace

void fail(std::size_t line, const std::string& what) {
  throw UserError({.what = "the model's chat template " + what,
                   .where = fmt::format("chat template, line {}", line),
                   .expected = "the part of Jinja that src/runtime/jinja knows",
                   .remedy = "write the conversation into the prompt yourself, without --chat"});
}

Value Context::get(const std::string& name) const {
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    if (const auto found = frame->find(name); found != frame->end()) return found->second;
  }
  return undefined();
}

void Context::set(const std::string& name, Value value) {
  if (nested_deeper(value, most_nesting)) fail("nests values too deeply");
  frames.back()[name] = std::move(value);
}

void Context::set_attribute(const std::string& name, const std::string& attribute, Value value) {
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    const auto found = frame->find(name);
    if (found == frame->end()) continue;
    if (!found->second.is_object()) break;
    if (nested_deeper(value, most_nesting)) fail("nests values too deeply");
    found->second[attribute] = std::move(value);
    return;
  }
  fail("sets an attribute of '" + name + "', which is no namespace");
}

void Context::step(std::size_t at) {
  line = at;
  if (++steps > most_steps) fail("takes more than 200,000 steps");
}

void Context::print(const std::string& text) {
  if (out.size() + text.size() > most_text) fail("writes more than 64 MiB");
  out += text;
}

Value Arguments::get(std::size_t index, const std::string& name) const {
  if (index < positional.size()) return positional[index];
  const auto found = named.find(name);
  return found == named.end() ? undefined() : found->second;
}

}  // namespace godwit::jinja
