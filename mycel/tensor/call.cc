// Promotion of operands before an operation is applied.
#include <optional>

#include "mycel/tensor/apply.h"

namespace mycel {
namespace {

// The dtype that the operands which promote share, or none if nothing has to change.
std::optional<DType> common_dtype(const ir::OpDef& op, const Operands& inputs) {
  std::optional<DType> common;
  bool differ = false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ir::OperandSpec& spec = op.operands[std::min(i, op.operands.size() - 1)];
    if (!spec.promotes || !inputs[i].defined()) continue;
    DType dtype = inputs[i].dtype();
    if (!common) {
      common = dtype;
    } else if (*common != dtype) {
      differ = true;
      common = promote(*common, dtype);
    }
  }
  return differ ? common : std::nullopt;
}

Tensors cast_operands(const ir::OpDef& op, const Operands& inputs, DType dtype) {
  Tensors out = inputs.copies();
  for (size_t i = 0; i < out.size(); ++i) {
    const ir::OperandSpec& spec = op.operands[std::min(i, op.operands.size() - 1)];
    if (spec.promotes && out[i].defined()) out[i] = cast_to(out[i], dtype);
  }
  return out;
}

}  // namespace

Tensor cast_to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  static const ir::OpDef& op = [&]() -> const ir::OpDef& {
    const ir::OpDef* found = ir::Registry::get().find("cast");
    if (!found) fail_internal("promotion needs the operation cast");
    return *found;
  }();
  ir::Attributes attributes = ir::Attributes::make(op.attributes, op.attributes.create());
  return apply(op, Operands(x), attributes.with("dtype", dtype))[0];
}

Tensors call_all(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes) {
  if (std::optional<DType> dtype = common_dtype(op, inputs)) {
    return apply(op, cast_operands(op, inputs, *dtype), attributes);
  }
  return apply(op, inputs, attributes);
}

}  // namespace mycel
