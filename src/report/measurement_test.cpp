#include "report/measurement.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "report/csv.h"
#include "report/published.h"
#include "source_dir.h"

namespace godwit::report {
namespace {
namespace fs = std::filesystem;

const fs::path source_dir = GODWIT_SOURCE_DIR;

class MeasurementFile : public ::testing::Test {
 protected:
  MeasurementFile() : folder_(fs::temp_directory_path() / ("godwit-report-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~MeasurementFile() override { fs::remove_all(folder_); }
  void write(const std::string& text) const { std::ofstream(file()) << text; }
  [[nodiscard]] fs::path file() const { return folder_ / "rows.csv"; }

  fs::path folder_;
};

Measurement row(const char* engine, const char* prompt, double ms) {
  Measurement r;
  r.set("engine", engine).set("model", "embedded").set("precision", "f32").set("device", "cpu").set("cpu", "EPYC");
  r.set("threads", "2").set("prompt", prompt).set("generate", "32").set("repeats", "10").set("how", "measured");
  r.set("ms_per_token_median", ms).set("tokens_per_second_median", 1000 / ms).set("command", "python -m bench");
  return r;
}

TEST(Csv, QuotesAndLines) {
  const auto rows = parse_csv("a,\"b,\"\"c\"\"\",d\r\n\n\"x\ny\",,\n", "t");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"a", "b,\"c\"", "d"}));
  EXPECT_EQ(rows[1], (std::vector<std::string>{"x\ny", "", ""}));
  EXPECT_EQ(csv_line({"a", "b,\"c\"", ""}), "a,\"b,\"\"c\"\"\",\n");
  EXPECT_EQ(parse_csv(csv_line({"", "x\ny", "\""}), "t").at(0), (std::vector<std::string>{"", "x\ny", "\""}));
  EXPECT_THROW(parse_csv("\"a", "t"), UserError);
  EXPECT_THROW(parse_csv("\"a\"b", "t"), UserError);
}

TEST(Measurements, ColumnsAreTheSchemas) {
  std::vector<std::string> wanted;
  std::istringstream schema(read_text(source_dir / "bench/schema.md"));
  for (std::string line; std::getline(schema, line);) {
    if (line.starts_with("| `")) wanted.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  EXPECT_EQ(measurement_columns(), wanted);
}

TEST_F(MeasurementFile, AppendsAndReads) {
  EXPECT_TRUE(read_measurements(file()).empty());
  append_measurements(file(), {row("llama.cpp", "32", 0.776433)});
  append_measurements(file(), {row("pytorch, eager", "32", 5.8)});
  const auto rows = read_measurements(file());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].text("engine"), "pytorch, eager");
  EXPECT_DOUBLE_EQ(rows[0].number("ms_per_token_median").value(), 0.776433);
  EXPECT_FALSE(rows[0].number("energy_j_per_token"));
}

TEST_F(MeasurementFile, HostileRows) {
  write("date,no_such_column\n1,2\n");
  EXPECT_THROW(read_measurements(file()), UserError);
  write("date,cpu\n1\n");
  EXPECT_THROW(read_measurements(file()), UserError);
  for (const char* bad : {"nan", "inf", "-1", "fast", "1 2"}) {
    Measurement r = row("x", "32", 1);
    r.set("ms_per_token_median", std::string(bad));
    EXPECT_THROW(systems_of({r}, "embedded", 32), UserError) << bad;
  }
  Measurement r = row("x", "32", 1);
  r.set("how", "guessed");
  EXPECT_THROW(systems_of({r}, "embedded", 32), UserError);
}

TEST(Measurements, ModelsByName) {
  EXPECT_TRUE(same_model("distilgpt2", "shape:distilgpt2?seed=1"));
  EXPECT_TRUE(same_model("smollm2", "some/folder/SmolLM2-135M-Instruct.Q4_1.gguf"));
  EXPECT_TRUE(same_model("smollm2-shape", "shape:smollm2-135m"));
  EXPECT_TRUE(same_model("embedded", "embedded"));
  EXPECT_FALSE(same_model("gpt2", "shape:gpt2-medium"));
  EXPECT_FALSE(same_model("distilgpt2", "embedded"));
  EXPECT_FALSE(same_model("", "embedded"));
}

TEST(Measurements, OneSystemForEachEngine) {
  const auto systems =
      systems_of({row("a", "32", 9), row("a", "128", 3), row("a", "128", 2), row("b", "512", 4)}, "embedded", 100);
  ASSERT_EQ(systems.size(), 2U);
  EXPECT_DOUBLE_EQ(systems[0].ms_per_token.value.value(), 2);  // the nearest length, the last of its rows
  EXPECT_EQ(systems[0].place, "EPYC, 2 threads");
  EXPECT_EQ(systems[0].ms_per_token.origin.source, "python -m bench");
  EXPECT_EQ(systems[1].lengths, "512/32");
  EXPECT_TRUE(systems_of({row("a", "32", 9)}, "distilgpt2", 32).empty());
}

TEST(Measurements, RecordedOnesCanBeRead) {
  for (const char* file : {"cpu.csv", "gpu.csv"}) {  // those that a report reads
    const auto rows = read_measurements(source_dir / "bench/results" / file);
    EXPECT_FALSE(rows.empty()) << file;
    for (const char* model : {"embedded", "shape:distilgpt2", "shape:smollm2-135m"}) {
      EXPECT_FALSE(systems_of(rows, model, 128).empty()) << file << ", " << model;
    }
  }
}

TEST(Published, EachHasItsSource) {
  const auto systems = read_published(source_dir / "configs/published.toml");
  EXPECT_GE(systems.size(), 15U);
  for (const System& s : systems) {
    EXPECT_TRUE(s.tokens_per_second.value.has_value()) << s.name;
    EXPECT_EQ(s.tokens_per_second.origin.kind, Kind::quoted);
    EXPECT_GT(s.tokens_per_second.origin.source.size(), 20U) << s.name;
    if (s.ms_per_token.value) {
      EXPECT_NEAR(1000 / *s.ms_per_token.value, *s.tokens_per_second.value, 1) << s.name;
    }
  }
}

TEST(Targets, StatedAndRivals) {
  const auto targets = read_targets(source_dir / "configs/targets.toml");
  EXPECT_GE(targets.size(), 4U);
  const Origin origin{Kind::simulated, "godwit simulate"};
  const Reached reached{{1.0, origin, {}}, {1000.0, origin, {}}, {0.1, origin, {}}};
  const auto stated = goals_of(reached, targets, {}, "shape:llama2-7b", "u280");
  ASSERT_EQ(stated.size(), 3U);
  EXPECT_NEAR(share_reached(stated[0]).value(), 1000.0 / 119, 1e-9);
  EXPECT_NEAR(share_reached(stated[2]).value(), 10 / 2.6, 1e-9);
  EXPECT_TRUE(goals_of(reached, targets, {}, "embedded", "nano").empty());
  const auto rivals = goals_of(reached, targets, systems_of({row("a", "32", 9), row("b", "32", 4)}, "embedded", 32),
                               "embedded", "nano");
  ASSERT_EQ(rivals.size(), 2U);
  EXPECT_DOUBLE_EQ(rivals[0].target.value.value(), 4);  // the faster of the two
  EXPECT_NE(rivals[0].target.note.find("EPYC"), std::string::npos);
}

}  // namespace
}  // namespace godwit::report
