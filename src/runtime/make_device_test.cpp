#include "runtime/make_device.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "base/error.h"
#include "compiler/straight.h"
#include "golden/machine.h"
#include "isa/program_file.h"
#include "model/description.h"
#include "runtime/block_errors.h"
#include "runtime/comparison.h"
#include "source_dir.h"

namespace godwit {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const std::string llama = GODWIT_SOURCE_DIR "/tests/data/models/llama-default";

std::vector<int> some_tokens(std::size_t count) {
  std::vector<int> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(static_cast<int>(i * i * 31 % 97));
  return tokens;
}

class Devices : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::string complaint(const OpenModel& model, const DeviceOptions& options) {
    try {
      make_device(model, options, pool_);
    } catch (const UserError& error) {
      return error.what();
    }
    return "none";
  }
  std::unique_ptr<Device> device(const OpenModel& model, const std::string& name) {
    DeviceOptions options;
    options.device = name;
    return make_device(model, options, pool_);
  }
  /// Compiles `model` into a file.
  std::string compiled(const OpenModel& model, std::size_t context = 0) {
    DeviceOptions options;
    options.context = context;
    const std::string path = (folder_ / "a.godwit").string();
    isa::write_program_file(path, compile_model(*model.model, options, pool_),
                            describe_model(model.name, *model.model));
    return path;
  }

  fs::path folder_ = fs::temp_directory_path() /
                     ("godwit-devices-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
                      testing::UnitTest::GetInstance()->current_test_info()->name());
  ThreadPool pool_{2};
};

TEST_F(Devices, RefusesImpossibleOptions) {
  const OpenModel model = open_model(llama);
  const auto with = [&](const auto& change) {
    DeviceOptions options;
    change(options);
    return complaint(model, options);
  };
  EXPECT_THAT(with([](auto& o) { o.device = "abacus"; }), HasSubstr("unknown device 'abacus'"));
  EXPECT_THAT(with([](auto& o) { o.card = "no-such-card"; }), HasSubstr("no-such-card"));
  EXPECT_THAT(with([](auto& o) { o.scheme = "w7"; }), HasSubstr("w7"));
  EXPECT_THAT(with([](auto& o) { o.activations = "16"; }), HasSubstr("8, 15 or auto"));
  EXPECT_THAT(with([](auto& o) { o.context = 65; }), HasSubstr("1 to 64"));
  EXPECT_THAT(with([](auto& o) {
                o.device = "fp32";
                o.scheme = "w8";
              }),
              HasSubstr("--scheme w8"));
  EXPECT_THAT(complaint(open_model("shape:distilgpt2"), {}), HasSubstr("add a seed"));
}

TEST_F(Devices, TellsHowFarItIs) {
  const OpenModel model = open_model(GODWIT_SOURCE_DIR "/models/kjv");
  DeviceOptions options;
  options.context = 128;
  std::vector<double> packed;
  std::vector<double> measured;
  options.progress = [&](double share) { packed.push_back(share); };
  options.calibration = [&](double share) { measured.push_back(share); };
  make_device(model, options, pool_);
  for (const auto& shares : {packed, measured}) {
    ASSERT_FALSE(shares.empty());
    EXPECT_TRUE(std::ranges::is_sorted(shares));
    EXPECT_LE(shares.back(), 1.0);
  }
  // Without a tokenizer there is nothing to measure on.
  measured.clear();
  options.context = 32;
  make_device(open_model(llama), options, pool_);
  EXPECT_TRUE(measured.empty());
}

TEST_F(Devices, AnArtefactIsWhatWasCompiled) {
  const OpenModel model = open_model(llama);
  const OpenModel artefact = open_model(compiled(model));
  ASSERT_NE(artefact.program, nullptr);
  EXPECT_FALSE(artefact.model->has_weights);
  const auto tokens = some_tokens(40);
  const auto direct = device(model, "golden");
  const auto loaded = device(artefact, "golden");
  EXPECT_TRUE(std::ranges::equal(direct->feed(tokens, true), loaded->feed(tokens, true)));
  EXPECT_EQ(loaded->capacity(), 64U);
}

TEST_F(Devices, AnArtefactHasSettledItsOptions) {
  const OpenModel artefact = open_model(compiled(open_model(llama), 32));
  DeviceOptions options;
  options.scheme = "w8";
  EXPECT_THAT(complaint(artefact, options), HasSubstr("compiled already"));
  options = {};
  options.context = 33;
  EXPECT_THAT(complaint(artefact, options), HasSubstr("1 to 32"));
  options = {};
  options.device = "fp32";
  EXPECT_THAT(complaint(artefact, options), HasSubstr("no weights in fp32"));
}

