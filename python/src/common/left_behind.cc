#include "python/src/common/left_behind.h"

#include "mycel/tensor/tensor_impl.h"
#include "python/src/tensor/state_number.h"
#include "python/src/tensor/tensor_object.h"

namespace mycel::python {

namespace nb = nanobind;

bool is_made_by_trace(PyObject* object) {
  return is_tensor(object) && as_tensor(object)->tensor.object()->state.payload.is_traced();
}

bool holds_traced(PyObject* value, int depth) {
  if (!value || depth > 8) return false;
  if (is_made_by_trace(value) || is_state_number(value)) return true;
  nb::object items;
  if (PyDict_Check(value)) {
    items = nb::steal(PyDict_Values(value));
  } else if (PyList_Check(value) || PyTuple_Check(value)) {
    items = nb::borrow(value);
  } else {
    return false;
  }
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.ptr()); ++i) {
    if (holds_traced(PySequence_Fast_GET_ITEM(items.ptr(), i), depth + 1)) return true;
  }
  return false;
}

}  // namespace mycel::python
