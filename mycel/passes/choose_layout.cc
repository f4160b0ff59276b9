#include "mycel/passes/passes.h"

namespace mycel::passes {
namespace {

using ir::Layout;
using ir::Value;

// An elementwise result lies as its largest operand does, ties to channels-last; operands that are
// smaller are repeated along some dim.
bool follows_channels_last(const ir::Operation& op) {
  for (const Value* operand : op.operands()) {
    if (operand && operand->type().layout == Layout::kChannelsLast &&
        operand->type().dims == op.result()->type().dims) {
      return true;
    }
  }
  return false;
}

bool wants_channels_last(const ir::Operation& op, const Value& result) {
  if (!result.type().is_tensor() || result.type().rank() != 4) return false;
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
