// The Python functions and methods made from the definitions of operations.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "mycel/tensor/op_rules.h"
#include "python/src/operators/attributes_from.h"
#include "python/src/operators/signature.h"

namespace mycel::python {

// Makes the functions and methods of every definition exposed to Python: functions of mycel in
// `functions`, those of mycel.nn.functional in `functional`, methods in the Tensor type.
void bind_callables(nb::module_& functions, nb::module_& functional);

// An operation that Python can call: its signature, its cache of attributes, its overloads.
class Callable {
 public:
  explicit Callable(const ir::OpDef& op);

  const ir::OpDef& op() const { return signature_.op(); }
  const Signature& signature() const { return signature_; }
  // The signature of all calls, also those with keywords (CallRules::with_keywords).
  const Signature& public_signature() const;
  // Returns a tensor, or a named tuple of several.
  PyObject* call(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
                 bool is_method);
  // a <operator> b; NotImplemented if a side is neither a tensor, a number nor a NumPy array.
  PyObject* call_binary(PyObject* a, PyObject* b);
  PyObject* call_unary(PyObject* a);
  // x.name_(...): writes the result to arguments[0].
  void call_in_place(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
                     std::string_view name);
  // a <operator>= b; false if b is neither a tensor, a number nor a NumPy array.
  bool binary_in_place(PyObject* a, PyObject* b);
  // Returns the value of a binary operator; undefined if a side is neither a tensor, a number nor a
  // NumPy array.
  Tensor value_of_binary(PyObject* a, PyObject* b);

  std::string documentation() const;

 private:
  // Returns the callable that takes a call with keywords instead; null if there is none.
  Callable* with_keywords(PyObject* keyword_names) const;
  PyObject* wrap_results(Tensors results);
  // Returns the result of the overload that the call matches; null if it matches none.
  PyObject* call_overload(PyObject* const* arguments, size_t num_positional,
                          PyObject* keyword_names) const;

  Signature signature_;
  AttributeMaker attributes_;
  const std::vector<CallOverload>& overloads_;
  PyTypeObject* result_type_ = nullptr;  // type of several results, made on first use
};

// Whether x.name_(...) exists, which writes the result to x: for at most one result, computed
// element by element.
bool has_in_place_method(const ir::OpDef& op);

Callable& callable(const ir::OpDef& op);
// Returns the callable of that name, a user function rather than an operation of the same name; an
// internal error if there is none.
Callable& callable(const char* name);

}  // namespace mycel::python
