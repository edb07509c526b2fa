#include "model/reference/rotary.h"

#include <algorithm>
#include <cmath>

namespace godwit {

void make_turns(const RopeTable& table, std::size_t first, std::size_t count, Turns& turns) {
  turns.pairs = table.frequencies.size();
  turns.cosines.resize(count * turns.pairs);
  turns.sines.resize(count * turns.pairs);
  for (std::size_t t = 0; t < count; ++t) {
    const auto position = static_cast<double>(first + t);
    for (std::size_t i = 0; i < turns.pairs; ++i) {
      const double angle = position * table.frequencies[i];
      turns.cosines[t * turns.pairs + i] = static_cast<float>(std::cos(angle) * table.magnitude);
      turns.sines[t * turns.pairs + i] = static_cast<float>(std::sin(angle) * table.magnitude);
    }
  }
}

void rotate(const Rope& shape, const Turns& turns, std::size_t index, const float* x, float* y) {
  const std::size_t pairs = shape.turned_dim / 2;
  const float* cosine = turns.cosines.data() + index * turns.pairs;
  const float* sine = turns.sines.data() + index * turns.pairs;
  const std::size_t step = shape.interleaved ? 2 : 1;       // from pair to pair
  const std::size_t apart = shape.interleaved ? 1 : pairs;  // within a pair
  for (std::size_t h = 0; h < shape.heads; ++h) {
    const float* from = x + h * shape.head_dim;
    float* to = y + h * shape.head_dim;
    for (std::size_t i = 0; i < pairs; ++i) {
      const float a = from[i * step];
      const float b = from[i * step + apart];
      to[i * step] = a * cosine[i] - b * sine[i];
      to[i * step + apart] = b * cosine[i] + a * sine[i];
    }
    if (from != to) std::copy(from + shape.turned_dim, from + shape.head_dim, to + shape.turned_dim);
  }
}

}  // namespace godwit
