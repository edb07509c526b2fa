// The cycle model beside the verilated machine, with the same memory behind both: total cycles within 2 %, each unit's
// busy cycles within 3 % (docs/fidelity.md, which GODWIT_FIDELITY=FILE writes anew).

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "compiler/compile.h"
#include "cosim/cycle_cases_test_support.h"
#include "cyclesim/ideal_memory.h"
#include "cyclesim/simulator.h"
#include "model/load.h"
#include "source_dir.h"

namespace godwit::cosim {
namespace {

constexpr double most_total = 0.02;
constexpr double most_busy = 0.03;
constexpr std::uint64_t few_cycles =
    12;  // a pipeline's length: less is no deviation, however short the unit's work was

struct Row {
  std::string name;
  std::uint64_t runs = 0;
  std::uint64_t rtl = 0, model = 0;
  std::array<std::uint64_t, isa::unit_names.size()> rtl_busy{}, model_busy{};
  std::uint64_t rtl_passes = 0, model_passes = 0;
};

/// Token ids are zero in the memory of a small program.
class NoIds : public cyclesim::Outcomes {
 public:
  [[nodiscard]] std::uint32_t token(std::uint32_t /*position*/) const override { return 0; }
};

Row compared(const CycleCase& one) {
  RtlMachine rtl(one.program);
  cyclesim::IdealMemory memory(static_cast<std::uint32_t>(one.program.card.slices));
  cyclesim::Simulator simulator(one.program, memory, {.every_slice = true});
  Row row{.name = one.name, .runs = one.starts.size()};
  SCOPED_TRACE(one.name);
  for (const RtlStart& start : one.starts) {
    const RtlRun run = rtl.run(start, 3'000'000);
    EXPECT_TRUE(run.finished && run.error == 0)
        << one.name << ": error " << run.error << " at " << run.error_instruction;
    const cyclesim::RunRecord record = simulator.run({.position = start.position,
                                                      .tokens = start.tokens,
                                                      .spill = start.spill,
                                                      .greedy = start.greedy,
                                                      .count = start.count},
                                                     NoIds());
    row.rtl += run.cycles;
    row.model += static_cast<std::uint64_t>(record.cycles);
    for (std::size_t u = 1; u < row.rtl_busy.size(); ++u) {
      row.rtl_busy[u] += run.busy[u];
      row.model_busy[u] += static_cast<std::uint64_t>(record.units[u].busy);
    }
    row.rtl_passes += run.passes;
    row.model_passes += record.count(cyclesim::Count::lane_passes);
  }
  return row;
}

double deviation(std::uint64_t rtl, std::uint64_t model) {
  return rtl == model ? 0 : (static_cast<double>(model) - static_cast<double>(rtl)) / static_cast<double>(rtl);
}

bool within(std::uint64_t rtl, std::uint64_t model, double most, std::uint64_t runs) {
  const std::uint64_t apart = std::max(rtl, model) - std::min(rtl, model);
  return apart <= few_cycles * runs || std::fabs(deviation(rtl, model)) <= most;
}

/// `but`: a unit whose busy cycles are not compared.
void check(const Row& row) {
  EXPECT_LE(std::fabs(deviation(row.rtl, row.model)), most_total)
      << row.name << ": " << row.model << " cycles instead of " << row.rtl;
  for (std::size_t u = 1; u < row.rtl_busy.size(); ++u) {
    EXPECT_TRUE(within(row.rtl_busy[u], row.model_busy[u], most_busy, row.runs))
        << row.name << ", " << isa::unit_names[u] << ": " << row.model_busy[u] << " cycles busy instead of "
        << row.rtl_busy[u];
  }
  EXPECT_EQ(row.rtl_passes, row.model_passes) << row.name << ": passes of the lanes";
}

std::string table(const std::vector<Row>& rows) {
  std::string out = "| program | RTL cycles | model | deviation";
  for (std::size_t u = 1; u < isa::unit_names.size(); ++u) out += fmt::format(" | {} busy", isa::unit_names[u]);
  out += " |\n| --- | --- | --- | ---" + std::string();
  for (std::size_t u = 1; u < isa::unit_names.size(); ++u) out += " | ---";
  out += " |\n";
  for (const Row& row : rows) {
    out += fmt::format("| {} | {} | {} | {:+.2f} %", row.name, row.rtl, row.model, 100 * deviation(row.rtl, row.model));
    for (std::size_t u = 1; u < row.rtl_busy.size(); ++u) {
      out += row.rtl_busy[u] == 0 ? " | -"
                                  : fmt::format(" | {:+.2f} %", 100 * deviation(row.rtl_busy[u], row.model_busy[u]));
    }
    out += " |\n";
  }
  return out;
}

/// The rows of one test, kept for the page.
void keep(const std::string& title, const std::vector<Row>& rows) {
  fmt::print("{}", table(rows));
  if (const char* file = std::getenv("GODWIT_FIDELITY")) {
    std::ofstream(file, std::ios::app) << "\n## " << title << "\n\n" << table(rows);
  }
}

/// By the name of a card.
class Cycles : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] static isa::Card card() {
    return isa::load_card(fmt::format(GODWIT_SOURCE_DIR "/configs/cards/{}.toml", GetParam()));
  }
};
INSTANTIATE_TEST_SUITE_P(Cards, Cycles, testing::Values("nano", "nano2"),
                         [](const auto& one) { return std::string(one.param); });

