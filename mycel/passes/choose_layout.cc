// Chooses the layout of 4-d values.
#include <algorithm>

#include "mycel/passes/passes.h"
#include "mycel/passes/rewrite.h"

namespace mycel::passes {
namespace {

using ir::Layout;
using ir::Value;

// An elementwise result takes the layout of its largest operands, channels-last if any of them has
// it; smaller operands are repeated along some dim.
bool follows_channels_last(const ir::Operation& op) {
  for (const Value* operand : op.operands()) {
    if (operand && operand->type().layout == Layout::kChannelsLast &&
        operand->type().dims == op.result()->type().dims) {
      return true;
    }
  }
  return false;
}

// Whether the user would copy memory that is not row-major: a reshape is a view of row-major memory
// only, and a product merges the rows of a stack.
bool reads_row_major(const ir::Use& use) {
  static const ir::OpDef& reshape = op_named("reshape");
  static const ir::OpDef& matmul = op_named("matmul");
  static const ir::OpDef& outer_sum = op_named("outer_sum");
  if (!use.user) return false;
  const ir::OpDef& def = use.user->def();
  return &def == &reshape || &def == &matmul || &def == &outer_sum;
}

// Whether all uses of the value read it row-major: transposing it as it is written costs less than
// a copy. An operation with an implementation does not count, because its kernel determines the
// layout.
bool is_only_read_row_major(const ir::Operation& op, const Value& result) {
  return op.implementation().empty() && !result.uses().empty() &&
         std::all_of(result.uses().begin(), result.uses().end(), reads_row_major);
}

bool wants_channels_last(const ir::Operation& op, const Value& result) {
  if (!result.type().is_tensor() || result.type().rank() != 4) return false;
  if (is_only_read_row_major(op, result)) return false;
  switch (op.def().layout) {
    case ir::LayoutRule::kChannelsLast:
      return true;
    case ir::LayoutRule::kFollow:
      return follows_channels_last(op);
    case ir::LayoutRule::kRowMajor:
      return false;
  }
  return false;
}

}  // namespace

void choose_layout(ir::Function& function, const PassContext& context) {
  if (!context.target || !context.target->prefers_channels_last()) return;
  ir::walk(function.body(), [](ir::Operation& op) {
    for (Value* result : op.results()) {
      if (wants_channels_last(op, *result)) result->set_layout(Layout::kChannelsLast);
    }
  });
}

}  // namespace mycel::passes
