// The one way to run an operation: now, or appended to the function being traced.
#pragma once

#include <concepts>

#include "mycel/tensor/op_rules.h"

namespace mycel {

// The operands of one call, borrowed: the tensors are the caller's and outlive it. An undefined one
// is an absent operand.
class Operands {
 public:
  Operands() = default;
  Operands(const Tensors& tensors) {
    for (const Tensor& tensor : tensors) add(tensor);
  }
  template <std::derived_from<Tensor>... T>
    requires(sizeof...(T) > 0)
  explicit Operands(const T&... tensors) : tensors_{&tensors...} {}

  void add(const Tensor& tensor) { tensors_.push_back(&tensor); }
  void set(size_t i, const Tensor& tensor) { tensors_[i] = &tensor; }
  size_t size() const { return tensors_.size(); }
  const Tensor& operator[](size_t i) const { return *tensors_[i]; }
  // Handles of the same objects, to be kept.
  Tensors copies() const {
    Tensors all;
    for (const Tensor* tensor : tensors_) all.push_back(*tensor);
    return all;
  }

 private:
  InlineVector<const Tensor*, 8> tensors_;
};

// Checks, runs or appends, and records on the tape what needs a gradient. Errors get the user's
// location.
Tensors apply(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes);

// The operation of an attribute struct: one struct, one operation.
template <class A>
struct OpOf {
  static inline const ir::OpDef* def = nullptr;
};

// The tensor itself, or the operation `cast` of it.
Tensor cast_to(const Tensor& x, DType dtype);

// apply, after promoting the operands that promote.
Tensors promote_and_apply(const ir::OpDef& op, const Operands& inputs,
                          const ir::Attributes& attributes);

// The operation whose attributes are A: all its results, or its first.
template <class A, class... T>
Tensors call_n(const A& attributes, const T&... inputs) {
  const ir::OpDef& op = *OpOf<A>::def;
  return promote_and_apply(op, Operands(inputs...),
                           ir::Attributes::borrow(op.attributes, &attributes));
}
template <class A, class... T>
Tensor call(const A& attributes, const T&... inputs) {
  return call_n(attributes, inputs...)[0];
}

}  // namespace mycel
