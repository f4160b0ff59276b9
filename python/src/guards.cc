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
  if (text.size() <= 60) return text;
  size_t end = 57;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // within a character
  return text.substr(0, end) + "...";
}

bool is_plain_container(PyObject* value) {
  return PyList_CheckExact(value) || PyDict_CheckExact(value) || PyAnySet_Check(value);
}

// Held, as a comparison may run code of the user's (a set's items') that lets it go.
bool same(const nb::object& kept, const nb::object& now) {
  return kept.is(now) || same_object(kept.ptr(), now.ptr());
}

// Whether two sets have equal items.
bool same_set(PyObject* kept, PyObject* now) {
  int equal = PyObject_RichCompareBool(kept, now, Py_EQ);
  if (equal < 0) PyErr_Clear();
  return equal == 1;
}

bool same_list(const std::vector<nb::object>& items, PyObject* now) {
  auto has_size = [&] { return static_cast<size_t>(PyList_GET_SIZE(now)) == items.size(); };
  for (size_t i = 0; has_size() && i < items.size(); ++i) {
    if (!same(items[i], nb::borrow(PyList_GET_ITEM(now, static_cast<Py_ssize_t>(i))))) return false;
  }
  return has_size();
}

bool same_dict(const std::vector<nb::object>& items, PyObject* now) {
  auto has_size = [&] { return static_cast<size_t>(2 * PyDict_GET_SIZE(now)) == items.size(); };
  PyObject *key, *value;
  Py_ssize_t position = 0;
  for (size_t i = 0; i < items.size() && has_size() && PyDict_Next(now, &position, &key, &value);
       i += 2) {
    nb::object held = nb::borrow(value);
    if (!same(items[i], nb::borrow(key)) || !same(items[i + 1], held)) return false;
  }
  return has_size();
}

bool same_items(const std::vector<nb::object>& items, PyObject* now) {
  if (PyAnySet_Check(now)) return same_set(items[0].ptr(), now);
  return PyList_CheckExact(now) ? same_list(items, now) : same_dict(items, now);
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
  if (now == value_.ptr() && !is_container_) return true;
  if (!now || !value_) return false;
  nb::object held = nb::borrow(now);
  if (!is_container_) return same(value_, held);
  return Py_TYPE(now) == Py_TYPE(value_.ptr()) && same_items(items_, now);
}

std::string GuardedValue::text() const {
  if (!is_container_) return short_text(value_.ptr());
  size_t size = items_.size();
  if (PyDict_CheckExact(value_.ptr())) size /= 2;
  if (PyAnySet_Check(value_.ptr())) size = nb::len(items_[0]);  // one frozen copy
  return fmt::format("a {} of {} items", Py_TYPE(value_.ptr())->tp_name, size);
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
  if (!now) return false;
  int nonzero = PyObject_IsTrue(nb::borrow(now).ptr());
  if (nonzero < 0) PyErr_Clear();  // what the function itself will meet
  return nonzero >= 0 && value.matches(nonzero ? Py_True : Py_False);
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
