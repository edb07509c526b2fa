#pragma once
// Each thread's own working memory, kept from call to call so that decode allocates nothing. Aligned to 64 bytes;
// contents are whatever was left there. Each function has its own buffer, which it may move when it grows.

#include <cstddef>

namespace godwit {

float* panel_scratch(std::size_t floats);  // a packed panel
float* row_scratch(std::size_t floats);    // rows converted to fp32
float* score_scratch(std::size_t floats);  // attention scores

}  // namespace godwit
