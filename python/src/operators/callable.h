// The functions and methods made from the definitions of operations.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "mycel/tensor/op_rules.h"
#include "python/src/operators/attributes_from.h"
#include "python/src/operators/signature.h"

namespace mycel::python {

// Makes a function for every definition that Python has: those of mycel go into `functions`, those
// of mycel.nn.functional into `functional`, methods into the Tensor type.
void bind_callables(nb::module_& functions, nb::module_& functional);

// An operation with everything that calling it from Python needs.
class Callable {
 public:
  explicit Callable(const ir::OpDef& op);

  const ir::OpDef& op() const { return signature_.op(); }
  const Signature& signature() const { return signature_; }
  // The result as Python has it: a tensor, or a named tuple of several.
  PyObject* call(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
                 bool is_method);
  // a <operator> b: NotImplemented where one side is neither a tensor nor a number.
  PyObject* call_binary(PyObject* a, PyObject* b);
  PyObject* call_unary(PyObject* a);
  // x.name_(...): writes the result to arguments[0].
  void call_in_place(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
                     std::string_view name);
  // a <operator>= b; false where b is neither a tensor nor a number.
  bool binary_in_place(PyObject* a, PyObject* b);
  // Of a binary operator; undefined where b is neither a tensor nor a number.
  Tensor value_of_binary(PyObject* a, PyObject* b);

  std::string documentation() const;

 private:
  PyObject* wrap_results(Tensors results);
  // The result of the overload that the call is of; null if it is of none.
  PyObject* call_overload(PyObject* const* arguments, size_t num_positional,
                          PyObject* keyword_names) const;

  Signature signature_;
  AttributeMaker attributes_;
  const std::vector<CallOverload>& overloads_;
  PyTypeObject* result_type_ = nullptr;  // of several results, made when first needed
};

// Whether x.name_(...) writes the result back: results element by element, of one kind.
bool has_in_place_method(const ir::OpDef& op);

Callable& callable(const ir::OpDef& op);
// What Python has under that name (a user function rather than an operation that shares its name);
// an internal error if there is nothing.
Callable& callable(const char* name);

}  // namespace mycel::python
