#include "golden/memory.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <sys/mman.h>

#include "golden/refuse.h"

namespace godwit::golden {
namespace {

constexpr std::uint64_t page_bytes = std::uint64_t{1} << 16;
constexpr int most_channels = 4096;

std::uint64_t pages_of(std::uint64_t bytes) {
  return (bytes + page_bytes - 1) / page_bytes;
}

/// Zeros that cost memory only where they are written.
std::byte* reserve(std::size_t bytes) {
  void* begin = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (begin == MAP_FAILED) {
    throw UserError({.what = fmt::format("cannot reserve {} bytes for a memory channel", bytes),
                     .where = "",
                     .expected = "that much address space",
                     .remedy = "use a card with smaller channels"});
  }
  return static_cast<std::byte*>(begin);
}

}  // namespace

void Memory::Unmap::operator()(std::byte* begin) const {
  ::munmap(begin, bytes);
}

Memory::Memory(const isa::Program& program) : bytes_(program.channel_bytes) {
  const int slices = program.card.slices;
  if (slices < 1 || slices > most_channels) {
    refuse(fmt::format("a card of {} slices", slices), fmt::format("1 to {}", most_channels));
  }
  if (bytes_ > program.card.channel_bytes) {
    refuse(fmt::format("the program uses {} bytes of each channel", bytes_),
           fmt::format("at most the card's {}", program.card.channel_bytes));
  }
  for (int c = 0; c < slices; ++c) {
    const std::size_t reserved = std::max<std::uint64_t>(1, pages_of(bytes_)) * page_bytes;
    Channel& channel = channels_.emplace_back();
    channel.copy = {reserve(reserved), Unmap{reserved}};
    channel.owned.resize(pages_of(bytes_));
    channel.watched.resize(pages_of(bytes_));
  }
  for (const isa::Segment& segment : program.segments) {
    check(segment.channel, segment.address, segment.bytes.size());
    if (!segment.bytes.empty()) channels_[segment.channel].segments.push_back({segment.address, segment.bytes});
  }
  for (Channel& channel : channels_) {
    std::ranges::sort(channel.segments, {}, &Piece::begin);
    for (std::size_t i = 1; i < channel.segments.size(); ++i) {
      if (channel.segments[i].begin < channel.segments[i - 1].end()) {
        refuse(fmt::format("two segments lie on one another at {:#x}", channel.segments[i].begin));
      }
    }
  }
}

void Memory::check(std::uint32_t channel, std::uint64_t address, std::uint64_t count) const {
  if (channel >= channels_.size() || address > bytes_ || count > bytes_ - address) {
    refuse(fmt::format("{} bytes at {:#x} of channel {} are outside the memory", count, address, channel),
           fmt::format("{} channels of {:#x} bytes", channels_.size(), bytes_));
  }
}

void Memory::read_segments(const Channel& channel, std::uint64_t address, std::span<std::byte> bytes) {
  std::ranges::fill(bytes, std::byte{0});
  const std::uint64_t end = address + bytes.size();
  auto piece = std::ranges::upper_bound(channel.segments, address, {}, &Piece::end);
  for (; piece != channel.segments.end() && piece->begin < end; ++piece) {
    const std::uint64_t from = std::max(address, piece->begin);
    const std::uint64_t to = std::min(end, piece->end());
    std::memcpy(bytes.data() + (from - address), piece->bytes.data() + (from - piece->begin), to - from);
  }
}

void Memory::read_page(const Channel& channel, std::uint64_t address, std::span<std::byte> bytes) {
  if (channel.owned[address / page_bytes] != 0) {
    std::memcpy(bytes.data(), channel.copy.get() + address, bytes.size());
  } else {
    read_segments(channel, address, bytes);
  }
}

void Memory::read(std::uint32_t channel, std::uint64_t address, std::span<std::byte> bytes) const {
  check(channel, address, bytes.size());
  while (!bytes.empty()) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), page_bytes - address % page_bytes));
    read_page(channels_[channel], address, bytes.first(count));
    bytes = bytes.subspan(count);
    address += count;
  }
}

