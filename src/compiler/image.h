#pragma once
// The bytes of external memory that a program begins with.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "compiler/layout.h"
#include "compiler/plan.h"
#include "isa/program.h"
#include "model/graph.h"

namespace godwit::compiler {

struct Image {
  std::vector<isa::Segment> segments;
  std::shared_ptr<const void> owner;  // of their bytes
};

/// Weights, tables, descriptors and instructions at the places of the layout. Of a model without weights only the last
/// two. `progress` hears what is being written and the share that is done. Throws UserError for weights that are not
/// finite or that the machine cannot hold.
Image make_image(const Model& model, const Plan& plan, const Layout& layout, const isa::Card& card,
                 std::uint32_t context, int fraction_bits, const std::vector<isa::Words>& descriptors,
                 const std::vector<isa::Words>& instructions, ThreadPool& pool,
                 const std::function<void(const std::string&, double)>& progress);

}  // namespace godwit::compiler
