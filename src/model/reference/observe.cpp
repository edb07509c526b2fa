#include "model/reference/observe.h"

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "model/reference/reference.h"

namespace godwit {

void observe_inputs(const Model& model, std::span<const std::int32_t> tokens, std::size_t context, ThreadPool& pool,
                    const SeenInputs& seen) {
  ensure(context > 0, "windows of no tokens");
  if (tokens.empty()) return;
  const std::shared_ptr<const Model> shared(std::shared_ptr<const Model>(), &model);  // the caller's for this long
  Reference reference(shared, pool);
  reference.observe(seen);
  KvCache cache(model, std::min(context, tokens.size()));
  for (std::size_t first = 0; first < tokens.size(); first += context) {
    cache.truncate(0);
    reference.forward(tokens.subspan(first, std::min(context, tokens.size() - first)), cache, Logits::none);
  }
}

}  // namespace godwit
