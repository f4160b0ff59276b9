// Encodes large constants as text: the bytes of a row-major array in base64 (RFC 4648).
#pragma once

#include <string>
#include <string_view>

#include "mycel/core/ndarray.h"
#include "mycel/ir/type.h"

namespace mycel::ir {

std::string encode_constant(const NDArray& array);
// Raises ValueError if the text is not base64 or its length does not match the type.
NDArray decode_constant(const Type& type, std::string_view text);

}  // namespace mycel::ir
