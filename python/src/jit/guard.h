// Guards: the places of Python state that a trace read, with the values found there.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

namespace mycel::python {

namespace nb = nanobind;

// A reference to an object: weak if the object's type allows it, so that a compiled function does
// not keep the instances it guards alive. Lists and dicts are held.
class Watched {
 public:
  Watched() = default;
  explicit Watched(PyObject* object);
  // Returns an invalid object if the referent is gone.
  nb::object get() const;
  // Whether the referent is this object; false if it is gone.
  bool is(PyObject* object) const {
    if (!weak_) return reference_.ptr() == object;
#if PY_VERSION_HEX < 0x030D0000
    // A dead reference gives None.
    return PyWeakref_GET_OBJECT(reference_.ptr()) == object && object != Py_None;
#else
    return get().is(object);
#endif
  }
  // Returns the object if it is held, else null, at no cost.
  PyObject* held() const { return weak_ ? nullptr : reference_.ptr(); }
  int traverse(visitproc visit, void* arg) const;

 private:
  nb::object reference_;
  bool weak_ = false;
};

// The expected value of a place. Compares numbers, strings and tuples of them by value, everything
// else by identity.
class Expected {
 public:
  // A null `value` expects an empty place.
  explicit Expected(PyObject* value);
  bool matches(PyObject* now) const { return is(now) || (now && equals(now)); }
  // Whether the value is this very object, or both are absent.
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

// Guards what a trace read of one object.
class Guard {
 public:
  virtual ~Guard() = default;
  virtual bool holds() = 0;
  // Whether the object no longer exists. If so at the end of its trace, the trace made it and
  // nothing reads it again.
  virtual bool gone() const = 0;
  // Describes the first difference: "global scale was 2.0 and is 3.0"; "" if there is none.
  virtual std::string change() = 0;
  // Restores the expected values.
  virtual void restore() = 0;
  // Whether attributes can change unnoticed: other code holds the object's `__dict__`.
  virtual bool may_change_unseen() const { return false; }
  virtual size_t entries() const { return 1; }
  // The guarded places: "global scale".
  virtual std::vector<std::string> places() const = 0;
  virtual int traverse(visitproc visit, void* arg) const = 0;
  // Returns the current values, to search them for tensors that a trace left behind.
  virtual std::vector<Found> current() = 0;
};

// Formats a value for a message, truncated: "2.0", "[1, 2]", "absent".
std::string short_text(PyObject* value);
// "global scale was 2.0 and is 3.0"
std::string difference(const std::string& name, const std::string& was, PyObject* now);
// Return an object's class, describe a change of it ("" if there is none), restore the old one.
inline PyObject* class_of(PyObject* object) { return reinterpret_cast<PyObject*>(Py_TYPE(object)); }
std::string class_change(const Watched& was, const nb::object& object);
void restore_class(const Watched& was, const nb::object& object);
// Returns the object; after an exception, clears it and returns an invalid object.
nb::object or_nothing(PyObject* result);
void ignore_failure(int status);

}  // namespace mycel::python
