// The one way to run an operation: now, or appended to the function being traced.
#pragma once

#include <span>

#include "mycel/tensor/rules.h"

namespace mycel {

// Checks, runs or appends, and records on the tape what needs a gradient. Undefined inputs are
// absent operands. Errors get the user's location.
Tensors apply(const ir::OpDef& op, std::span<const Tensor> inputs,
              const ir::Attributes& attributes);

// The operation of an attribute struct: one struct, one operation.
template <class A>
struct OpOf {
  static inline const ir::OpDef* def = nullptr;
};

// The tensor itself, or the operation `cast` of it.
Tensor cast_to(const Tensor& x, DType dtype);

// Runs the operation whose attributes are A, after promoting the operands that promote.
Tensors call_all(const ir::OpDef& op, std::initializer_list<Tensor> inputs,
                 const ir::Attributes& attributes);
Tensors call_all(const ir::OpDef& op, const Tensors& inputs, const ir::Attributes& attributes);

template <class A, class... T>
Tensors call_n(const A& attributes, const T&... inputs) {
  const ir::OpDef& op = *OpOf<A>::def;
  return call_all(op, {inputs...}, ir::Attributes::borrow(op.attributes, &attributes));
}
template <class A, class... T>
Tensor call(const A& attributes, const T&... inputs) {
  return call_n(attributes, inputs...)[0];
}

}  // namespace mycel
