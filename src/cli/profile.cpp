// godwit profile: where the fp32 reference's time goes, layer by layer.

#include <algorithm>
#include <fmt/core.h>
#include <limits>

#include "base/error.h"
#include "base/record.h"
#include "cli/layer_costs.h"
#include "cli/verbs.h"
#include "runtime/open_model.h"

namespace godwit {
namespace {

LayerCost total(const std::vector<LayerCost>& costs) {
  LayerCost sum;
  for (const LayerCost& cost : costs) {
    sum.macs += cost.macs;
    sum.bytes += cost.bytes;
    sum.ms += cost.ms;
  }
  return sum;
}

LayerCost total_of_group(const Model& model, const std::vector<LayerCost>& costs, std::string_view group) {
  std::vector<LayerCost> members;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (group_of(model.layers[i].operation) == group) members.push_back(costs[i]);
  }
  return total(members);
}

std::vector<Record> layer_records(const Model& model, const std::vector<LayerCost>& costs) {
  const double all = total(costs).ms;
  std::vector<Record> out;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    const Layer& layer = model.layers[i];
    Record& one = out.emplace_back();
    one.set("name", layer.name).set("kind", kind_name(layer.operation)).set("group", group_of(layer.operation));
    one.set("macs", static_cast<std::int64_t>(costs[i].macs)).set("bytes", static_cast<std::int64_t>(costs[i].bytes));
    one.set("ms", costs[i].ms).set("share", costs[i].ms / all);
  }
  return out;
}

Record group_shares(const Model& model, const std::vector<LayerCost>& costs) {
  Record out;
  for (const auto group : layer_groups) out.set(group, total_of_group(model, costs, group).ms / total(costs).ms);
  return out;
}

void print_costs(std::string_view name, const LayerCost& cost, double all_ms) {
  fmt::print("{:<28} {:>10.3f} {:>8.1f} % {:>12.3f} {:>12.3f} {:>9.1f} {:>9.1f}\n", name, cost.ms,
             100 * cost.ms / all_ms, cost.macs * 1e-6, cost.bytes * 1e-6, 2e-6 * cost.macs / cost.ms,
             1e-6 * cost.bytes / cost.ms);
}

class ProfileVerb : public Verb {
 public:
  [[nodiscard]] const char* name() const override { return "profile"; }
  [[nodiscard]] const char* sentence() const override {
    return "Time every layer on the fp32 reference, and count its operations and bytes.";
  }
  void declare(Options& options) override;
  int run(const Common& common) override;

 private:
  [[nodiscard]] std::shared_ptr<const Model> model_with_weights() const;
  void print_json(const Model& model, const ProfileRun& run, int threads) const;
  void print_phase(const char* title, const Model& model, const std::vector<LayerCost>& costs) const;

  std::string model_;
  std::int64_t prompt_ = 128;
  std::int64_t generate_ = 32;
  std::int64_t repeat_ = 3;
  bool per_layer_ = false;
};

void ProfileVerb::declare(Options& options) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  options.required("MODEL", model_, "Hugging Face folder, .gguf file, 'embedded' or 'shape:NAME' (random weights)");
  options.integer("--prompt", prompt_, 1, most, "tokens of the prompt");
  options.integer("--generate", generate_, 1, most, "tokens generated after it, one by one");
  options.integer("--repeat", repeat_, 1, 1000, "rounds after one to warm up; times are medians");
  options.flag("--per-layer", per_layer_, "list every layer, not only the kinds");
}

std::shared_ptr<const Model> ProfileVerb::model_with_weights() const {
  const bool bare_shape = model_.starts_with("shape:") && model_.find('?') == std::string::npos;
  const OpenModel opened = open_model(bare_shape ? model_ + "?seed=1" : model_);
  if (opened.model->has_weights) return opened.model;
  throw UserError({.what = "an artefact holds a program, and no weights in fp32",
                   .where = model_,
                   .expected = "a checkpoint: the fp32 reference is what is profiled",
                   .remedy = "give the checkpoint that it was compiled from"});
}

int ProfileVerb::run(const Common& common) {
  const auto model = model_with_weights();
  if (static_cast<std::size_t>(prompt_ + generate_) > model->config.context) {
    throw UserError({.what = "prompt and generated tokens are longer than the model's context",
                     .where = fmt::format("--prompt {} --generate {}", prompt_, generate_),
                     .expected = fmt::format("at most {} together", model->config.context),
                     .remedy = "ask for fewer"});
  }
  ThreadPool pool = common.pool();
  const ProfileRun result =
      profile_layers(model, static_cast<std::size_t>(prompt_), static_cast<std::size_t>(generate_),
                     static_cast<std::size_t>(repeat_), pool);
  if (common.json) {
    print_json(*model, result, pool.threads());
  } else {
    fmt::print("{} on the fp32 reference, {} threads, medians of {}\n", model->config.name, pool.threads(), repeat_);
    print_phase(fmt::format("prefill of {} tokens", prompt_).c_str(), *model, result.prefill);
    print_phase(fmt::format("decode of one token after {}", prompt_).c_str(), *model, result.decode);
  }
  return 0;
}

void ProfileVerb::print_json(const Model& model, const ProfileRun& run, int threads) const {
  const LayerCost prefill = total(run.prefill);
  const LayerCost decode = total(run.decode);
  Record record;
  record.set("name", model.config.name).set("threads", threads);
  record.set("prompt", prompt_).set("generate", generate_).set("repeat", repeat_);
  record.set("prefill_ms", prefill.ms).set("ms_per_token", decode.ms).set("tokens_per_second", 1000 / decode.ms);
  record.set("prefill_gflops", 2e-6 * prefill.macs / prefill.ms).set("decode_gbps", 1e-6 * decode.bytes / decode.ms);
  record.set("macs_per_token", static_cast<std::int64_t>(decode.macs));
  record.set("bytes_per_token", static_cast<std::int64_t>(decode.bytes));
  record.set("groups", group_shares(model, run.decode)).set("prefill_groups", group_shares(model, run.prefill));
  record.set("layers", layer_records(model, run.decode));
  record.set("prefill_layers", layer_records(model, run.prefill));
  fmt::print("{}\n", record.text());
}

void ProfileVerb::print_phase(const char* title, const Model& model, const std::vector<LayerCost>& costs) const {
  const LayerCost all = total(costs);
  fmt::print("\n{:<28} {:>10} {:>10} {:>12} {:>12} {:>9} {:>9}\n", title, "ms", "share", "MMAC", "MB", "GFLOP/s",
             "GB/s");
  if (per_layer_) {
    for (std::size_t i = 0; i < costs.size(); ++i) print_costs(model.layers[i].name, costs[i], all.ms);
    fmt::print("\n");
  }
  for (const auto group : layer_groups) print_costs(group, total_of_group(model, costs, group), all.ms);
  print_costs("all", all, all.ms);
}

}  // namespace

std::unique_ptr<Verb> make_profile_verb() {
  return std::make_unique<ProfileVerb>();
}

}  // namespace godwit
