// Guards of dicts: keys or all items, attributes, an optimiser's state, whether a number is 0.
#pragma once

#include "python/src/jit/guard.h"

namespace mycel::python {

// Guards keys of a dict, or attributes in an object's `__dict__` and the object's class; after
// add_all(), all items in order.
class DictGuard final : public Guard {
 public:
  enum class Of : uint8_t { kDict, kAttributes };
  DictGuard(PyObject* holder, Of of, std::string name);

  // A null `value` means an absent key. `text` names the place: "global scale".
  void add(PyObject* key, PyObject* value, std::string text);
  // Guards all items from now on.
  void add_all();
  bool holds() override;
  bool gone() const override { return !holder_.get().is_valid(); }
  std::string change() override;
  void restore() override;
  bool may_change_unseen() const override;
  size_t entries() const override { return items_.size() + all_.size(); }
  std::vector<std::string> places() const override;
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override;

 private:
  struct Item {
    nb::object key;
    Expected value;
    std::string text;
  };
  nb::object dict() const;
  bool same_class() const;
  bool unchanged() const;
  bool items_hold(PyObject* dict) const;
  bool all_hold(PyObject* dict) const;

  Of of_;
  Watched holder_;
  Watched class_;  // if attributes are guarded
  std::string name_;
  std::vector<Item> items_;
  bool ordered_;  // an OrderedDict
  bool whole_ = false;
  std::vector<std::pair<nb::object, Expected>> all_;
  // The dict checked last, and its version at that time.
  PyObject* seen_ = nullptr;
  uint64_t version_ = 0;
};

// Guards a dict of an optimiser's state: its keys and values, and only the type of some numbers.
class StateGuard final : public Guard {
 public:
  StateGuard(PyObject* dict, const nb::list& numbers);
  bool holds() override { return change().empty(); }
  bool gone() const override { return !dict_.get().is_valid(); }
  std::string change() override;
  void restore() override {}
  size_t entries() const override { return items_.size(); }
  std::vector<std::string> places() const override;
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override { return {}; }

 private:
  struct Item {
    nb::object key;
    PyTypeObject* number;  // the type of a number that may have any value, or null
    Expected value;
  };
  Watched dict_;
  std::vector<Item> items_;
  uint64_t version_ = 0;
};

// Guards whether a number in a dict is 0, but not its value.
class NonzeroGuard final : public Guard {
 public:
  NonzeroGuard(PyObject* dict, PyObject* key, bool nonzero);
  bool holds() override;
  bool gone() const override { return false; }
  std::string change() override;
  void restore() override {}
  std::vector<std::string> places() const override;
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override { return {}; }

 private:
  nb::object dict_, key_;
  bool nonzero_;
};

}  // namespace mycel::python
