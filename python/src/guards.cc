#include "python/src/guards.h"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <algorithm>

#include "python/src/error.h"
#include "python/src/tree.h"

namespace mycel::python {

uint64_t attribute_epoch = 0;

namespace {

std::string short_text(PyObject* value) {
  if (!value) return "absent";
  nb::object shown = nb::steal(PyObject_Repr(value));
  if (!shown.is_valid()) {
    PyErr_Clear();
    return Py_TYPE(value)->tp_name;
  }
  std::string text = check_text(shown.ptr());
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

bool is_plain_container(PyObject* value) {
  return PyList_CheckExact(value) || PyDict_CheckExact(value) || PyAnySet_Check(value);
}

bool same(const nb::object& kept, PyObject* now) {
  return kept.ptr() == now || same_object(kept.ptr(), now);
}

bool same_items(const std::vector<nb::object>& items, PyObject* now) {
  if (PyAnySet_Check(now)) {
    return PyObject_RichCompareBool(items[0].ptr(), now, Py_EQ) == 1;
  }
  if (PyList_CheckExact(now)) {
    if (static_cast<size_t>(PyList_GET_SIZE(now)) != items.size()) return false;
    for (size_t i = 0; i < items.size(); ++i) {
      if (!same(items[i], PyList_GET_ITEM(now, static_cast<Py_ssize_t>(i)))) return false;
    }
    return true;
  }
  if (static_cast<size_t>(2 * PyDict_GET_SIZE(now)) != items.size()) return false;
  PyObject *key, *value;
  Py_ssize_t position = 0;
  for (size_t i = 0; PyDict_Next(now, &position, &key, &value); i += 2) {
    if (!same(items[i], key) || !same(items[i + 1], value)) return false;
  }
  return true;
}

}  // namespace

GuardedValue::GuardedValue(PyObject* value, const std::string& name,
                           std::vector<std::string>& notes, size_t most_items)
    : value_(nb::borrow(value)) {
  if (value && is_plain_container(value)) copy_items(name, notes, most_items);
}

void GuardedValue::copy_items(const std::string& name, std::vector<std::string>& notes,
                              size_t most_items) {
  auto size = static_cast<size_t>(PyObject_Size(value_.ptr()));
  if (size > most_items) {
    notes.push_back(fmt::format("the {} items of {}", size, name));
    return;
  }
  is_container_ = true;
  auto keep = [&](PyObject* item) {
    if (is_plain_container(item)) notes.push_back("the containers inside " + name);
    items_.push_back(nb::borrow(item));
  };
  if (PyAnySet_Check(value_.ptr())) {
    items_.push_back(owned(PyFrozenSet_New(value_.ptr())));
  } else if (PyList_CheckExact(value_.ptr())) {
    for (size_t i = 0; i < size; ++i) {
      keep(PyList_GET_ITEM(value_.ptr(), static_cast<Py_ssize_t>(i)));
    }
  } else {
    PyObject *key, *item;
    Py_ssize_t position = 0;
    while (PyDict_Next(value_.ptr(), &position, &key, &item)) {
      items_.push_back(nb::borrow(key));
      keep(item);
    }
  }
}

bool GuardedValue::matches(PyObject* now) const {
  if (!is_container_) return now == value_.ptr() || (now && value_ && same(value_, now));
  return now && Py_TYPE(now) == Py_TYPE(value_.ptr()) && same_items(items_, now);
}

std::string GuardedValue::text() const {
  return is_container_
             ? fmt::format("a {} of {} items", Py_TYPE(value_.ptr())->tp_name,
                           PyDict_CheckExact(value_.ptr()) ? items_.size() / 2 : items_.size())
             : short_text(value_.ptr());
}

int GuardedValue::traverse(visitproc visit, void* arg) const {
  Py_VISIT(value_.ptr());
  for (const nb::object& item : items_) Py_VISIT(item.ptr());
  return 0;
}

PyObject* Guard::current() const {
  switch (kind) {
    case Kind::kGlobal:
    case Kind::kNonzeroItem:
      return PyDict_GetItem(holder.ptr(), key.ptr());
    case Kind::kCell:
      return PyCell_GET(holder.ptr());
    case Kind::kDefaults:
      return PyFunction_GetDefaults(holder.ptr());
    case Kind::kKeywordDefaults:
      return PyFunction_GetKwDefaults(holder.ptr());
    case Kind::kValue:
      return holder.ptr();
  }
  return nullptr;
}

bool Guard::holds() const {
  PyObject* now = current();
  if (kind != Kind::kNonzeroItem) return value.matches(now);
  // Only whether it is 0 was asked: a number that a schedule changes stays an operand.
  return now && value.matches(PyObject_IsTrue(now) == 1 ? Py_True : Py_False);
}

bool AttributeGuard::holds() const {
  nb::object dict = nb::steal(PyObject_GenericGetDict(object.ptr(), nullptr));
  if (!dict) {
    PyErr_Clear();
    return false;
  }
  if (name.is_none()) return value.matches(dict.ptr());
  return value.matches(PyDict_GetItem(dict.ptr(), name.ptr()));
}

bool TypeGuard::holds() {
  PyTypeObject* now = type();
  if (PyType_HasFeature(now, Py_TPFLAGS_VALID_VERSION_TAG) && now->tp_version_tag == version) {
    return true;
  }
  for (auto& [name, had] : found) {
    if (_PyType_Lookup(now, name.ptr()) != had.ptr()) return false;
  }
  version = now->tp_version_tag;
  return true;
}

bool Guards::hold() {
  for (const Guard& guard : places) {
    if (!guard.holds()) return false;
  }
  for (TypeGuard& guard : types) {
    if (!guard.holds()) return false;
  }
  if (validated_epoch == attribute_epoch) return true;
  for (const AttributeGuard& guard : attributes) {
    if (!guard.holds()) return false;
  }
  validated_epoch = attribute_epoch;
  return true;
}

std::string Guards::changed() {
  for (const Guard& guard : places) {
    if (!guard.holds()) {
      return fmt::format("{} was {} and is {}", guard.name, guard.value.text(),
                         short_text(guard.current()));
    }
  }
  for (TypeGuard& guard : types) {
    if (!guard.holds()) return fmt::format("the class {} changed", guard.type()->tp_name);
  }
  for (const AttributeGuard& guard : attributes) {
    if (!guard.holds()) return fmt::format("{} was {} and changed", guard.text, guard.value.text());
  }
  return "";
}

int Guards::traverse(visitproc visit, void* arg) const {
  for (const Guard& guard : places) {
    Py_VISIT(guard.holder.ptr());
    if (int status = guard.value.traverse(visit, arg)) return status;
  }
  for (const AttributeGuard& guard : attributes) {
    Py_VISIT(guard.object.ptr());
    if (int status = guard.value.traverse(visit, arg)) return status;
  }
  for (const TypeGuard& guard : types) {
    Py_VISIT(guard.holder.ptr());
    for (const auto& [name, had] : guard.found) Py_VISIT(had.ptr());
  }
  return 0;
}

}  // namespace mycel::python
