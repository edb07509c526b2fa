#include "model/tokenizer/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <array>
#include <cstdint>
#include <fmt/core.h>
#include <pcre2.h>

#include "base/utf8.h"
#include "model/tokenizer/unicode.h"

namespace godwit {
namespace {

constexpr std::uint32_t most_steps = 50'000'000;
constexpr std::uint32_t most_heap_kib = 256 * 1024;
constexpr std::size_t jit_stack_bytes = 8U << 20;

struct FreeCode {
  void operator()(pcre2_code* p) const { pcre2_code_free(p); }
};
struct FreeData {
  void operator()(pcre2_match_data* p) const { pcre2_match_data_free(p); }
};
struct FreeContext {
  void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
};
struct FreeStack {
  void operator()(pcre2_jit_stack* p) const { pcre2_jit_stack_free(p); }
};

std::string pcre2_text(int code) {
  std::array<unsigned char, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

/// PCRE2's Unicode may be older than ours: it is shown stand-ins of the same kind and length for newer characters.
/// Null if there are none.
std::unique_ptr<std::string> with_old_characters(std::string_view text) {
  if (unicode::is_ascii(text)) return nullptr;
  std::unique_ptr<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const unicode::Step s = unicode::step(text.data() + at);
    if ((unicode::flags()[s.value] & unicode::newer) != 0) {
      if (!out) out = std::make_unique<std::string>(text);
      std::string old;
      append_utf8(old, unicode::old_stand_in(s.value));
      out->replace(at, s.bytes, old);
    }
    at += s.bytes;
  }
  return out;
}

}  // namespace

struct Regex::Compiled {
  std::unique_ptr<pcre2_code, FreeCode> code;
};

Regex::Regex(std::string_view oniguruma, const Place& place) : place_(place) {
  const std::string pattern = translate_pattern(oniguruma, place);
  int error = 0;
  std::size_t offset = 0;
  auto compiled = std::make_unique<Compiled>();
  compiled->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                     PCRE2_UTF | PCRE2_UCP | PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_BACKSLASH_C, &error,
                                     &offset, nullptr));
  if (!compiled->code) {
    place.refuse(fmt::format("the regular expression cannot be compiled: {}", pcre2_text(error)),
                 "a pattern that Oniguruma and PCRE2 both take");
  }
  // Without a just-in-time compiler the interpreter gives the same matches.
  pcre2_jit_compile(compiled->code.get(), PCRE2_JIT_COMPLETE);
  compiled_ = std::move(compiled);
}

Regex::~Regex() = default;

void Regex::for_each_match(std::string_view text, FunctionRef<void(std::size_t, std::size_t)> each) const {
  const std::unique_ptr<pcre2_match_data, FreeData> data(pcre2_match_data_create(1, nullptr));
  const std::unique_ptr<pcre2_match_context, FreeContext> context(pcre2_match_context_create(nullptr));
  std::unique_ptr<pcre2_jit_stack, FreeStack> stack;
  if (!data || !context) throw std::bad_alloc();
  pcre2_set_match_limit(context.get(), most_steps);
  pcre2_set_heap_limit(context.get(), most_heap_kib);
  const std::unique_ptr<std::string> old = with_old_characters(text);
  const std::string_view subject = old ? std::string_view(*old) : text;
  const auto* bytes = reinterpret_cast<PCRE2_SPTR>(subject.data());
  std::size_t from = 0;
  std::size_t last_end = std::string_view::npos;
  while (from <= subject.size()) {
    int found =
        pcre2_match(compiled_->code.get(), bytes, subject.size(), from, PCRE2_NO_UTF_CHECK, data.get(), context.get());
    if (found == PCRE2_ERROR_JIT_STACKLIMIT && !stack) {
      stack.reset(pcre2_jit_stack_create(32U << 10, jit_stack_bytes, nullptr));
      pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
      continue;
    }
    if (found == PCRE2_ERROR_NOMATCH) return;
    if (found < 0) {
      place_.refuse(
          fmt::format("the regular expression gives up on a text of {} bytes: {}", text.size(), pcre2_text(found)),
          "a pattern that needs few steps a character", "split the text, or mend the pattern");
    }
    const std::size_t* pair = pcre2_get_ovector_pointer(data.get());
    const std::size_t begin = pair[0];
    const std::size_t end = pair[1];
    if (end < begin) return;  // \K in a lookahead: refused by the translation
    if (begin == end && end == last_end) {
      if (from == subject.size()) return;
      from += unicode::step(subject.data() + from).bytes;
      continue;
    }
    each(begin, end);
    from = end;
    last_end = end;
  }
}

}  // namespace godwit
