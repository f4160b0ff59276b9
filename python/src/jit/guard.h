// Guards: the places in Python's state that a trace read, with the values that it found there.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

namespace mycel::python {

namespace nb = nanobind;

// A reference to an object: weak where the object's type allows it, so that a compiled function
// keeps no instance alive that it guards; lists and dicts are held.
class Watched {
 public:
  Watched() = default;
  explicit Watched(PyObject* object);
  // Invalid if the object is gone.
  nb::object get() const;
  // Whether it is this object; never if it is gone.
  bool is(PyObject* object) const {
    if (!weak_) return reference_.ptr() == object;
#if PY_VERSION_HEX < 0x030D0000
    // That of an object which is gone gives None.
    return PyWeakref_GET_OBJECT(reference_.ptr()) == object && object != Py_None;
#else
    return get().is(object);
#endif
  }
  // The object if it is held, else null: found at no cost.
  PyObject* held() const { return weak_ ? nullptr : reference_.ptr(); }
  int traverse(visitproc visit, void* arg) const;

 private:
  nb::object reference_;
  bool weak_ = false;
};

// The value that a place is expected to have: numbers, strings and tuples of them by value,
// everything else by identity.
class Expected {
 public:
  // `value` may be null: the place is empty.
  explicit Expected(PyObject* value);
  bool matches(PyObject* now) const { return is(now) || (now && equals(now)); }
  // Whether it is this very object, or both are none.
  bool is(PyObject* now) const { return now ? !empty_ && value_.is(now) : empty_; }
  nb::object value() const { return value_.get(); }
  std::string text() const;
  int traverse(visitproc visit, void* arg) const { return value_.traverse(visit, arg); }

 private:
  bool equals(PyObject* now) const;
  Watched value_;
  bool empty_;
};

// A value in a guarded place, and the place's name.
struct Found {
  std::string place;
  nb::object value;
};

// One object of which a trace read something.
class Guard {
 public:
  virtual ~Guard() = default;
  virtual bool holds() = 0;
  // The object is gone: it was the trace's own, and nothing reads it again.
  virtual bool gone() const = 0;
  // The first difference in words: "global scale was 2.0 and is 3.0"; "" if there is none.
  virtual std::string change() = 0;
  // Gives the object the expected values again.
  virtual void restore() = 0;
  // Of an attribute: someone has the object's `__dict__`, and can write it unnoticed.
  virtual bool may_change_unseen() const { return false; }
  virtual size_t entries() const { return 1; }
  // The guarded places: "global scale".
  virtual std::vector<std::string> places() const = 0;
  virtual int traverse(visitproc visit, void* arg) const = 0;
  // The values that are there now, for a search of tensors that a trace left behind.
  virtual std::vector<Found> current() = 0;
};

// "2.0", "[1, 2]", "absent": a value in a message, cut short.
std::string short_text(PyObject* value);
// "global scale was 2.0 and is 3.0"
std::string difference(const std::string& name, const std::string& was, PyObject* now);
// The class of an object; whether it has another one now, in words; gives it the old one again.
inline PyObject* class_of(PyObject* object) { return reinterpret_cast<PyObject*>(Py_TYPE(object)); }
std::string class_change(const Watched& was, const nb::object& object);
void restore_class(const Watched& was, const nb::object& object);
// An object, or an invalid one after an exception, which is dropped.
nb::object or_nothing(PyObject* result);
void ignore_failure(int status);

}  // namespace mycel::python
