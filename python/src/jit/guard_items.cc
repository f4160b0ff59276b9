#include "python/src/jit/guard_items.h"

#include <fmt/format.h>

#include "python/src/common/error.h"

namespace mycel::python {
namespace {

// Returns the items as a list or tuple; invalid if the object is gone or cannot be iterated.
nb::object items_of(const Watched& holder) {
  nb::object object = holder.get();
  // Not iterated: a subclass may iterate over other items.
  if (object.is_valid() && PyList_Check(object.ptr())) return object;
  return object.is_valid() ? or_nothing(PySequence_Fast(object.ptr(), "")) : nb::object();
}

}  // namespace

ItemsGuard::ItemsGuard(PyObject* holder, std::string name)
    : holder_(holder), name_(std::move(name)) {
  nb::object now = items_of(holder_);
  for (Py_ssize_t i = 0; now.is_valid() && i < PySequence_Fast_GET_SIZE(now.ptr()); ++i) {
    items_.emplace_back(PySequence_Fast_GET_ITEM(now.ptr(), i));
  }
}

// Whether a list has the very same objects: the common case, tested without a call.
bool ItemsGuard::same_objects() const {
  PyObject* list = holder_.held();
  if (!list || !PyList_CheckExact(list)) return false;
  size_t size = items_.size();
  if (static_cast<size_t>(PyList_GET_SIZE(list)) != size) return false;
  for (size_t i = 0; i < size; ++i) {
    if (!items_[i].is(PyList_GET_ITEM(list, static_cast<Py_ssize_t>(i)))) return false;
  }
  return true;
}

bool ItemsGuard::holds() {
  if (same_objects()) return true;
  nb::object now = items_of(holder_);
  if (!now.is_valid()) return false;
  auto has_size = [&] {
    return static_cast<size_t>(PySequence_Fast_GET_SIZE(now.ptr())) == items_.size();
  };
  for (size_t i = 0; has_size() && i < items_.size(); ++i) {
    if (!items_[i].matches(PySequence_Fast_GET_ITEM(now.ptr(), static_cast<Py_ssize_t>(i)))) {
      return false;
    }
  }
  return has_size();
}

std::string ItemsGuard::change() {
  if (holds()) return "";
  nb::object now = items_of(holder_);
  size_t size = now.is_valid() ? static_cast<size_t>(PySequence_Fast_GET_SIZE(now.ptr())) : 0;
  for (size_t i = 0; i < items_.size() && i < size; ++i) {
    PyObject* item = PySequence_Fast_GET_ITEM(now.ptr(), static_cast<Py_ssize_t>(i));
    if (items_[i].matches(item)) continue;
    return difference(fmt::format("{}[{}]", name_, i), items_[i].text(), item);
  }
  return fmt::format("{} was a list of {} items and is one of {}", name_, items_.size(), size);
}

void ItemsGuard::restore() {
  nb::object holder = holder_.get();
  if (!holder.is_valid() || PyTuple_Check(holder.ptr())) return;
  nb::list old;
  for (const Expected& item : items_) {
    nb::object value = item.value();
    if (!value.is_valid()) return;
    old.append(value);
  }
  if (PyList_Check(holder.ptr())) {
    ignore_failure(PyList_SetSlice(holder.ptr(), 0, PyList_GET_SIZE(holder.ptr()), old.ptr()));
    return;
  }
  if (PyObject_HasAttrString(holder.ptr(), "clear")) {  // a deque, which does not support slices
    or_nothing(PyObject_CallMethod(holder.ptr(), "clear", nullptr));
  } else {
    ignore_failure(PySequence_DelSlice(holder.ptr(), 0, PY_SSIZE_T_MAX));
  }
  or_nothing(PyObject_CallMethod(holder.ptr(), "extend", "O", old.ptr()));
}

int ItemsGuard::traverse(visitproc visit, void* arg) const {
  for (const Expected& item : items_) {
    if (int status = item.traverse(visit, arg)) return status;
  }
  return holder_.traverse(visit, arg);
}

std::vector<Found> ItemsGuard::current() {
  std::vector<Found> values;
  nb::object now = items_of(holder_);
  for (Py_ssize_t i = 0; now.is_valid() && i < PySequence_Fast_GET_SIZE(now.ptr()); ++i) {
    values.push_back(
        {fmt::format("{}[{}]", name_, i), nb::borrow(PySequence_Fast_GET_ITEM(now.ptr(), i))});
  }
  return values;
}

SetGuard::SetGuard(PyObject* set, std::string name)
    : set_(set), name_(std::move(name)), copy_(owned(PyFrozenSet_New(set))) {}

bool SetGuard::holds() {
  nb::object now = set_.get();
  if (!now.is_valid()) return false;
  int equal = PyObject_RichCompareBool(copy_.ptr(), now.ptr(), Py_EQ);
  ignore_failure(equal);
  return equal == 1;
}

std::string SetGuard::change() {
  if (holds()) return "";
  nb::object now = set_.get();
  return fmt::format("{} was a set of {} items and is {}", name_, entries(), short_text(now.ptr()));
}

void SetGuard::restore() {
  nb::object now = set_.get();
  if (!now.is_valid() || !PySet_Check(now.ptr())) return;
  ignore_failure(PySet_Clear(now.ptr()));
  or_nothing(PyObject_CallMethod(now.ptr(), "update", "O", copy_.ptr()));
}

int SetGuard::traverse(visitproc visit, void* arg) const {
  Py_VISIT(copy_.ptr());
  return set_.traverse(visit, arg);
}

std::vector<Found> SetGuard::current() {
  std::vector<Found> values;
  nb::object now = set_.get();
  if (!now.is_valid()) return values;
  for (nb::handle item : now) values.push_back({name_, nb::borrow(item)});
  return values;
}

Py_ssize_t LengthGuard::now() const {
  nb::object holder = holder_.get();
  Py_ssize_t length = holder.is_valid() ? PyObject_Size(holder.ptr()) : -1;
  if (length < 0) PyErr_Clear();
  return truth_ ? length > 0 : length;
}

std::string LengthGuard::change() {
  if (holds()) return "";
  return truth_ ? fmt::format("whether {} is empty changed", name_)
                : fmt::format("the length of {} was {} and is {}", name_, length_, now());
}

}  // namespace mycel::python
