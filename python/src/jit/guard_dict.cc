#include "python/src/jit/guard_dict.h"

#include <fmt/format.h>

#include <algorithm>

#include "python/src/common/error.h"
#include "python/src/tensor/tensor_object.h"
#include "python/src/tree/tree.h"

namespace mycel::python {
namespace {

// Returns 0 if dicts have no version.
uint64_t version_of([[maybe_unused]] PyObject* dict) {
#if PY_VERSION_HEX < 0x030C0000
  return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag;
#else
  return 0;
#endif
}

// Visits the items in the dict's own order until `visit(key, value)` is false. Returns whether it
// never was.
template <class Visit>
bool each_item(PyObject* dict, Visit visit) {
  if (PyODict_Check(dict)) {  // its order is not that of the underlying dict
    nb::object keys = or_nothing(PySequence_List(dict));
    for (Py_ssize_t i = 0; keys.is_valid() && i < PyList_GET_SIZE(keys.ptr()); ++i) {
      PyObject* key = PyList_GET_ITEM(keys.ptr(), i);
      PyObject* value = PyDict_GetItem(dict, key);
      if (value && !visit(key, value)) return false;
    }
    return true;
  }
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict, &position, &key, &value)) {
    if (!visit(key, value)) return false;
  }
  return true;
}

}  // namespace

DictGuard::DictGuard(PyObject* holder, Of of, std::string name)
    : of_(of),
      holder_(holder),
      class_(of == Of::kAttributes ? class_of(holder) : nullptr),
      name_(std::move(name)),
      ordered_(PyODict_Check(holder)) {}

nb::object DictGuard::dict() const {
  nb::object holder = holder_.get();
  if (of_ == Of::kDict || !holder.is_valid()) return holder;
  return or_nothing(PyObject_GenericGetDict(holder.ptr(), nullptr));
}

void DictGuard::add(PyObject* key, PyObject* value, std::string text) {
  items_.push_back({nb::borrow(key), Expected(value), std::move(text)});
}

void DictGuard::add_all() {
  nb::object now = dict();
  if (!now.is_valid()) return;
  whole_ = true;
  all_.clear();
  each_item(now.ptr(), [&](PyObject* key, PyObject* value) {
    // An item read before keeps the value read then: the trace may have changed it since.
    auto read = std::ranges::find_if(items_, [&](const Item& item) { return item.key.is(key); });
    if (read == items_.end()) {
      all_.emplace_back(nb::borrow(key), Expected(value));
    } else if (!read->value.is(nullptr)) {
      all_.emplace_back(nb::borrow(key), read->value);
    }
    return true;
  });
}

bool DictGuard::same_class() const {
  if (of_ == Of::kDict) return true;
  nb::object holder = holder_.get();
  return holder.is_valid() && class_.is(class_of(holder.ptr()));
}

bool DictGuard::may_change_unseen() const {
  if (of_ == Of::kDict) return false;
  nb::object now = dict();
  constexpr Py_ssize_t kMine = 2;  // the object's, and the one taken here
  return now.is_valid() && Py_REFCNT(now.ptr()) > kMine;
}

bool DictGuard::items_hold(PyObject* dict) const {
  for (const Item& item : items_) {
    if (!item.value.matches(dict ? PyDict_GetItem(dict, item.key.ptr()) : nullptr)) return false;
  }
  return true;
}

bool DictGuard::all_hold(PyObject* dict) const {
  auto has_size = [&] { return static_cast<size_t>(PyDict_GET_SIZE(dict)) == all_.size(); };
  size_t number = 0;
  bool same = each_item(dict, [&](PyObject* key, PyObject* value) {
    if (!has_size() || number == all_.size()) return false;
    const auto& [expected_key, expected] = all_[number++];
    nb::object held = nb::borrow(value);
    return same_object(expected_key.ptr(), key) && expected.matches(value);
  });
  return same && has_size() && number == all_.size();
}

// Whether a dict has the version checked last: the common case, tested without a call.
bool DictGuard::unchanged() const {
  PyObject* held = of_ == Of::kDict ? holder_.held() : nullptr;
  return held && held == seen_ && version_ != 0 && version_of(held) == version_;
}

bool DictGuard::holds() {
  if (unchanged()) return true;
  if (!same_class()) return false;
  nb::object now = dict();
  uint64_t version = now.is_valid() ? version_of(now.ptr()) : 0;
  if (version != 0 && version == version_ && now.ptr() == seen_) return true;
  if (!items_hold(now.ptr())) return false;
  if (whole_ && (!now.is_valid() || !all_hold(now.ptr()))) return false;
  seen_ = now.ptr();
  version_ = ordered_ ? 0 : version;  // reordering an OrderedDict does not change it
  return true;
}

std::string DictGuard::change() {
  if (!same_class()) return class_change(class_, holder_.get());
  nb::object now = dict();
  for (const Item& item : items_) {
    PyObject* value = now.is_valid() ? PyDict_GetItem(now.ptr(), item.key.ptr()) : nullptr;
    if (!item.value.matches(value)) return difference(item.text, item.value.text(), value);
  }
  if (!whole_ || (now.is_valid() && all_hold(now.ptr()))) return "";
  for (const auto& [key, expected] : all_) {
    PyObject* value = now.is_valid() ? PyDict_GetItem(now.ptr(), key.ptr()) : nullptr;
    if (expected.matches(value)) continue;
    return difference(fmt::format("{}[{}]", name_, short_text(key.ptr())), expected.text(), value);
  }
  return fmt::format("{} was a dict of {} items and is one of {}", name_, all_.size(),
                     now.is_valid() ? PyDict_GET_SIZE(now.ptr()) : 0);
}

