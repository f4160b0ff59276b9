// Parses attributes in braces: {axis = 1, mode = "same", value = f32[2]{1.0, 2.0}}.
#pragma once

#include <map>
#include <string>

#include "mycel/ir/lexer.h"
#include "mycel/ir/op_def.h"

namespace mycel::ir {

// Large constants by the name of their `const` block.
using NamedConstants = std::map<std::string, NDArray>;

Attribute parse_attribute(Lexer& scanner, const NamedConstants& constants);
// Parses the attributes of an operation; omitted ones keep their defaults.
Attributes parse_attributes(Lexer& scanner, const OpDef& def, const NamedConstants& constants);

}  // namespace mycel::ir
