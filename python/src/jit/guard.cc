#include "python/src/jit/guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "python/src/common/error.h"
#include "python/src/tree/tree.h"

namespace mycel::python {
namespace {

bool is_compared_by_value(PyObject* value) {
  return PyLong_Check(value) || PyFloat_Check(value) || PyUnicode_Check(value) ||
         PyTuple_Check(value) || value == Py_None;
}

}  // namespace

Watched::Watched(PyObject* object) {
  if (!object) return;
  if (!is_compared_by_value(object) && PyType_SUPPORTS_WEAKREFS(Py_TYPE(object))) {
    reference_ = nb::steal(PyWeakref_NewRef(object, nullptr));
    weak_ = reference_.is_valid();
    if (!weak_) PyErr_Clear();
  }
  if (!weak_) reference_ = nb::borrow(object);
}

nb::object Watched::get() const {
  if (!weak_) return reference_;
#if PY_VERSION_HEX < 0x030D0000
  PyObject* object = PyWeakref_GET_OBJECT(reference_.ptr());
  return object == Py_None ? nb::object() : nb::borrow(object);
#else
  PyObject* object = nullptr;
  if (PyWeakref_GetRef(reference_.ptr(), &object) < 0) PyErr_Clear();
  return nb::steal(object);
#endif
}

int Watched::traverse(visitproc visit, void* arg) const {
  Py_VISIT(reference_.ptr());
  return 0;
}

Expected::Expected(PyObject* value) : value_(value), empty_(!value) {}

bool Expected::equals(PyObject* now) const {
  if (empty_) return false;
  // Held, as a comparison may run user code that releases it.
  nb::object kept = value_.get();
  return kept.is_valid() && same_object(kept.ptr(), nb::borrow(now).ptr());
}

std::string Expected::text() const {
  nb::object kept = value_.get();
  return empty_ || kept.is_valid() ? short_text(kept.ptr()) : "an object that is gone";
}

std::string short_text(PyObject* value) {
  if (!value) return "absent";
  nb::object shown = nb::steal(PyObject_Repr(value));
  if (!shown.is_valid()) {
    PyErr_Clear();
    return Py_TYPE(value)->tp_name;
  }
  std::string text = check_text(shown.ptr());
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= 60) return text;
  size_t end = 57;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // inside a character
  return text.substr(0, end) + "...";
}

std::string difference(const std::string& name, const std::string& was, PyObject* now) {
  return fmt::format("{} was {} and is {}", name, was, short_text(now));
}

std::string class_change(const Watched& was, const nb::object& object) {
  if (!object.is_valid() || was.is(class_of(object.ptr()))) return "";
  nb::object before = was.get();
  const char* name =
      before.is_valid() ? reinterpret_cast<PyTypeObject*>(before.ptr())->tp_name : "gone";
  return fmt::format("the class of an object was {} and is {}", name,
                     Py_TYPE(object.ptr())->tp_name);
}

void restore_class(const Watched& was, const nb::object& object) {
  if (!object.is_valid() || was.is(class_of(object.ptr()))) return;
  if (nb::object old = was.get(); old.is_valid()) {
    ignore_failure(PyObject_SetAttrString(object.ptr(), "__class__", old.ptr()));
  }
}

nb::object or_nothing(PyObject* result) {
  if (!result) PyErr_Clear();
  return nb::steal(result);
}

void ignore_failure(int status) {
  if (status < 0) PyErr_Clear();
}

}  // namespace mycel::python
