#include "runtime/device.h"

#include <algorithm>

#include "base/error.h"

namespace godwit {

int best_token(const Prediction& prediction) {
  if (prediction.logits.empty()) {
    ensure(!prediction.best.empty(), "a prediction of nothing");
    return prediction.best.front().token;
  }
  return static_cast<int>(std::ranges::max_element(prediction.logits) - prediction.logits.begin());
}

// The host's loop, a token a call.
std::vector<int> Device::continue_greedily(std::span<const int> tokens, std::size_t /*count*/,
                                           std::span<const int> /*stops*/) {
  return {best_token(predict(tokens))};
}

}  // namespace godwit
