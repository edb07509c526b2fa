#pragma once
// What may be done to a model's weights before they are coded: rotation (rotate.h), then smoothing (smooth.h).

#include <memory>

#include "base/thread_pool.h"
#include "compress/listener.h"
#include "compress/workshop.h"
#include "model/graph.h"

namespace godwit::compress {

/// The model with the transforms that are asked for; the same one where none is. Smoothing learns from `text`, which
/// must then hold tokens. Throws UserError as rotate() does.
std::shared_ptr<const Model> transform(std::shared_ptr<const Model> model, const Transforms& wanted,
                                       const CalibrationText& text, ThreadPool& pool, Listener& listener);

}  // namespace godwit::compress