TEST_F(Devices, ADamagedArtefactIsRefused) {
  const std::string path = compiled(open_model(llama));
  std::string bytes;
  {
    std::ifstream in(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto refused = [&](const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    EXPECT_THROW(open_model(path), UserError);
  };
  for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 97) {
    std::string bad = bytes;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    refused(bad);
  }
  for (const std::size_t kept : {std::size_t{0}, std::size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    refused(bytes.substr(0, kept));
  }
  refused(bytes + "x");
}

TEST_F(Devices, AreComparedOverAText) {
  const OpenModel model = open_model(llama);
  const auto tokens = some_tokens(100);
  const auto reference = device(model, "fp32");
  std::size_t heard = 0;
  const auto count = [&](std::size_t n) { heard += n; };
  const auto again = device(model, "fp32");
  const Comparison same = compare_text(*reference, *again, tokens, 30, pool_, count);
  EXPECT_EQ(heard, 100U);
  EXPECT_EQ(same.device.tokens, 96U);
  EXPECT_EQ(same.divergence, 0);
  EXPECT_EQ(same.agreement(), 1);
  EXPECT_EQ(same.device.nats, same.reference.nats);

  const auto golden = device(model, "golden");
  const Comparison other = compare_text(*reference, *golden, tokens, 30, pool_, count);
  EXPECT_GT(other.mean_divergence(), 0);
  EXPECT_LT(other.mean_divergence(), 0.01);
  EXPECT_GT(other.agreement(), 0.8);
  EXPECT_NEAR(other.device.perplexity() / other.reference.perplexity(), 1, 0.02);
  ThreadPool one(1);
  EXPECT_EQ(score_text(*golden, tokens, 30, one, count).nats, score_text(*golden, tokens, 30, pool_, count).nats);
  EXPECT_NEAR(score_text(*golden, tokens, 30, pool_, count).nats, other.device.nats, 1e-6);
}

TEST_F(Devices, AreComparedBlockByBlock) {
  // With rotary and with learned positions.
  for (const std::string path : {"tests/data/models/llama-default", "models/kjv"}) {
    const fs::path folder = fs::path(GODWIT_SOURCE_DIR) / path;
    const OpenModel model = open_model(folder.string());
    DeviceOptions options;
    options.context = 64;
    const isa::Program program = compile_model(*model.model, options, pool_);
    std::size_t heard = 0;
    const auto tokens = some_tokens(37);
    const auto blocks = compare_blocks(*model.model, program, tokens, pool_, [&] { ++heard; });
    ASSERT_EQ(blocks.size(), model.model->config.layers + 1) << path;
    EXPECT_EQ(heard, blocks.size());
    for (const BlockError& block : blocks) {
      EXPECT_GT(block.relative_error, 0) << path << ", " << block.name;
      EXPECT_LT(block.relative_error, 0.06) << path << ", " << block.name;
      EXPECT_GT(block.largest, 0);
      EXPECT_GT(block.headroom_bits, 3);
      EXPECT_LT(block.headroom_bits, 31);
    }
    EXPECT_LT(blocks.front().relative_error, blocks.back().relative_error) << path;
  }
}

TEST_F(Devices, TheProgramOfOneLengthIsTheLoopedOneWrittenOut) {
  const OpenModel model = open_model(llama);
  const isa::Program looped = compile_model(*model.model, {}, pool_);
  const auto tokens = some_tokens(20);
  constexpr std::uint64_t granule = 16;
  const auto cache = [&](const golden::Machine& machine, std::uint32_t channel) {
    std::vector<std::byte> bytes(granule * looped.layer_stride * looped.layers);
    machine.read(channel, granule * looped.key_offset, bytes);
    return bytes;
  };
  const auto result = [&](const golden::Machine& machine) {
    std::vector<std::byte> bytes(4 * isa::result_words);
    machine.read(0, looped.result_address, bytes);
    return bytes;
  };
  golden::Machine whole(looped, pool_);
  whole.write(0, looped.ids_address, std::as_bytes(std::span(tokens)));
  for (const std::uint32_t position : {0U, 7U, 8U, 19U}) {
    if (position > 0) whole.run({.position = 0, .tokens = position});
    const isa::Program straight = compiler::straight_program(looped, position);
    golden::Machine one(straight, pool_);
    const auto channels = static_cast<std::uint32_t>(looped.card.slices);
    one.write(0, looped.ids_address, std::as_bytes(std::span(tokens)));
    for (std::uint32_t c = 0; c < channels; ++c) one.write(c, granule * looped.key_offset, cache(whole, c));
    const golden::HostRegisters host{.position = position, .tokens = 1};
    whole.run(host);
    one.run(host);
    EXPECT_EQ(result(one), result(whole)) << position;
    for (std::uint32_t c = 0; c < channels; ++c) EXPECT_EQ(cache(one, c), cache(whole, c)) << position;
    EXPECT_EQ(one.counters().weights, whole.counters().weights);
    EXPECT_EQ(one.counters().kv_read, whole.counters().kv_read);
    EXPECT_EQ(one.counters().instructions, straight.instructions.size());
    EXPECT_LT(whole.counters().instructions - straight.instructions.size(), 10U);  // loops and branches
  }
}

}  // namespace
}  // namespace godwit
