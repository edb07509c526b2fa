#include "compress/recipe.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/file.h"
#include "isa/generated.h"
#include "model/format/json.h"

namespace godwit::compress {
namespace {

SchemeRequest read_recipe(const std::string& file) {
  const Json json = Json::parse(read_text(file), file);
  const auto matrices = json.find("matrices");
  if (!matrices) {
    throw UserError({.what = "the recipe names no matrices",
                     .where = file,
                     .expected = "an object 'matrices' that gives each a scheme",
                     .remedy = "take the recipe.json that godwit compress wrote"});
  }
  SchemeRequest out;
  for (const auto& [name, scheme] : matrices->fields()) out.of.emplace(name, parse_recipe(scheme.as_text()));
  out.transforms = {.rotation_seed = json.count("rotation_seed"), .smoothing = json.real("smoothing")};
  if (out.transforms.smoothing && (*out.transforms.smoothing < 0 || *out.transforms.smoothing > 1)) {
    throw UserError({.what = fmt::format("the recipe smooths by {}", *out.transforms.smoothing),
                     .where = file,
                     .expected = "a strength from 0 to 1",
                     .remedy = "take the recipe.json that godwit compress wrote"});
  }
  return out;
}

/// A recipe's name up to what a scheme does not have.
std::string without_density(const std::string& text) {
  return text.substr(0, std::min(text.find("-d"), text.find("-u")));
}

/// Takes "s6" out of "w4g64s6-n8".
int take_step_bits(std::string& text) {
  const std::size_t at = text.substr(0, text.find('-')).find('s');
  if (at == std::string::npos) return most_step_bits;
  const std::size_t digit = at + 1;
  const bool one = digit < text.size() && (digit + 1 == text.size() || text[digit + 1] == '-');
  if (!one || text[digit] < '3' || text[digit] > '9' || text.starts_with("w8")) {
    throw UserError({.what = "no bits that the step of a group can have",
                     .where = fmt::format("scheme '{}'", text),
                     .expected = "w4s3 to w4s9, of weights of fewer than 8 bits, behind the group: w4g32s6",
                     .remedy = "leave it out, unless you measure what fewer of them would cost"});
  }
  const int bits = text[digit] - '0';
  text.erase(at, 2);
  return bits;
}

}  // namespace

SchemeRequest parse_request(const std::string& text) {
  if (text.ends_with(".json")) return read_recipe(text);
  std::string plain = without_density(text);
  take_step_bits(plain);
  if (const Scheme scheme = parse_scheme(plain); scheme.mean) {
    parse_scheme(without_density(text));  // a mean is given without bits of steps
    // What follows the bits is checked as it would be behind bits that have groups.
    const MatrixRecipe rest = parse_recipe("w4" + text.substr(std::min(text.find_first_of("g-"), text.size())));
    return {.recipe = rest, .mean_bits = scheme.mean, .of = {}, .transforms = {}};
  }
  if (text != "keep") return {.recipe = parse_recipe(text), .mean_bits = {}, .of = {}, .transforms = {}};
  throw UserError({.what = "there is nothing to compress where codes are kept",
                   .where = "--scheme keep",
                   .expected = "bits of a weight, as w4",
                   .remedy = "compile or run the quantised checkpoint as it is"});
}

std::string pattern_name(const MatrixRecipe& recipe) {
  if (recipe.density > 0) return fmt::format("{}{}", recipe.unstructured ? 'u' : 'd', recipe.density);
  if (recipe.kept == isa::block_inputs) return {};
  if (recipe.span == isa::block_inputs) return fmt::format("n{}", recipe.kept);
  return fmt::format("{}:{}", recipe.span, recipe.kept * recipe.span / isa::block_inputs);
}

std::string recipe_name(const MatrixRecipe& recipe) {
  std::string name = fmt::format("w{}", recipe.bits);
  if (recipe.group != 0) name += fmt::format("g{}", recipe.group);
  if (recipe.step_bits != most_step_bits) name += fmt::format("s{}", recipe.step_bits);
  const std::string pattern = pattern_name(recipe);
  return pattern.empty() ? name : name + "-" + pattern;
}

MatrixRecipe parse_recipe(const std::string& given) {
  std::string text = given;
  const int step_bits = take_step_bits(text);
  const std::size_t dash = std::min(text.find("-d"), text.find("-u"));
  const Scheme scheme = parse_scheme(without_density(text));
  if (scheme.mean) {
    throw UserError({.what = "a mean of bits is not what one matrix has",
                     .where = fmt::format("scheme '{}'", text),
                     .expected = "bits of a weight, as w4",
                     .remedy = "give the mean to --scheme"});
  }
  MatrixRecipe recipe{
      .bits = scheme.bits, .group = scheme.group, .step_bits = step_bits, .kept = scheme.kept, .span = scheme.span};
  if (dash == std::string::npos) return recipe;
  recipe.unstructured = text[dash + 1] == 'u';
  const char* last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + dash + 2, last, recipe.density);
  const double least = recipe.group == 32 ? 1.0 / 2 : 1.0 / isa::block_inputs;
  if (error == std::errc() && stop == last && recipe.density >= least && recipe.density <= 1 && recipe.group != 16) {
    return recipe;
  }
  throw UserError({.what = "no density that a matrix can have",
                   .where = fmt::format("scheme '{}'", text),
                   .expected = "0.0625 to 1 of the weights, in groups of 32 half of them at least",
                   .remedy = "write w4-d0.5, say"});
}

}  // namespace godwit::compress
