#include "golden/huge_pages.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace godwit::golden {
namespace {

constexpr std::size_t page = std::size_t{1} << 21;
constexpr std::size_t most_at_once = std::size_t{1} << 25;
constexpr std::size_t line = 64;

std::size_t up_to(std::size_t bytes, std::size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}

std::shared_ptr<std::uint8_t> block_of(std::size_t bytes) {
  auto* begin = static_cast<std::uint8_t*>(std::aligned_alloc(page, bytes));
  if (begin == nullptr) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  ::madvise(begin, bytes, MADV_HUGEPAGE);  // a wish: without it only the speed differs
#endif
  return {begin, [](std::uint8_t* bytes_of) { std::free(bytes_of); }};
}

}  // namespace

std::shared_ptr<std::uint8_t> HugePages::take(std::size_t bytes) {
  const std::size_t room = up_to(bytes, line);
  if (room > size_ - taken_) {
    // Blocks double, so that a small program takes little.
    size_ = std::max(up_to(room, page), std::clamp(2 * size_, page, most_at_once));
    block_ = block_of(size_);
    taken_ = 0;
  }
  taken_ += room;
  return {block_, block_.get() + taken_ - room};
}

}  // namespace godwit::golden
