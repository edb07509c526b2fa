// tokenizer.json from memory; then a little text through what comes out of it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/tokenizer/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit;
  // The bytes after the last NUL, if there is one, are the text.
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = all.rfind('\0');
  const std::string_view json = all.substr(0, cut);
  const std::string_view own = cut == std::string_view::npos ? std::string_view() : all.substr(cut + 1);
  try {
    const auto tokenizer = parse_hf_tokenizer(json, "tokenizer.json");
    for (const std::string_view text :
         {std::string_view("Hello <|end|>  world's 12\n\xE2\x96\x81 \xF0\x9F\x98\x80\xFF"), own}) {
      const std::vector<int> ids = tokenizer->encode(text, true);
      (void)tokenizer->decode(ids, false);
      StreamDecoder stream(tokenizer, true);
      for (const int id : ids) (void)stream.push(id);
      (void)stream.finish();
      for (const int id : ids) ensure(id >= 0, "an id is not negative");
    }
  } catch (const UserError&) {
    // What is wrong with the input was said.
  }
  return 0;
}
