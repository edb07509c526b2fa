#pragma once
// What a report is made of: figures, each with how it was obtained and what gives it again, and the series behind its
// drawings. Plain data: whoever runs a model fills it in, write.h makes pages of it.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit::report {

/// How a figure was obtained. Estimated: arithmetic from documented values; quoted: somebody else's publication.
enum class Kind { measured, simulated, estimated, quoted };
std::string_view kind_name(Kind kind);

struct Origin {
  Kind kind = Kind::measured;
  std::string source;  // the command that gives the figure again; of a quoted one, who says it and where
};

/// One figure, or why there is none.
struct Value {
  Value() = default;
  Value(std::optional<double> figure, Origin from, std::string remark = {})
      : value(figure), origin(std::move(from)), note(std::move(remark)) {}

  std::optional<double> value;  // finite
  Origin origin;
  std::string note;  // its spread or range; where the value is missing, why
};

/// No value, because of `why`.
inline Value no_value(std::string why) {
  return {std::nullopt, Origin(), std::move(why)};
}

/// A value with its name: "ttft_ms", "time to the first token", "ms".
struct Figure {
  std::string id;  // in JSON
  std::string label;
  std::string unit;  // may be empty
  Value value;
};

/// A text that a model wrote.
struct Sample {
  std::string prompt;
  std::string text;
  std::size_t tokens = 0;
  Origin origin;
};

/// What to reach and what was reached. The share reached is target / value where less is better, else value / target.
struct Goal {
  std::string measure;  // "latency a token"
  std::string unit;
  bool less_is_better = true;
  Value target;
  Value reached;
};
/// Nothing unless both are there and positive.
std::optional<double> share_reached(const Goal& goal);

/// One machine with one model: a line of the comparison. Empty texts are left out.
struct System {
  std::string name;
  std::string model;
  std::string precision;
  std::string place;    // processor, card
  std::string lengths;  // "128/128": prompt and generated tokens
  Value ttft_ms;
  Value ms_per_token;
  Value tokens_per_second;
  Value tokens_per_joule;
  bool ours = false;
};

/// Rates against operational intensity. All numbers are positive.
struct Roofline {
  double bytes_per_second = 0;
  double macs_per_second = 0;
  Origin origin;  // of the roof
  struct Point {
    std::string label;
    double macs_per_byte = 0;
    double macs_per_second = 0;
    Origin origin;
  };
  std::vector<Point> points;
  std::string missing;  // why there is no drawing; then the rest is not looked at
};

/// What every unit did from cycle 0 to `cycles`.
struct Timeline {
  struct Span {
    std::size_t unit = 0;  // of `units`
    double begin = 0;      // cycles, 0 <= begin <= end <= cycles
    double end = 0;
    std::string name;
  };
  std::vector<std::string> units;
  std::vector<Span> spans;  // of one unit in order of time, without overlap
  double cycles = 0;
  double megahertz = 0;
  Origin origin;
  std::string missing;
};

/// A whole and its parts: cycles by cause, bytes by kind. Amounts are 0 or more.
struct Breakdown {
  struct Part {
    std::string name;
    double amount = 0;
  };
  std::string unit;
  std::vector<Part> parts;
  double whole = 0;  // that shares are of; 0: the sum of the parts
  Origin origin;
  std::string missing;
};

/// DSPs, LUTs, memories: what is used of what the part has.
struct Resource {
  std::string name;
  Value used;
  std::optional<double> there;
};

/// How far the residual stream is from the fp32 reference after one block.
struct LayerQuality {
  std::string name;
  double relative_error = 0;  // 0 or more
  double headroom_bits = 0;
};

struct Quality {
  std::vector<Figure> figures;  // perplexities, divergence, agreement
  std::vector<LayerQuality> layers;
  Origin layers_origin;
  std::string missing;
};

/// A line at the head of the page: "clock", "225 MHz, assumed".
struct Fact {
  std::string name;
  std::string text;
};

struct Evidence {
  std::string model;
  std::string card;
  std::string made;  // when, and by which version
  std::vector<Fact> facts;
  std::vector<Figure> headline;
  std::optional<Sample> sample;
  std::string no_sample;  // why there is none
  std::vector<Goal> goals;
  std::vector<System> systems;
  std::string systems_missing;  // what is not in the comparison, and why; may be empty
  Roofline roofline;
  Timeline timeline;
  Breakdown stalls;
  Breakdown traffic;
  std::vector<Resource> resources;
  std::string resources_missing;
  Quality quality;
};

/// Panics where a figure is there without origin, is not finite, or a series is not what its comment says: a bug of
/// whoever filled it in.
void check(const Evidence& evidence);

}  // namespace godwit::report
