// From Python objects to the operands of an operation.
#pragma once

#include <nanobind/nanobind.h>

#include "mycel/tensor/apply.h"
#include "python/src/operators/signature.h"

namespace mycel::python {

// The operands of one call. Tensors among the arguments stay where they are, which outlives the
// call; numbers become 0-d tensors of the dtype in which they meet the others.
class CallOperands {
 public:
  // `values` by parameter, as Signature::parse gives them. Raises TypeError "[op] expects input to
  // be a tensor, got list".
  CallOperands(const Signature& signature, PyObject* const* values);
  // Of an operator, one side of which may be a NumPy array: not complete where one is neither that
  // nor a tensor nor a number.
  CallOperands(const ir::OpDef& op, std::initializer_list<PyObject*> sides);
  CallOperands(const CallOperands&) = delete;

  bool complete() const { return complete_; }
  const Operands& all() const { return all_; }

 private:
  struct Number {
    size_t operand;
    ir::Scalar value;
    Tensor traced;   // of a number that each call of a trace reads anew
    PyObject* wide;  // instead of the value: an int beyond int64
  };
  using Numbers = InlineVector<Number, 4>;

  void start(size_t size);
  // False if it is no number.
  static bool add_number(size_t operand, PyObject* value, Numbers& numbers);
  void set(size_t i, PyObject* tensor);
  void make(size_t i, Tensor tensor);
  void make_numbers(const ir::OpDef& op, const Numbers& numbers);
  void hold_list(const ir::OpDef& op, const Parameter& parameter, PyObject* list);

  Operands all_;
  Tensors made_;    // for this call; there is room for all, so they stay where they are
  Tensors listed_;  // items of a list, which may change meanwhile
  bool complete_ = true;
};

}  // namespace mycel::python