void DictGuard::restore() {
  if (of_ == Of::kAttributes) restore_class(class_, holder_.get());
  nb::object now = dict();
  if (!now.is_valid()) return;
  auto put = [&](const nb::object& key, const Expected& value) {
    nb::object old = value.value();
    if (old.is_valid()) {
      ignore_failure(
          (ordered_ ? PyObject_SetItem : PyDict_SetItem)(now.ptr(), key.ptr(), old.ptr()));
    } else {
      ignore_failure((ordered_ ? PyObject_DelItem : PyDict_DelItem)(now.ptr(), key.ptr()));
    }
  };
  if (whole_ && ordered_) {
    or_nothing(PyObject_CallMethod(now.ptr(), "clear", nullptr));
  } else if (whole_) {
    PyDict_Clear(now.ptr());
  }
  for (const auto& [key, value] : all_) put(key, value);
  for (const Item& item : items_) put(item.key, item.value);
}

std::vector<std::string> DictGuard::places() const {
  std::vector<std::string> texts;
  for (const Item& item : items_) texts.push_back(item.text);
  if (whole_) texts.push_back("the items of " + name_);
  return texts;
}

int DictGuard::traverse(visitproc visit, void* arg) const {
  if (int status = holder_.traverse(visit, arg)) return status;
  for (const Item& item : items_) {
    Py_VISIT(item.key.ptr());
    if (int status = item.value.traverse(visit, arg)) return status;
  }
  for (const auto& [key, value] : all_) {
    Py_VISIT(key.ptr());
    if (int status = value.traverse(visit, arg)) return status;
  }
  return class_.traverse(visit, arg);
}

std::vector<Found> DictGuard::current() {
  std::vector<Found> values;
  nb::object now = dict();
  if (!now.is_valid()) return values;
  for (const Item& item : items_) {
    values.push_back({item.text, nb::borrow(PyDict_GetItem(now.ptr(), item.key.ptr()))});
  }
  if (!whole_) return values;
  each_item(now.ptr(), [&](PyObject* key, PyObject* value) {
    values.push_back({fmt::format("{}[{}]", name_, short_text(key)), nb::borrow(value)});
    return true;
  });
  return values;
}

StateGuard::StateGuard(PyObject* dict, const nb::list& numbers) : dict_(dict) {
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(dict, &position, &key, &value)) {
    bool number = false;
    for (nb::handle each : numbers) number = number || same_object(each.ptr(), key);
    items_.push_back(
        {nb::borrow(key), number ? Py_TYPE(value) : nullptr, Expected(number ? Py_None : value)});
  }
}

std::string StateGuard::change() {
  nb::object dict = dict_.get();
  if (!dict.is_valid()) return "an optimiser's state is gone";
  uint64_t version = version_of(dict.ptr());
  if (version != 0 && version == version_) return "";
  if (static_cast<size_t>(PyDict_GET_SIZE(dict.ptr())) != items_.size()) {
    return "an optimiser's state has other keys";
  }
  PyObject *key, *value;
  Py_ssize_t position = 0;
  for (const Item& item : items_) {
    if (!PyDict_Next(dict.ptr(), &position, &key, &value)) break;
    nb::object held = nb::borrow(value);
    if (!same_object(item.key.ptr(), key)) return "an optimiser's state has other keys";
    if (item.number ? Py_TYPE(value) == item.number : item.value.matches(value)) continue;
    return difference(fmt::format("{} in an optimiser's state", short_text(key)),
                      item.number ? item.number->tp_name : item.value.text(), held.ptr());
  }
  version_ = version;
  return "";
}

std::vector<std::string> StateGuard::places() const {
  std::vector<std::string> texts;
  for (const Item& item : items_) {
    if (is_tensor(item.key.ptr())) continue;
    texts.push_back(fmt::format("{}{} in an optimiser's state", item.number ? "the type of " : "",
                                short_text(item.key.ptr())));
  }
  return texts;
}

int StateGuard::traverse(visitproc visit, void* arg) const {
  for (const Item& item : items_) {
    Py_VISIT(item.key.ptr());
    if (int status = item.value.traverse(visit, arg)) return status;
  }
  return dict_.traverse(visit, arg);
}

NonzeroGuard::NonzeroGuard(PyObject* dict, PyObject* key, bool nonzero)
    : dict_(nb::borrow(dict)), key_(nb::borrow(key)), nonzero_(nonzero) {}

bool NonzeroGuard::holds() {
  PyObject* now = PyDict_GetItem(dict_.ptr(), key_.ptr());
  if (!now) return false;
  int nonzero = PyObject_IsTrue(nb::borrow(now).ptr());
  ignore_failure(nonzero);  // the function itself will raise it
  return nonzero >= 0 && (nonzero != 0) == nonzero_;
}

std::vector<std::string> NonzeroGuard::places() const {
  return {fmt::format("whether {} is 0", check_text(key_.ptr()))};
}

std::string NonzeroGuard::change() { return holds() ? "" : fmt::format("{} changed", places()[0]); }

int NonzeroGuard::traverse(visitproc visit, void* arg) const {
  Py_VISIT(dict_.ptr());
  Py_VISIT(key_.ptr());
  return 0;
}

}  // namespace mycel::python
