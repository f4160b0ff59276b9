// The text of strings and constants, shared by messages, the printer and the parser.
#pragma once

#include <string>
#include <string_view>

#include "mycel/ir/attribute.h"

namespace mycel::ir {

// The printer writes larger arrays as named blocks at the end of a module.
inline constexpr int64_t kMaxInlineElements = 16;

// "\"a\\n\""
std::string quoted(std::string_view text);
// "1.0", "true", "3": element `i` of a row-major array.
std::string element_text(const NDArray& row_major, int64_t i);
// "f32[2,2]"
std::string array_type_text(const NDArray& array);

}  // namespace mycel::ir
