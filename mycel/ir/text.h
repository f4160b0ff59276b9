// The IR's text form, which can be printed, parsed and verified between any two compiler stages.
//
//   module     := { function | "const" @name ":" type "=" "base64"... }
//   function   := "func" @name "(" [%a ":" type, ...] ")" "->" "(" [type, ...] ")"
//                 "{" body "return" values "}"
//   body       := { [%a, ... "="] name [".v" version] "(" operands ")" [attributes] ":" types
//                   ["impl" "(" "name" ")"] ["loc" "(" "file" ":" line "," "scope" ")"] [regions] }
//   operands   := [%a | %argument "=" %a | "none", ...]
//   attributes := "{" name "=" value, ... "}"      omits those with default values
//   types      := type | "(" [type, ...] ")"
//   regions    := "{" { label "{" body "yield" values "}" } "}"
//
// An operand written as %argument = %a names the argument that each region has for it. Names are
// visible from their definition to the end of their region. "//" begins a comment. Large constants
// are written once, as blocks at the end.
#pragma once

#include <string>
#include <string_view>

#include "mycel/ir/function.h"

namespace mycel::ir {

struct PrintOptions {
  bool locations = true;
};

std::string print(const Function& function, const PrintOptions& options = {});
std::string print(const Module& module, const PrintOptions& options = {});

// Parses the output of print. Raises ValueError with line and column. Limits size and depth, so
// that a hostile file cannot exhaust memory or the stack.
Module parse_module(std::string_view text, std::string_view file_name = "<text>");

}  // namespace mycel::ir
