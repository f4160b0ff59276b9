// What a trace read of Python's state, and whether it still is as it was.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

namespace mycel::python {

namespace nb = nanobind;

// Counts the writes to attributes of modules and optimisers.
extern uint64_t attribute_epoch;

// A value as a trace saw it: numbers, strings and tuples of them by value, plain containers by a
// copy of their items, everything else by identity.
class GuardedValue {
 public:
  // `value` may be null: nothing was there. `notes` receives what is not guarded.
  GuardedValue(PyObject* value, const std::string& name, std::vector<std::string>& notes,
               size_t most_items = kMostItems);

  bool matches(PyObject* now) const;
  // Whether it can change without an assignment to what holds it.
  bool is_container() const { return is_container_; }
  std::string text() const;
  int traverse(visitproc visit, void* arg) const;

  static constexpr size_t kMostItems = 64;

 private:
  void copy_items(const std::string& name, std::vector<std::string>& notes, size_t most_items);

  nb::object value_;
  bool is_container_ = false;
  std::vector<nb::object> items_;  // of a dict, keys and values in turn; of a set, a copy
};

// One place that is looked at in every call.
struct Guard {
  enum class Kind : uint8_t { kGlobal, kCell, kDefaults, kKeywordDefaults, kValue, kNonzeroItem };
  Kind kind;
  nb::object holder;  // a dict, a cell, a function, a container
  nb::object key;     // of a dict
  GuardedValue value;
  std::string name;  // "global scale"

  PyObject* current() const;  // borrowed, may be null
  bool holds() const;
};

// An attribute of a module or optimiser, looked at when some attribute was written.
struct AttributeGuard {
  nb::object object;
  nb::object name;  // None: all attributes
  GuardedValue value;
  std::string text;

  bool holds() const;
};

// A class whose attributes were read, looked at by its version.
struct TypeGuard {
  nb::object holder;  // the class
  unsigned version = 0;
  std::vector<std::pair<nb::object, nb::object>> found;  // name, what the class had

  PyTypeObject* type() const { return reinterpret_cast<PyTypeObject*>(holder.ptr()); }
  bool holds();
};

// Everything one trace read.
struct Guards {
  std::vector<Guard> places;
  std::vector<AttributeGuard> attributes;
  std::vector<TypeGuard> types;
  std::vector<std::string> notes;  // what is not guarded
  uint64_t validated_epoch = 0;

  bool hold();
  // What changed, in words: "global scale was 2.0 and is 3.0"; "" if nothing did.
  std::string changed();
  // Shows the garbage collector what this holds.
  int traverse(visitproc visit, void* arg) const;
};

}  // namespace mycel::python