TEST_P(Cycles, SmallProgramsOfEveryInstruction) {
  std::vector<Row> rows;
  for (const CycleCase& one : CycleCases(card()).small()) {
    rows.push_back(compared(one));
    check(rows.back());
  }
  keep(fmt::format("Small programs on {}", GetParam()), rows);
}

/// A prompt, one token, and three that the device makes by itself.
CycleCase model_case(const isa::Card& card, const std::string& name, const Model& model, const char* scheme,
                     compiler::ActivationDigits digits) {
  ThreadPool pool(2);
  compiler::CompileOptions options;
  options.scheme = compress::parse_scheme(scheme);
  options.activations = digits;
  options.context = 64;
  return {
      .name = fmt::format("{} {}", name, scheme),
      .program = compiler::compile(model, card, options, pool),
      .starts = {
          {.tokens = 37}, {.position = 37, .tokens = 1}, {.position = 38, .tokens = 1, .greedy = true, .count = 3}}};
}

TEST_P(Cycles, WholeModels) {
  std::vector<Row> rows;
  const auto embedded = load_model(GODWIT_SOURCE_DIR "/models/kjv");
  for (const char* scheme : {"w8", "w4g64", "w4g64-n8"}) {
    rows.push_back(compared(model_case(card(), "embedded, A15,", *embedded, scheme, compiler::ActivationDigits::a15)));
    check(rows.back());
  }
  rows.push_back(compared(model_case(card(), "embedded, A8,", *embedded, "w8", compiler::ActivationDigits::a8)));
  check(rows.back());
  keep(fmt::format("The embedded model on {}", GetParam()), rows);
}

// Seven tokens keep the one chain at work, one waits for the stream.
TEST(CyclesOfAFoldedCard, WholeModels) {
  std::vector<Row> rows;
  const auto embedded = load_model(GODWIT_SOURCE_DIR "/models/kjv");
  const isa::Card card = isa::load_card(GODWIT_SOURCE_DIR "/configs/cards/ulx3s.toml");
  for (const char* scheme : {"w8", "w4g64-n8"}) {
    CycleCase one = model_case(card, "embedded, A15,", *embedded, scheme, compiler::ActivationDigits::a15);
    one.starts = {{.tokens = 7}, {.position = 7, .tokens = 1, .greedy = true, .count = 1}};
    rows.push_back(compared(one));
    check(rows.back());
  }
  keep("The embedded model on ulx3s", rows);
}

TEST_P(Cycles, RandomPrograms) {
  std::vector<Row> rows;
  CycleCases cases(card());
  constexpr std::uint64_t programs = 24;
  for (std::uint64_t seed = 1; seed <= programs; ++seed) {
    rows.push_back(compared(cases.random(seed, 25)));
    check(rows.back());
  }
  keep(fmt::format("Random programs on {}", GetParam()), rows);
}

}  // namespace
}  // namespace godwit::cosim
