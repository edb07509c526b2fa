#include "compress/workshop.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <numeric>
#include <ostream>
#include <span>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/record.h"
#include "compress/recipe.h"
#include "compress/staged_inputs.h"
#include "compress/statistics.h"
#include "isa/generated.h"
#include "model/config_text.h"
#include "model/format/coded_tensors.h"
#include "model/format/json.h"
#include "model/format/safetensors.h"

namespace godwit::compress {
namespace {

namespace fs = std::filesystem;

constexpr const char* key_name = "key.txt";
constexpr const char* numbers_name = "numbers.json";
constexpr std::size_t sampled_block_rows = 32;

class Hash {
 public:
  void add(std::uint64_t word) { state_ = mix64(state_ ^ word); }
  void add(std::span<const std::byte> bytes) {
    add(bytes.size());
    for (const std::byte b : bytes) add(std::to_integer<std::uint64_t>(b));
  }
  void add(const std::string& text) { add(std::as_bytes(std::span(text))); }
  [[nodiscard]] std::string text() const { return fmt::format("{:016x}", state_); }

 private:
  std::uint64_t state_ = 0;
};

/// A recipe's name and how it is reached.
std::string full_name(const MatrixRecipe& recipe) {
  static constexpr std::array methods = {"rtn", "gptq"};
  static constexpr std::array keeps = {"magnitude", "wanda", "sparsegpt"};
  std::string name = recipe_name(recipe) + "." + methods.at(static_cast<std::size_t>(recipe.method));
  if (!pattern_name(recipe).empty()) name += fmt::format(".{}", keeps.at(static_cast<std::size_t>(recipe.keep)));
  std::ranges::replace(name, ':', '_');
  return name;
}

bool needs_statistics(const MatrixRecipe& recipe) {
  return recipe.method != Method::rtn || (!pattern_name(recipe).empty() && recipe.keep != Keep::magnitude);
}

/// Whole block rows, spread evenly.
std::vector<float> sample_of(std::span<const float> weights, std::size_t width) {
  const std::size_t block = width * isa::block_rows;
  const std::size_t blocks = weights.size() / block;  // a last part of one is left out
  const std::size_t wanted = std::min(blocks, sampled_block_rows);
  if (wanted == 0) return {weights.begin(), weights.end()};
  std::vector<float> out;
  for (std::size_t i = 0; i < wanted; ++i) {
    const auto from = weights.subspan((2 * i + 1) * blocks / (2 * wanted) * block, block);
    out.insert(out.end(), from.begin(), from.end());
  }
  return out;
}

}  // namespace

Workshop::Workshop(std::shared_ptr<const Model> model, CalibrationText text, fs::path folder, ThreadPool& pool,
                   Listener& listener)
    : model_(std::move(model)),
      matrices_(machine_matrices(*model_)),
      text_(std::move(text)),
      folder_(std::move(folder)),
      pool_(pool),
      listener_(listener) {
  if (!folder_.empty()) open_folder();
}

std::string Workshop::fingerprint() const {
  Hash hash;
  hash.add(config_text(model_->config));
  for (const MachineMatrix& matrix : matrices_) {
    for (const std::size_t layer : matrix.layers) {
      const Tensor& tensor = std::get<Linear>(model_->layers[layer].operation).weight.tensor;
      constexpr std::size_t enough = 1024;  // bytes: of two checkpoints every matrix differs from its beginning on
      hash.add(tensor.data.first(std::min(tensor.data.size(), enough)));
    }
  }
  hash.add(std::as_bytes(std::span(text_.tokens)));
  hash.add(text_.window);
  return hash.text();
}

void Workshop::open_folder() {
  const std::string key = fingerprint();
  const fs::path key_file = folder_ / key_name;
  std::error_code code;
  if (fs::exists(key_file, code)) {
    if (read_text(key_file) == key) {
      if (!fs::exists(folder_ / numbers_name, code)) return;
      const std::string file = (folder_ / numbers_name).string();
      for (const auto& [name, value] : Json::parse(read_text(file), file).fields()) numbers_[name] = value.as_real();
      return;
    }
    fs::remove_all(folder_, code);
  }
  fs::create_directories(folder_, code);
  if (code) {
    throw UserError({.what = "cannot make the folder: " + code.message(),
                     .where = folder_.string(),
                     .expected = "a place that may be written",
                     .remedy = "choose another folder with -o"});
  }
  write_atomically(key_file, [&](std::ostream& out) { out << key; });
}

std::optional<double> Workshop::remembered(const std::string& name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

void Workshop::remember(const std::string& name, double value) {
  numbers_[name] = value;
  if (folder_.empty()) return;
  Record record;
  for (const auto& [key, number] : numbers_) record.set(key, number);
  write_atomically(folder_ / numbers_name, [&](std::ostream& out) { out << record.text(); });
}

void Workshop::clear() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

const InputStatistics& Workshop::statistics(std::size_t matrix) {
  if (statistics_.empty()) {
    listener_.begin("calibrating, tokens", text_.tokens.size());
    statistics_ = collect_statistics(*model_,
                                     {.tokens = text_.tokens,
                                      .context = text_.window,
                                      .wanted = {},
                                      .progress = [&](std::size_t tokens) { listener_.step(tokens); }},
                                     pool_);
    listener_.end();
    for (const MachineMatrix& m : matrices_) fill_up(m);
  }
  return *statistics_[matrices_[matrix].layers.front()];
}

/// Inputs of padding are always zero.
void Workshop::fill_up(const MachineMatrix& matrix) {
  const int padded = matrix.padded_inputs();
  auto& own = statistics_[matrix.layers.front()];
  if (own->inputs == padded) return;
  std::vector<std::int32_t> columns(static_cast<std::size_t>(padded), -1);
  std::iota(columns.begin(), columns.begin() + own->inputs, 0);
  own = std::make_shared<const InputStatistics>(arranged(*own, columns));
}

fs::path Workshop::file_of(std::size_t matrix, const std::string& key) const {
  return folder_ / fmt::format("{}.{}.safetensors", matrices_[matrix].name, key);
}

std::optional<Finished> Workshop::load(std::size_t matrix, const std::string& key) const {
  std::error_code ignored;
  const fs::path path = file_of(matrix, key);
  if (folder_.empty() || !fs::exists(path, ignored)) return {};
  const auto file = MappedFile::open(path);
  const TensorIndex index = parse_safetensors(file->bytes(), path.string(), file);
  const CodedMatrices coded =
      read_coded(index, safetensors_metadata(file->bytes(), path.string())[coded_key], path.string());
  Finished out;
  for (const std::size_t layer : matrices_[matrix].layers) {
    const auto found = coded.find(model_->layers[layer].name + ".weight");
    if (found == coded.end()) return {};
    out.parts.push_back({.layer = layer, .matrix = found->second});
  }
  out.facts = stream_facts(matrices_[matrix], out.parts);
  out.error = remembered(path.filename().string()).value_or(0);
  return out;
}

void Workshop::save(std::size_t matrix, const std::string& key, const Finished& finished) const {
  if (folder_.empty()) return;
  CodedMatrices coded;
  std::vector<TensorToWrite> tensors;
  for (const CodedPart& part : finished.parts) {
    const std::string name = model_->layers[part.layer].name + ".weight";
    coded[name] = part.matrix;
    add_coded(name, part.matrix, tensors);
  }
  write_atomically(file_of(matrix, key),
                   [&](std::ostream& out) { write_safetensors(out, {{coded_key, coded_list(coded, {})}}, tensors); });
}

const Finished& Workshop::finished(std::size_t matrix, const MatrixRecipe& recipe) {
  return finish(matrix, recipe, full_name(recipe),
                [&] { return text_.tokens.empty() ? nullptr : &statistics(matrix); });
}

const Finished& Workshop::finish(std::size_t matrix, const MatrixRecipe& recipe, const std::string& key,
                                 const std::function<const InputStatistics*()>& gathered) {
  const auto place = std::pair(matrix, key);
  if (const auto found = finished_.find(place); found != finished_.end()) return found->second;
  if (auto loaded = load(matrix, key)) return finished_[place] = std::move(*loaded);
  const MachineMatrix& m = matrices_[matrix];
  // The measure of the error is the output's wherever there is a calibration, whatever the method needs.
  const InputStatistics* inputs = gathered();
  ensure(inputs != nullptr || !needs_statistics(recipe), "a method that needs a calibration");
  const std::vector<float> weights = read_weights(*model_, m);
  const QuantisedMatrix coded =
      compress_matrix(weights, static_cast<int>(m.rows.size()), m.padded_inputs(), recipe, inputs, pool_);
  Finished out;
  out.parts = coded_parts(*model_, m, coded, pattern_name(recipe));
  out.facts = stream_facts(m, out.parts);
  out.error = relative_error(weights, coded, inputs, pool_);
  save(matrix, key, out);
  if (!folder_.empty()) remember(file_of(matrix, key).filename().string(), out.error);
  return finished_[place] = std::move(out);
}

double Workshop::sampled_error(std::size_t matrix, const MatrixRecipe& recipe) {
  const MachineMatrix& m = matrices_[matrix];
  const std::string name = fmt::format("{} {}", m.name, full_name(recipe));
  if (const auto known = remembered(name)) return *known;
  const InputStatistics* inputs = text_.tokens.empty() ? nullptr : &statistics(matrix);
  const std::vector<float> weights = sample_of(read_weights(*model_, m), static_cast<std::size_t>(m.padded_inputs()));
  const int rows = static_cast<int>(weights.size() / static_cast<std::size_t>(m.padded_inputs()));
  const double error =
      relative_error(weights, compress_matrix(weights, rows, m.padded_inputs(), recipe, inputs, pool_), inputs, pool_);
  remember(name, error);
  return error;
}

std::shared_ptr<const Model> Workshop::coded_model(const std::vector<MatrixRecipe>& recipes) {
  ensure(recipes.size() == matrices_.size(), "a recipe for each matrix");
  if (text_.sequential && !text_.tokens.empty()) return coded_in_sequence(recipes);
  listener_.begin("compressing, matrices", recipes.size());
  std::vector<CodedPart> parts;
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    const Finished& one = finished(i, recipes[i]);
    parts.insert(parts.end(), one.parts.begin(), one.parts.end());
    listener_.step(1);
  }
  listener_.end();
  return std::make_shared<const Model>(with_codes(*model_, parts));
}

std::shared_ptr<const Model> Workshop::coded_in_sequence(const std::vector<MatrixRecipe>& recipes) {
  listener_.begin("compressing in sequence, matrices", recipes.size());
  StagedInputs staged(text_.tokens, text_.window, pool_);
  auto model = model_;
  std::vector<CodedPart> parts;
  Hash before;  // what the inputs depend on: the recipes of all matrices before
  for (std::size_t i = 0; i < recipes.size(); ++i) {
    before.add(full_name(recipes[i]));
    std::optional<InputStatistics> inputs;
    const Finished& one = finish(i, recipes[i], fmt::format("{}.{}", full_name(recipes[i]), before.text()), [&] {
      std::vector<std::int32_t> columns(static_cast<std::size_t>(matrices_[i].padded_inputs()), -1);
      std::iota(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(matrices_[i].inputs), 0);
      inputs = arranged(staged.statistics(model, std::ranges::min(matrices_[i].layers)), columns);
      return &*inputs;
    });
    parts.insert(parts.end(), one.parts.begin(), one.parts.end());
    model = std::make_shared<const Model>(with_codes(*model_, parts));
    listener_.step(1);
  }
  listener_.end();
  return model;
}

}  // namespace godwit::compress