void Memory::write(std::uint32_t channel, std::uint64_t address, std::span<const std::byte> bytes) {
  if (bytes.empty()) return check(channel, address, 0);
  touch(channel, address, bytes.size());
  std::memcpy(in_place(channel, address, bytes.size()), bytes.data(), bytes.size());
}

std::span<const std::byte> Memory::view(std::uint32_t channel, std::uint64_t address, std::uint64_t count,
                                        std::vector<std::byte>& scratch) const {
  check(channel, address, count);
  if (count == 0) return {};
  const Channel& from = channels_[channel];
  const auto first = static_cast<std::ptrdiff_t>(address / page_bytes);
  const auto last = static_cast<std::ptrdiff_t>((address + count - 1) / page_bytes);
  const auto pages =
      std::span(from.owned).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1));
  const auto owned = std::ranges::count(pages, 1);
  if (owned == std::ssize(pages)) return {from.copy.get() + address, count};
  if (owned == 0) {
    const auto piece = std::ranges::upper_bound(from.segments, address, {}, &Piece::end);
    if (piece != from.segments.end() && piece->begin <= address && count <= piece->end() - address) {
      return piece->bytes.subspan(address - piece->begin, count);
    }
  }
  scratch.resize(count);
  read(channel, address, scratch);
  return scratch;
}

void Memory::own(Channel& channel, std::uint64_t page) {
  if (channel.owned[page] != 0) return;
  const std::uint64_t begin = page * page_bytes;
  const auto next = std::ranges::upper_bound(channel.segments, begin, {}, &Piece::end);
  if (next != channel.segments.end() && next->begin < begin + page_bytes) {
    read_segments(channel, begin, {channel.copy.get() + begin, page_bytes});
  }
  channel.owned[page] = 1;
}

std::byte* Memory::in_place(std::uint32_t channel, std::uint64_t address, std::uint64_t count) {
  check(channel, address, count);
  Channel& in = channels_[channel];
  for (std::uint64_t page = address / page_bytes; page < pages_of(address + count); ++page) own(in, page);
  return in.copy.get() + address;
}

void Memory::touch(std::uint32_t channel, std::uint64_t address, std::uint64_t count) {
  check(channel, address, count);
  const Channel& in = channels_[channel];
  bool watched = false;
  for (std::uint64_t page = address / page_bytes; page < pages_of(address + count); ++page) {
    watched = watched || in.watched[page] != 0;
  }
  if (!watched) return;
  const auto meets = [&](const Range& range) { return range.begin < address + count && address < range.end; };
  if (std::ranges::any_of(in.kept, meets)) {
    refuse(fmt::format("a write to {:#x} of channel {}, where instructions or descriptors lie", address, channel));
  }
  if (std::ranges::any_of(in.marks, meets)) ++stale_marks_;
}

void Memory::watch(Channel& channel, const Range& range) {
  for (std::uint64_t page = range.begin / page_bytes; page < pages_of(range.end); ++page) channel.watched[page] = 1;
}

void Memory::mark(std::uint32_t channel, std::uint64_t address, std::uint64_t count) {
  check(channel, address, count);
  channels_[channel].marks.push_back({address, address + count});
  watch(channels_[channel], channels_[channel].marks.back());
}

void Memory::forget_marks() {
  for (Channel& channel : channels_) {
    channel.marks.clear();
    std::ranges::fill(channel.watched, 0);
    for (const Range& range : channel.kept) watch(channel, range);
  }
}

void Memory::protect(std::uint32_t channel, std::uint64_t address, std::uint64_t count) {
  check(channel, address, count);
  channels_[channel].kept.push_back({address, address + count});
  watch(channels_[channel], channels_[channel].kept.back());
}

}  // namespace godwit::golden
