// Operations with regions: `if`, `while`, `scan`, `call`, and `fusion` (a group compiled as one).
//
//   %y = if(%c) : f32[] { then { yield %a } else { yield %b } }
//   %i, %x = while(%k = %zero, %s = %x0) : (i64[], f32[]) { cond {... yield %more } body {...} }
//   %h, %ys = scan(%a = %h0, %x = %xs) {carries = 1} : (f32[8], f32[n,8]) { body {...} }
//   %z = call(%a, %b) {callee = "f"} : f32[]
//   %z = fusion(%p = %a, %q = %b) : f32[n] { body {...} }
//
// If regions take arguments, each region takes one per operand; the header binds them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mycel/ir/function.h"

namespace mycel::ir {

struct CallAttributes {
  std::string callee;
};

// The first `carries` operands are carried from step to step. Of each other operand, step i sees
// slice [i] along the first dim. The body yields the carries, then one slice per further result.
struct ScanAttributes {
  int64_t carries = 0;
  bool reverse = false;  // from the last step to the first
  Dims length;           // one dim, the number of steps; needed only if no operand is sliced
};
// Returns the number of steps. Raises CompileError if neither an operand nor the attribute gives
// it.
Dim scan_length(const Operation& scan);

struct StructuredDef {
  std::vector<std::string_view> labels;  // of the regions, in order
  bool isolated = false;                 // regions may use their arguments only
  // Returns the argument types of each region.
  std::function<Types(const Operation&)> argument_types;
  // Checks operands, regions and results; returns the problem, or "". Labels and arguments are
  // checked before. The module may be nullptr.
  std::function<std::string(const Operation&, const Module*)> check;
};
// Returns nullptr if the operation is not structured.
const StructuredDef* structured(const OpDef& def);

// Registers the operations above; called once.
void define_structured();

}  // namespace mycel::ir
