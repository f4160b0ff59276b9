// Converts Python objects to the operands of an operation.
#pragma once

#include <nanobind/nanobind.h>

#include "mycel/tensor/apply.h"
#include "python/src/operators/signature.h"

namespace mycel::python {

// The operands of one call. Tensors are borrowed from the arguments, which outlive the call;
// numbers become 0-d tensors of the dtype to which they promote with the others.
class CallOperands {
 public:
  // `values` are indexed by parameter, as Signature::parse fills them. Raises TypeError "[op]
  // expects input to be a tensor, got list".
  CallOperands(const Signature& signature, PyObject* const* values);
  // For an operator, whose sides may also be NumPy arrays. Not complete if a side is neither a
  // tensor, a number nor a NumPy array.
  CallOperands(const ir::OpDef& op, std::initializer_list<PyObject*> sides);
  CallOperands(const CallOperands&) = delete;

  bool complete() const { return complete_; }
  const Operands& all() const { return all_; }

 private:
  struct Number {
    size_t operand;
    ir::Scalar value;
    Tensor traced;   // for a number that every call of the trace reads again
    PyObject* wide;  // instead of the value: an int beyond int64
  };
  using Numbers = InlineVector<Number, 4>;

  void start(size_t size);
  // Returns false if `value` is not a number.
  static bool add_number(size_t operand, PyObject* value, Numbers& numbers);
  void set(size_t i, PyObject* tensor);
  void make(size_t i, Tensor tensor);
  void make_number(size_t i, Tensor tensor);
  void make_numbers(const ir::OpDef& op, const Numbers& numbers);
  void hold_list(const ir::OpDef& op, const Parameter& parameter, PyObject* list);

  Operands all_;
  Tensors made_;    // made for this call; reserved, so that their addresses stay valid
  Tensors listed_;  // items of a list, which may change during the call
  bool complete_ = true;
};

}  // namespace mycel::python
