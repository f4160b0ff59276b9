// Runs every operation: at once, or by appending it to the function being traced.
#pragma once

#include <concepts>

#include "mycel/tensor/op_rules.h"

namespace mycel {

// The operands of one call, borrowed from the caller, whose tensors outlive it. An undefined tensor
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
  // The operand stands for a number, which decides no dtype. Of the first 64 operands.
  void mark_number(size_t i) { numbers_ |= i < 64 ? uint64_t{1} << i : 0; }
  bool is_number(size_t i) const { return i < 64 && (numbers_ >> i & 1) != 0; }
  size_t size() const { return tensors_.size(); }
  const Tensor& operator[](size_t i) const { return *tensors_[i]; }
  // Owning handles to the same objects.
  Tensors copies() const {
    Tensors all;
    for (const Tensor* tensor : tensors_) all.push_back(*tensor);
    return all;
  }

 private:
  InlineVector<const Tensor*, 8> tensors_;
  uint64_t numbers_ = 0;
};

// Checks an operation, runs it or appends it to the trace, and records it on the tape if it needs a
// gradient. Errors get the user's location.
Tensors apply(const ir::OpDef& op, const Operands& inputs, const ir::Attributes& attributes);

// Maps an attribute struct to its operation, one to one.
template <class A>
struct OpOf {
  static inline const ir::OpDef* def = nullptr;
};

// Returns x itself if it has the dtype, else the operation `cast` of it.
Tensor cast_to(const Tensor& x, DType dtype);

// The dtype that this operand is cast to, if `common` is the common dtype of the promoted operands.
DType dtype_of_operand(const ir::OpDef& op, const Tensor& operand, DType common);

// Casts the operands that promote to their common dtype, then applies the operation.
Tensors promote_and_apply(const ir::OpDef& op, const Operands& inputs,
                          const ir::Attributes& attributes);

// Calls the operation with attribute struct A. call_n returns all results, call the first.
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
