#include "isa/card.h"

#include <bit>
#include <filesystem>
#include <fmt/format.h>

#include "base/config_table.h"
#include "isa/burst.h"
#include "isa/generated.h"

namespace godwit::isa {
namespace {

constexpr int most_slices = 64;
constexpr std::int64_t most_channel_bytes = std::int64_t{1} << 40;  // as far as addresses reach
constexpr int line_bytes = line_granules * granule_bits / 8;

std::int64_t power_of_two(ConfigTable& file, std::string_view key, std::int64_t least, std::int64_t most) {
  const std::int64_t value = file.whole(key, least, most);
  if (!std::has_single_bit(static_cast<std::uint64_t>(value))) {
    file.fail(key, fmt::format("{} is no power of two", value),
              fmt::format("a power of two from {} to {}", least, most));
  }
  return value;
}

std::int64_t multiple_of(ConfigTable& file, std::string_view key, std::int64_t step, std::int64_t least,
                         std::int64_t most) {
  const std::int64_t value = file.whole(key, least, most);
  if (value % step != 0) {
    file.fail(key, fmt::format("{} is no multiple of {}", value, step),
              fmt::format("a multiple of {} from {} to {}", step, least, most));
  }
  return value;
}

}  // namespace

std::vector<std::string> card_names() {
  return config_names("cards");
}

Card load_card(const std::string& name) {
  const std::filesystem::path path =
      find_config("cards", name, "card", "choose one of these, or describe your own in a .toml file and name that");
  ConfigTable file(path, "a card", "configs/cards");
  Card card;
  card.name = path.stem().string();
  if (file.has("part")) card.part = file.text("part");
  card.slices = static_cast<int>(power_of_two(file, "slices", 1, most_slices));
  if (file.has("cores")) card.cores = file.integer("cores", 1, card.slices);
  if (card.slices % card.cores != 0) {
    file.fail("cores", fmt::format("{} cores do not share {} slices equally", card.cores, card.slices),
              "a divisor of slices");
  }
  card.port_bytes = static_cast<int>(power_of_two(file, "port_bytes", 4, line_bytes));
  card.prefetch_bytes =
      static_cast<int>(multiple_of(file, "prefetch_bytes", line_bytes, least_prefetch_bytes(card.port_bytes), 1 << 24));
  // The widest chunk of inputs of two vectors, at least; as many as a field of 16 bits can name, at most.
  card.activation_words = static_cast<int>(power_of_two(file, "activation_words", 64, 65'536));
  card.sfu_lanes = static_cast<int>(power_of_two(file, "sfu_lanes", 1, 256));
  card.vector_reals = static_cast<int>(multiple_of(file, "vector_reals", card.sfu_lanes, 1024, 1 << 24));
  if (file.has("fold")) card.fold = static_cast<int>(power_of_two(file, "fold", 1, block_rows));
  if (file.has("most_tokens")) card.most_tokens = file.integer("most_tokens", 1, 16);
  card.channel_bytes =
      static_cast<std::uint64_t>(multiple_of(file, "channel_bytes", line_bytes, 4096, most_channel_bytes));
  card.frequency_mhz = file.real("frequency_mhz", 1, 2000);
  card.frequency_assumed = file.flag("frequency_assumed");
  if (file.has("memory")) card.memory = file.text("memory");
  file.refuse_others();
  return card;
}

}  // namespace godwit::isa
