#include "python/src/guard_places.h"

#include <fmt/format.h>

#include "python/src/error.h"

namespace mycel::python {
SlotGuard::SlotGuard(PyObject* holder, PyObject* slot, std::string name)
    : holder_(holder), slot_(nb::borrow(slot)), name_(std::move(name)), value_(now().ptr()) {}

nb::object SlotGuard::now() const {
  nb::object holder = holder_.get();
  if (!holder.is_valid()) return {};
  if (PyCell_Check(holder.ptr())) return nb::borrow(PyCell_GET(holder.ptr()));
  return or_nothing(PyObject_GenericGetAttr(holder.ptr(), slot_.ptr()));
}

std::string SlotGuard::change() {
  return holds() ? "" : difference(name_, value_.text(), now().ptr());
}

void SlotGuard::restore() {
  nb::object holder = holder_.get(), old = value_.value();
  if (!holder.is_valid()) return;
  if (PyCell_Check(holder.ptr())) {
    ignore_failure(PyCell_Set(holder.ptr(), old.ptr()));
  } else {
    ignore_failure(PyObject_GenericSetAttr(holder.ptr(), slot_.ptr(), old.ptr()));
  }
}

int SlotGuard::traverse(visitproc visit, void* arg) const {
  Py_VISIT(slot_.ptr());
  if (int status = holder_.traverse(visit, arg)) return status;
  return value_.traverse(visit, arg);
}

ClassGuard::ClassGuard(PyObject* type)
    : holder_(type), name_(reinterpret_cast<PyTypeObject*>(type)->tp_name) {}

DefaultsGuard::DefaultsGuard(PyObject* function, std::string name)
    : function_(function),
      name_(std::move(name)),
      positional_(PyFunction_GetDefaults(function)),
      keywords_(PyFunction_GetKwDefaults(function)) {}

bool DefaultsGuard::holds() {
  nb::object now = function_.get();
  return now.is_valid() && positional_.matches(PyFunction_GetDefaults(now.ptr())) &&
         keywords_.matches(PyFunction_GetKwDefaults(now.ptr()));
}

std::string DefaultsGuard::change() {
  if (holds()) return "";
  nb::object now = function_.get();
  if (!now.is_valid()) return name_ + " are gone";
  return difference(name_, positional_.text(), PyFunction_GetDefaults(now.ptr()));
}

void DefaultsGuard::refresh() {
  nb::object now = function_.get();
  if (!now.is_valid()) return;
  positional_ = Expected(PyFunction_GetDefaults(now.ptr()));
  keywords_ = Expected(PyFunction_GetKwDefaults(now.ptr()));
}

int DefaultsGuard::traverse(visitproc visit, void* arg) const {
  if (int status = function_.traverse(visit, arg)) return status;
  if (int status = positional_.traverse(visit, arg)) return status;
  return keywords_.traverse(visit, arg);
}

namespace {

PyTypeObject* as_type(const nb::object& object) {
  return reinterpret_cast<PyTypeObject*>(object.ptr());
}

}  // namespace

void ClassGuard::add(PyObject* name) {
  PyTypeObject* type = as_type(holder_.get());
  found_.emplace_back(nb::borrow(name), Expected(_PyType_Lookup(type, name)));
  version_ = type->tp_version_tag;
}

bool ClassGuard::holds() {
  nb::object held = holder_.get();
  if (!held.is_valid()) return false;
  PyTypeObject* now = as_type(held);
  if (PyType_HasFeature(now, Py_TPFLAGS_VALID_VERSION_TAG) && now->tp_version_tag == version_) {
    return true;
  }
  for (auto& [name, value] : found_) {
    if (!value.matches(_PyType_Lookup(now, name.ptr()))) return false;
  }
  version_ = now->tp_version_tag;
  return true;
}

std::string ClassGuard::place(PyObject* name) const {
  return fmt::format("attribute {} of the class {}", check_text(name), name_);
}

std::string ClassGuard::change() {
  nb::object held = holder_.get();
  if (!held.is_valid()) return fmt::format("the class {} is gone", name_);
  for (auto& [name, value] : found_) {
    PyObject* now = _PyType_Lookup(as_type(held), name.ptr());
    if (!value.matches(now)) return difference(place(name.ptr()), value.text(), now);
  }
  return "";
}

void ClassGuard::refresh() {
  nb::object held = holder_.get();
  if (!held.is_valid()) return;
  for (auto& [name, value] : found_) value = Expected(_PyType_Lookup(as_type(held), name.ptr()));
}

void ClassGuard::restore() {
  nb::object held = holder_.get();
  if (!held.is_valid()) return;
  for (auto& [name, value] : found_) {
    if (value.matches(_PyType_Lookup(as_type(held), name.ptr()))) continue;
    ignore_failure(PyObject_SetAttr(held.ptr(), name.ptr(), value.value().ptr()));
  }
}

std::vector<std::string> ClassGuard::places() const {
  std::vector<std::string> texts;
  for (const auto& [name, value] : found_) texts.push_back(place(name.ptr()));
  return texts;
}

int ClassGuard::traverse(visitproc visit, void* arg) const {
  if (int status = holder_.traverse(visit, arg)) return status;
  for (const auto& [name, value] : found_) {
    Py_VISIT(name.ptr());
    if (int status = value.traverse(visit, arg)) return status;
  }
  return 0;
}

std::vector<nb::object> ClassGuard::current() {
  std::vector<nb::object> values;
  nb::object held = holder_.get();
  if (!held.is_valid()) return values;
  for (auto& [name, value] : found_) {
    values.push_back(nb::borrow(_PyType_Lookup(as_type(held), name.ptr())));
  }
  return values;
}

ArrayGuard::ArrayGuard(PyObject* array, std::string name)
    : array_(array), name_(std::move(name)), content_(content()) {}

nb::object ArrayGuard::content() const {
  nb::object array = array_.get();
  if (!array.is_valid()) return {};
  return nb::make_tuple(nb::str(array.attr("dtype")), array.attr("shape"), array.attr("tobytes")());
}

bool ArrayGuard::holds() {
  nb::object now = content();
  return now.is_valid() && Expected(content_.ptr()).matches(now.ptr());
}

std::string ArrayGuard::change() {
  return holds() ? "" : fmt::format("the elements of {} changed", name_);
}

void ArrayGuard::refresh() { content_ = content(); }

size_t ArrayGuard::entries() const { return 1; }

int ArrayGuard::traverse(visitproc visit, void* arg) const {
  Py_VISIT(content_.ptr());
  return array_.traverse(visit, arg);
}

}  // namespace mycel::python
