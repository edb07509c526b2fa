// Streams as Ramulator 2.1 (Luo et al. 2023) times them on one HBM2 pseudo-channel, run for this project with the
// parameters of configs/memories/hbm2-*.toml. Allowed: 5 % where the outstanding requests are limited, 8 % where only
// the queues limit them, because there the two simulators look ahead differently.

#include <cmath>
#include <gtest/gtest.h>

#include "cyclesim/dram/pattern.h"
#include "source_dir.h"

namespace godwit {
namespace {

struct Row {
  const char* device;
  DramPattern::Kind kind;
  std::uint64_t streams, chunk, stagger, reads_percent, requests;
  std::int64_t window;
  Cycle cycles;
};

constexpr auto seq = DramPattern::Kind::sequential;
constexpr auto rnd = DramPattern::Kind::random;

const Row rows[] = {
    {"hbm2-rbc", seq, 1, 1, 0, 100, 60000, 0, 207049},   {"hbm2-rbc", seq, 1, 16, 0, 100, 60000, 0, 207049},
    {"hbm2-rbc", seq, 8, 1, 0, 100, 60000, 0, 447143},   {"hbm2-rbc", seq, 8, 1, 1024, 100, 60000, 0, 135077},
    {"hbm2-rbc", seq, 8, 16, 0, 100, 60000, 0, 363343},  {"hbm2-rbc", seq, 8, 16, 1024, 100, 60000, 0, 148109},
    {"hbm2-rbc", rnd, 1, 1, 0, 100, 40000, 0, 174671},   {"hbm2-rbc", rnd, 1, 16, 0, 100, 40000, 0, 98413},
    {"hbm2-rbc", seq, 1, 1, 0, 50, 60000, 0, 216822},    {"hbm2-rbc", seq, 1, 16, 0, 50, 60000, 0, 216822},
    {"hbm2-rbc", seq, 8, 1, 0, 50, 60000, 0, 700828},    {"hbm2-rbc", seq, 8, 1, 1024, 50, 60000, 0, 178211},
    {"hbm2-rbc", seq, 8, 16, 0, 50, 60000, 0, 540740},   {"hbm2-rbc", seq, 8, 16, 1024, 50, 60000, 0, 187812},
    {"hbm2-rbc", rnd, 1, 1, 0, 50, 40000, 0, 200978},    {"hbm2-rbc", rnd, 1, 16, 0, 50, 40000, 0, 131394},
    {"hbm2-rbc", seq, 1, 1, 0, 100, 20000, 8, 90263},    {"hbm2-rbc", rnd, 1, 1, 0, 100, 20000, 8, 162700},
    {"hbm2-rbc", rnd, 1, 16, 0, 100, 20000, 8, 100128},  {"hbm2-rbc", seq, 1, 1, 0, 100, 20000, 32, 71606},
    {"hbm2-rbc", rnd, 1, 1, 0, 100, 20000, 32, 89416},   {"hbm2-rbc", rnd, 1, 16, 0, 100, 20000, 32, 51558},
    {"hbm2-u280", seq, 1, 1, 0, 100, 60000, 0, 129985},  {"hbm2-u280", seq, 1, 16, 0, 100, 60000, 0, 129985},
    {"hbm2-u280", seq, 8, 1, 0, 100, 60000, 0, 353676},  {"hbm2-u280", seq, 8, 1, 2048, 100, 60000, 0, 133294},
    {"hbm2-u280", seq, 8, 16, 0, 100, 60000, 0, 244831}, {"hbm2-u280", seq, 8, 16, 2048, 100, 60000, 0, 129865},
    {"hbm2-u280", rnd, 1, 1, 0, 100, 40000, 0, 174802},  {"hbm2-u280", rnd, 1, 16, 0, 100, 40000, 0, 92053},
    {"hbm2-u280", seq, 1, 1, 0, 50, 60000, 0, 166866},   {"hbm2-u280", seq, 1, 16, 0, 50, 60000, 0, 166866},
    {"hbm2-u280", seq, 8, 1, 0, 50, 60000, 0, 576746},   {"hbm2-u280", seq, 8, 1, 2048, 50, 60000, 0, 168218},
    {"hbm2-u280", seq, 8, 16, 0, 50, 60000, 0, 449221},  {"hbm2-u280", seq, 8, 16, 2048, 50, 60000, 0, 166431},
    {"hbm2-u280", rnd, 1, 1, 0, 50, 40000, 0, 200740},   {"hbm2-u280", rnd, 1, 16, 0, 50, 40000, 0, 133357},
    {"hbm2-u280", seq, 1, 1, 0, 100, 20000, 8, 53950},   {"hbm2-u280", rnd, 1, 1, 0, 100, 20000, 8, 162441},
    {"hbm2-u280", rnd, 1, 16, 0, 100, 20000, 8, 82676},  {"hbm2-u280", seq, 1, 1, 0, 100, 20000, 32, 43305},
    {"hbm2-u280", rnd, 1, 1, 0, 100, 20000, 32, 89541},  {"hbm2-u280", rnd, 1, 16, 0, 100, 20000, 32, 48613},
};

class Ramulator : public testing::TestWithParam<Row> {};

TEST_P(Ramulator, TakesTheSameTime) {
  const Row& row = GetParam();
  const DramDevice device = read_device(std::string(GODWIT_SOURCE_DIR "/configs/memories/") + row.device + ".toml");
  const DramRun run = run_pattern(device,
                                  {.kind = row.kind,
                                   .streams = row.streams,
                                   .chunk = row.chunk,
                                   .stagger = row.stagger,
                                   .reads_percent = row.reads_percent,
                                   .requests = row.requests,
                                   .region = 1ULL << 28U},
                                  row.window);
  const double error = static_cast<double>(run.cycles) / static_cast<double>(row.cycles) - 1;
  EXPECT_LT(std::abs(error), row.window > 0 ? 0.05 : 0.08) << run.cycles << " cycles, Ramulator " << row.cycles;
}

INSTANTIATE_TEST_SUITE_P(Streams, Ramulator, testing::ValuesIn(rows));

}  // namespace
}  // namespace godwit
