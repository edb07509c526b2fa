#include "cyclesim/op.h"

#include <variant>

namespace godwit::cyclesim {
namespace {

template <class Operation>
void take_affine(Decoded& out, const Operation& i) {
  if constexpr (requires { i.value_reg; }) {
    out.base = i.value;
    out.affine_register = i.value_reg;
    out.stride = i.value_stride;
  } else if constexpr (requires { i.count_reg; }) {
    out.base = i.count;
    out.affine_register = i.count_reg;
    out.stride = i.count_stride;
  } else if constexpr (requires { i.matrix_reg; }) {
    out.base = i.matrix;
    out.affine_register = i.matrix_reg;
    out.stride = i.matrix_stride;
    out.described = true;
  } else if constexpr (requires { i.layer_reg; }) {
    out.base = i.layer;
    out.affine_register = i.layer_reg;
    out.stride = i.layer_stride;
  } else if constexpr (requires { i.address_reg; }) {
    out.base = static_cast<std::int64_t>(i.address);
    out.affine_register = i.address_reg;
    out.stride = i.address_stride;
  }
}

}  // namespace

Decoded decoded(const isa::Instruction& instruction) {
  return std::visit(
      [](const auto& i) {
        Decoded out;
        out.unit = i.unit;
        out.waits = {i.wait_a, i.wait_b};
        out.signals = {i.signal_a, i.signal_b};
        take_affine(out, i);
        if constexpr (requires { i.tokens; }) out.tokens = i.tokens;
        if constexpr (requires { i.position; }) out.position = i.position;
        if constexpr (requires { i.length; }) out.length = i.length;
        if constexpr (requires { i.spill; }) out.spill = i.spill;
        return out;
      },
      instruction);
}

}  // namespace godwit::cyclesim
