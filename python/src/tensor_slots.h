// The slots of the Tensor type, one source file per group.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>

#include "mycel/tensor/tensor.h"

namespace mycel::python {

extern PyNumberMethods tensor_number;      // tensor_number.cc
extern PySequenceMethods tensor_sequence;  // tensor_index.cc
extern PyMappingMethods tensor_mapping;    // tensor_index.cc
extern PyGetSetDef tensor_attributes[];    // tensor_attributes.cc
extern PyMethodDef tensor_methods[];       // tensor_methods.cc

PyObject* tensor_compare(PyObject* a, PyObject* b, int comparison);  // tensor_number.cc
Py_hash_t tensor_hash(PyObject* self);                               // tensor_attributes.cc
PyObject* tensor_repr(PyObject* self);                               // tensor_methods.cc
PyObject* tensor_iterator(PyObject* self);                           // tensor_index.cc

// A tensor from anything array-like: numbers, nested sequences, arrays, tensors (convert.cc).
Tensor to_tensor(PyObject* data, std::optional<DType> dtype = std::nullopt);

// Gives the object of `self` the value of `value`, cast to its dtype. A write through a view marks
// the tensor that it came from, whose next read raises; through a view that no name holds it raises
// at once. `temporary_holders`: the references that the running call itself holds (write.cc).
void write(PyObject* self, const Tensor& value, std::string_view what,
           Py_ssize_t temporary_holders = 1);

// Whether only the running call, which holds `holders` references, has the object.
bool is_temporary(PyObject* self, Py_ssize_t holders);
// Whether it was made by a view operation from an object that still lives.
bool is_view(PyObject* self);

}  // namespace mycel::python
