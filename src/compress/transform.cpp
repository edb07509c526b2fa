#include "compress/transform.h"

#include "base/error.h"
#include "compress/rotate.h"
#include "compress/smooth.h"
#include "compress/statistics.h"

namespace godwit::compress {

std::shared_ptr<const Model> transform(std::shared_ptr<const Model> model, const Transforms& wanted,
                                       const CalibrationText& text, ThreadPool& pool, Listener& listener) {
  if (wanted.rotation_seed) model = rotate(*model, {.seed = *wanted.rotation_seed}, pool);
  if (wanted.smoothing) {
    ensure(!text.tokens.empty(), "a text to smooth by");
    listener.begin("measuring inputs, tokens", text.tokens.size());
    const auto maxima = input_maxima(*model,
                                     {.tokens = text.tokens,
                                      .context = text.window,
                                      .wanted = {},
                                      .progress = [&](std::size_t tokens) { listener.step(tokens); }},
                                     pool);
    listener.end();
    model = smooth(*model, maxima, *wanted.smoothing);
  }
  return model;
}

}  // namespace godwit::compress
