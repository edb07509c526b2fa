#pragma once

#include <string_view>

namespace godwit::report {

/// The page's style sheet: light and dark by the reader's preference, one column on a phone, nothing from elsewhere.
extern const std::string_view style_sheet;

}  // namespace godwit::report
