#include "python/src/jit/guard_places.h"

#include <fmt/format.h>

#include "python/src/common/error.h"

namespace mycel::python {
namespace {

PyTypeObject* as_type(const nb::object& object) {
  return reinterpret_cast<PyTypeObject*>(object.ptr());
}

PyObject* value_of_variable(PyObject* variable) {
  PyObject* value = nullptr;
  ignore_failure(PyContextVar_Get(variable, nullptr, &value));
  return value;
}

PyObject* referent_of(PyObject* reference) {
#if PY_VERSION_HEX < 0x030D0000
  PyObject* object = PyWeakref_GetObject(reference);
  return object == Py_None ? nullptr : Py_XNewRef(object);
#else
  PyObject* object = nullptr;
  ignore_failure(PyWeakref_GetRef(reference, &object));
  return object;
#endif
}

}  // namespace

std::string PlaceGuard::change() {
  return holds() ? "" : difference(name_, value_.text(), now().ptr());
}

void PlaceGuard::restore() {
  if (nb::object at = holder(); at.is_valid()) put(at, value_.value());
}

int PlaceGuard::traverse(visitproc visit, void* arg) const {
  if (int status = holder_.traverse(visit, arg)) return status;
  return value_.traverse(visit, arg);
}

SlotGuard::SlotGuard(PyObject* holder, PyObject* slot, std::string name)
    : PlaceGuard(holder, std::move(name)), slot_(nb::borrow(slot)), class_(class_of(holder)) {
  expect(now());
}

nb::object SlotGuard::now() const {
  nb::object at = holder();
  return at.is_valid() ? or_nothing(PyObject_GenericGetAttr(at.ptr(), slot_.ptr())) : nb::object();
}

bool SlotGuard::holds() {
  nb::object at = holder();
  return at.is_valid() && class_.is(class_of(at.ptr())) && PlaceGuard::holds();
}

std::string SlotGuard::change() {
  nb::object at = holder();
  if (std::string text = class_change(class_, at); !text.empty()) return text;
  return PlaceGuard::change();
}

void SlotGuard::restore() {
  restore_class(class_, holder());
  PlaceGuard::restore();
}

void SlotGuard::put(const nb::object& holder, const nb::object& old) {
  ignore_failure(PyObject_GenericSetAttr(holder.ptr(), slot_.ptr(), old.ptr()));
}

int SlotGuard::traverse(visitproc visit, void* arg) const {
  Py_VISIT(slot_.ptr());
  if (int status = class_.traverse(visit, arg)) return status;
  return PlaceGuard::traverse(visit, arg);
}

CellGuard::CellGuard(PyObject* cell, std::string name) : PlaceGuard(cell, std::move(name)) {
  expect(now());
}

bool CellGuard::gone() const {
  constexpr Py_ssize_t kMine = 2;  // this guard's, and the one taken here
  return Py_REFCNT(holder().ptr()) <= kMine;
}

nb::object CellGuard::now() const { return nb::borrow(PyCell_GET(holder().ptr())); }

void CellGuard::put(const nb::object& cell, const nb::object& old) {
  ignore_failure(PyCell_Set(cell.ptr(), old.ptr()));
}

IndexGuard::IndexGuard(PyObject* list, Py_ssize_t index, std::string name)
    : PlaceGuard(list, std::move(name)), index_(index) {
  expect(now());
}

nb::object IndexGuard::now() const {
  nb::object list = holder();
  if (!list.is_valid()) return {};
  Py_ssize_t size = PyList_GET_SIZE(list.ptr());
  Py_ssize_t position = index_ < 0 ? index_ + size : index_;
  if (position < 0 || position >= size) return {};
  return nb::borrow(PyList_GET_ITEM(list.ptr(), position));
}

void IndexGuard::put(const nb::object& list, const nb::object& old) {
  if (old.is_valid() && now().is_valid()) {
    ignore_failure(PySequence_SetItem(list.ptr(), index_, old.ptr()));
  }
}

namespace {

// Returns an invalid object if the check failed.
nb::object answer(int yes) {
  if (yes < 0) PyErr_Clear();
  return yes < 0 ? nb::object() : nb::bool_(yes > 0);
}

}  // namespace

GivenGuard::GivenGuard(PyObject* holder, Of of, PyObject* key, std::string name)
    : PlaceGuard(holder, std::move(name)), of_(of), key_(nb::borrow(key)) {
  expect(now());
}

nb::object GivenGuard::now() const {
  nb::object at = holder();
  if (!at.is_valid()) return {};
  switch (of_) {
    case Of::kThreadLocal:
      return or_nothing(PyObject_GetAttr(at.ptr(), key_.ptr()));
    case Of::kContextVariable:
      return or_nothing(value_of_variable(at.ptr()));
    case Of::kReferent:
      return or_nothing(referent_of(at.ptr()));
    case Of::kType:
      return nb::borrow(class_of(at.ptr()));
    case Of::kInstance:
      return answer(PyObject_IsInstance(at.ptr(), key_.ptr()));
    case Of::kSubclass:
      return answer(PyObject_IsSubclass(at.ptr(), key_.ptr()));
  }
  return {};
}

void GivenGuard::put(const nb::object& holder, const nb::object& old) {
  if (of_ == Of::kThreadLocal) {
    ignore_failure(PyObject_SetAttr(holder.ptr(), key_.ptr(), old.ptr()));
  } else if (of_ == Of::kContextVariable && old.is_valid()) {
    or_nothing(PyContextVar_Set(holder.ptr(), old.ptr()));
  } else if (of_ == Of::kType && old.is_valid()) {
    ignore_failure(PyObject_SetAttrString(holder.ptr(), "__class__", old.ptr()));
  }
}

int GivenGuard::traverse(visitproc visit, void* arg) const {
  Py_VISIT(key_.ptr());
  return PlaceGuard::traverse(visit, arg);
}

FunctionGuard::FunctionGuard(PyObject* function)
    : function_(function),
      name_(check_text(reinterpret_cast<PyCodeObject*>(PyFunction_GetCode(function))->co_name)),
      code_(PyFunction_GetCode(function)),
      positional_(PyFunction_GetDefaults(function)),
      keywords_(PyFunction_GetKwDefaults(function)) {}

bool FunctionGuard::holds() {
  nb::object now = function_.get();
  return now.is_valid() && code_.is(PyFunction_GetCode(now.ptr())) &&
         positional_.matches(PyFunction_GetDefaults(now.ptr())) &&
         keywords_.matches(PyFunction_GetKwDefaults(now.ptr()));
}

std::string FunctionGuard::change() {
  nb::object now = function_.get();
  if (!now.is_valid()) return "the function " + name_ + " is gone";
  if (!code_.is(PyFunction_GetCode(now.ptr()))) return fmt::format("the code of {} changed", name_);
  std::string defaults = "the defaults of " + name_;
  if (PyObject* given = PyFunction_GetDefaults(now.ptr()); !positional_.matches(given)) {
    return difference(defaults, positional_.text(), given);
  }
  if (PyObject* given = PyFunction_GetKwDefaults(now.ptr()); !keywords_.matches(given)) {
    return difference(defaults, keywords_.text(), given);
  }
  return "";
}

void FunctionGuard::restore() {
  nb::object now = function_.get();
  if (!now.is_valid()) return;
  ignore_failure(PyObject_SetAttrString(now.ptr(), "__code__", code_.value().ptr()));
  auto given = [](const Expected& defaults) {
    nb::object old = defaults.value();
    return old.is_valid() ? old : nb::none();
  };
  ignore_failure(PyFunction_SetDefaults(now.ptr(), given(positional_).ptr()));
  ignore_failure(PyFunction_SetKwDefaults(now.ptr(), given(keywords_).ptr()));
}

int FunctionGuard::traverse(visitproc visit, void* arg) const {
  if (int status = function_.traverse(visit, arg)) return status;
  if (int status = code_.traverse(visit, arg)) return status;
  if (int status = positional_.traverse(visit, arg)) return status;
  return keywords_.traverse(visit, arg);
}

ClassGuard::ClassGuard(PyObject* type)
    : holder_(type), name_(reinterpret_cast<PyTypeObject*>(type)->tp_name) {}

void ClassGuard::add(PyObject* name) {
  PyTypeObject* type = as_type(holder_.get());
  found_.emplace_back(nb::borrow(name), Expected(_PyType_Lookup(type, name)));
  version_ = 0;  // the trace may have changed another attribute before
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

std::vector<Found> ClassGuard::current() {
  std::vector<Found> values;
  nb::object held = holder_.get();
  if (!held.is_valid()) return values;
  for (auto& [name, value] : found_) {
    values.push_back({place(name.ptr()), nb::borrow(_PyType_Lookup(as_type(held), name.ptr()))});
  }
  return values;
}

ArrayGuard::ArrayGuard(PyObject* array, std::string name)
    : array_(array),
      name_(std::move(name)),
      content_(content()),
      copy_(nb::handle(array).attr(nb::hasattr(array, "copy") ? "copy" : "tobytes")()) {}

nb::object ArrayGuard::content() const {
  nb::object array = array_.get();
  if (!array.is_valid()) return {};
  nb::object type = nb::getattr(array, nb::hasattr(array, "dtype") ? "dtype" : "format");
  bool objects = nb::cast<bool>(nb::getattr(type, "hasobject", nb::bool_(false)));
  nb::object held = nb::getattr(array, objects && nb::hasattr(array, "flat") ? "flat" : "tobytes");
  held = objects ? owned(PySequence_Tuple(held.ptr())) : held();
  return nb::make_tuple(nb::str(type), nb::getattr(array, "shape"), held);
}

bool ArrayGuard::holds() {
  nb::object now = content();
  return now.is_valid() && Expected(content_.ptr()).matches(now.ptr());
}

std::string ArrayGuard::change() {
  return holds() ? "" : fmt::format("the elements of {} changed", name_);
}

void ArrayGuard::restore() {
  nb::object array = array_.get();
  if (array.is_valid()) ignore_failure(PyObject_SetItem(array.ptr(), Py_Ellipsis, copy_.ptr()));
}

int ArrayGuard::traverse(visitproc visit, void* arg) const {
  Py_VISIT(content_.ptr());
  Py_VISIT(copy_.ptr());
  return array_.traverse(visit, arg);
}

}  // namespace mycel::python
