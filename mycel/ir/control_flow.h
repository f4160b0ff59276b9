// Operations with regions: `if`, `while`, `scan`, `call`, and `fusion` (a group compiled as one).
//
//   %y = if(%c) : f32[] { then { yield %a } else { yield %b } }
//   %i, %x = while(%k = %zero, %s = %x0) : (i64[], f32[]) { cond {... yield %more } body {...} }
//   %h, %ys = scan(%a = %h0, %x = %xs) {carries = 1} : (f32[8], f32[n,8]) { body {...} }
//   %z = call(%a, %b) {callee = "f"} : f32[]
//   %z = fusion(%p = %a, %q = %b) : f32[n] { body {...} }
//
// Where regions take arguments, every region takes one for each operand; the header binds them.
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

// The first `carries` operands are carried from step to step; of the others, step i sees the slice
// [i] along their first dim. The body yields the carries, then one slice for each further result.
struct ScanAttributes {
  int64_t carries = 0;
  bool reverse = false;  // from the last step to the first
  Dims length;           // of one dim: the number of steps; needed only where no operand is sliced
};
// The number of steps; raises CompileError if neither an operand nor the attribute says it.
Dim scan_length(const Operation& scan);

struct StructuredDef {
  std::vector<std::string_view> labels;  // of the regions, in order
  bool isolated = false;                 // regions see their arguments only
  // The types of the arguments of each region.
  std::function<Types(const Operation&)> argument_types;
  // What is wrong with operands, regions and results, "" if nothing. Labels and arguments were
  // checked before. The module may be nullptr.
  std::function<std::string(const Operation&, const Module*)> check;
};
// nullptr for an operation without regions.
const StructuredDef* structured(const OpDef& def);

// Adds them to the registry; called once.
void define_structured();

}  // namespace mycel::ir
