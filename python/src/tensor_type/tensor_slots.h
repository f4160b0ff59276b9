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

// Makes a tensor from numbers, nested sequences, arrays or tensors (convert.cc).
Tensor to_tensor(PyObject* data, std::optional<DType> dtype = std::nullopt);

// Writes `value`, cast to the dtype of `self`, to the tensor `self` (write.cc).
void write(PyObject* self, const Tensor& value, std::string_view what);

}  // namespace mycel::python
