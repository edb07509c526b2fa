#pragma once
// The mistakes that rtl/fault_pkg.sv seeds, in its order: the first one is number 1.

#include <span>
#include <string_view>

namespace godwit::cosim {

struct SeededFault {
  std::string_view name;  // "key-scale"
  std::string_view what;  // "a key's scale is its value's"
};

std::span<const SeededFault> seeded_faults();

}  // namespace godwit::cosim
