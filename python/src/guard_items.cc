#include "python/src/guard_items.h"

#include <fmt/format.h>

#include "python/src/error.h"

namespace mycel::python {
namespace {

// The items as a list or tuple; invalid if the object is gone or cannot be iterated.
nb::object items_of(const Watched& holder) {
  nb::object object = holder.get();
  return object.is_valid() ? or_nothing(PySequence_Fast(object.ptr(), "")) : nb::object();
}

}  // namespace

ItemsGuard::ItemsGuard(PyObject* holder, std::string name)
    : holder_(holder), name_(std::move(name)) {
  refresh();
}

void ItemsGuard::refresh() {
  items_.clear();
  nb::object now = items_of(holder_);
  for (Py_ssize_t i = 0; now.is_valid() && i < PySequence_Fast_GET_SIZE(now.ptr()); ++i) {
    items_.emplace_back(PySequence_Fast_GET_ITEM(now.ptr(), i));
  }
}

// Whether a list has the very objects that it had: the common case, found without a call.
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
  if (!holder.is_valid() || !PyList_Check(holder.ptr())) return;
  nb::list old;
  for (const Expected& item : items_) old.append(item.value());
  ignore_failure(PyList_SetSlice(holder.ptr(), 0, PyList_GET_SIZE(holder.ptr()), old.ptr()));
}

int ItemsGuard::traverse(visitproc visit, void* arg) const {
  for (const Expected& item : items_) {
    if (int status = item.traverse(visit, arg)) return status;
  }
  return holder_.traverse(visit, arg);
}

std::vector<nb::object> ItemsGuard::current() {
  std::vector<nb::object> values;
  nb::object now = items_of(holder_);
  for (Py_ssize_t i = 0; now.is_valid() && i < PySequence_Fast_GET_SIZE(now.ptr()); ++i) {
    values.push_back(nb::borrow(PySequence_Fast_GET_ITEM(now.ptr(), i)));
  }
  return values;
}

IndexGuard::IndexGuard(PyObject* list, Py_ssize_t index, std::string name)
    : list_(list), index_(index), name_(std::move(name)), value_(now().ptr()) {}

nb::object IndexGuard::now() const {
  nb::object list = list_.get();
  if (!list.is_valid()) return {};
  Py_ssize_t size = PyList_GET_SIZE(list.ptr());
  Py_ssize_t position = index_ < 0 ? index_ + size : index_;
  if (position < 0 || position >= size) return {};
  return nb::borrow(PyList_GET_ITEM(list.ptr(), position));
}

std::string IndexGuard::change() {
  return holds() ? "" : difference(name_, value_.text(), now().ptr());
}

void IndexGuard::restore() {
  nb::object list = list_.get(), old = value_.value();
  if (list.is_valid() && old.is_valid() && now().is_valid()) {
    ignore_failure(PySequence_SetItem(list.ptr(), index_, old.ptr()));
  }
}

int IndexGuard::traverse(visitproc visit, void* arg) const {
  if (int status = list_.traverse(visit, arg)) return status;
  return value_.traverse(visit, arg);
}

SetGuard::SetGuard(PyObject* set, std::string name) : set_(set), name_(std::move(name)) {
  refresh();
}

void SetGuard::refresh() { copy_ = owned(PyFrozenSet_New(set_.get().ptr())); }

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

std::vector<nb::object> SetGuard::current() {
  std::vector<nb::object> values;
  nb::object now = set_.get();
  if (!now.is_valid()) return values;
  for (nb::handle item : now) values.push_back(nb::borrow(item));
  return values;
}

Py_ssize_t LengthGuard::now() const {
  nb::object holder = holder_.get();
  Py_ssize_t length = holder.is_valid() ? PyObject_Size(holder.ptr()) : -1;
  if (length < 0) PyErr_Clear();
  return truth_ ? length > 0 : length;
}

std::string LengthGuard::change() {
  return holds() ? "" : fmt::format("the length of {} was {} and is {}", name_, length_, now());
}

}  // namespace mycel::python
