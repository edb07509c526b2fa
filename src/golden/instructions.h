#pragma once
// One function an instruction, by unit. What each does: docs/isa.md and docs/program.md.

#include "golden/core.h"
#include "isa/generated.h"

namespace godwit::golden {

// control.cpp
void execute(Core& core, const isa::op::Set& set);
void execute(Core& core, const isa::op::Add& add);
void execute(Core& core, const isa::op::Least& least);
void execute(Core& core, const isa::op::Loop& loop);
void execute(Core& core, const isa::op::Branch& branch);
void execute(Core& core, const isa::op::Cache& cache);
void execute(Core& core, const isa::op::End& end);
// stream_load.cpp
void execute(Core& core, const isa::op::Stream& stream);
void execute(Core& core, const isa::op::StreamKv& stream);
void execute(Core& core, const isa::op::Load& load);
void execute(Core& core, const isa::op::Embed& embed);
// product.cpp
void execute(Core& core, const isa::op::Matmul& matmul);
// head.cpp
void execute(Core& core, const isa::op::Head& head);
void execute(Core& core, const isa::op::Sample& sample);
// attention.cpp
void execute(Core& core, const isa::op::Scores& scores);
void execute(Core& core, const isa::op::Softmax& softmax);
void execute(Core& core, const isa::op::Mix& mix);
// sfu.cpp
void execute(Core& core, const isa::op::Norm& norm);
void execute(Core& core, const isa::op::Quantise& quantise);
void execute(Core& core, const isa::op::Rope& rope);
void execute(Core& core, const isa::op::Combine& combine);
// store.cpp
void execute(Core& core, const isa::op::Append& append);
void execute(Core& core, const isa::op::Store& store);

/// Takes one from each semaphore that the instruction waits for; throws UserError where nothing earlier has raised it.
void take_semaphores(Core& core, std::uint32_t wait_a, std::uint32_t wait_b);
void raise_semaphores(Core& core, std::uint32_t signal_a, std::uint32_t signal_b);

/// Throws UserError for loops that cross, nest too deep or leave the program, and for branches into or out of a loop.
void check_structure(std::span<const isa::Instruction> instructions);

}  // namespace godwit::golden
