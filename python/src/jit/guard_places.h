// Guards of slots, closures, list items, results of C functions, functions, classes and arrays.
#pragma once

#include "python/src/jit/guard.h"

namespace mycel::python {

// Guards one value of a holder.
class PlaceGuard : public Guard {
 public:
  bool holds() override { return value_.matches(now().ptr()); }
  bool gone() const override { return !holder_.get().is_valid(); }
  std::string change() override;
  void restore() override;
  std::vector<std::string> places() const override { return {name_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override { return {{name_, now()}}; }

 protected:
  PlaceGuard(PyObject* holder, std::string name) : holder_(holder), name_(std::move(name)) {}
  void expect(const nb::object& value) { value_ = Expected(value.ptr()); }
  nb::object holder() const { return holder_.get(); }
  virtual nb::object now() const = 0;
  // Writes `old` back; an invalid `old` means that the place was empty.
  virtual void put(const nb::object& holder, const nb::object& old) = 0;

 private:
  Watched holder_;
  std::string name_;
  Expected value_{nullptr};
};

// Guards the value that a C descriptor, such as a slot, gives for an object.
class SlotGuard final : public PlaceGuard {
 public:
  // `slot` is the attribute's name. Runs no user code.
  SlotGuard(PyObject* holder, PyObject* slot, std::string name);
  bool holds() override;
  std::string change() override;
  void restore() override;
  int traverse(visitproc visit, void* arg) const override;

 private:
  nb::object now() const override;
  void put(const nb::object& holder, const nb::object& old) override;
  nb::object slot_;
  Watched class_;
};

// Guards the content of a closure's cell.
class CellGuard final : public PlaceGuard {
 public:
  CellGuard(PyObject* cell, std::string name);
  // Cells do not support weak references: the cell is gone if only this guard holds it.
  bool gone() const override;

 private:
  nb::object now() const override;
  void put(const nb::object& cell, const nb::object& old) override;
};

// Guards one item of a list.
class IndexGuard final : public PlaceGuard {
 public:
  IndexGuard(PyObject* list, Py_ssize_t index, std::string name);

 private:
  nb::object now() const override;
  void put(const nb::object& list, const nb::object& old) override;
  Py_ssize_t index_;
};

// Guards a value that a C function returns for the holder, which may differ between threads.
class GivenGuard final : public PlaceGuard {
 public:
  enum class Of : uint8_t {
    kThreadLocal,      // an attribute of a threading.local
    kContextVariable,  // the value in the calling context
    kReferent,         // the object of a weak reference
    kType,             // the object's class
    kInstance,         // whether it is an instance of an abstract class
    kSubclass,         // whether it is a subclass of one
  };
  GivenGuard(PyObject* holder, Of of, PyObject* key, std::string name);
  int traverse(visitproc visit, void* arg) const override;

 private:
  nb::object now() const override;
  void put(const nb::object& holder, const nb::object& old) override;
  Of of_;
  nb::object key_;
};

// Guards the code and the default arguments of a function.
class FunctionGuard final : public Guard {
 public:
  explicit FunctionGuard(PyObject* function);
  bool holds() override;
  bool gone() const override { return !function_.get().is_valid(); }
  std::string change() override;
  void restore() override;
  std::vector<std::string> places() const override { return {"the defaults of " + name_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override { return {}; }

 private:
  Watched function_;
  std::string name_;
  Expected code_, positional_, keywords_;
};

// Guards attributes of a class, and skips the check while the class's version is unchanged.
class ClassGuard final : public Guard {
 public:
  explicit ClassGuard(PyObject* type);
  void add(PyObject* name);
  bool holds() override;
  bool gone() const override { return !holder_.get().is_valid(); }
  std::string change() override;
  void restore() override;
  size_t entries() const override { return found_.size(); }
  std::vector<std::string> places() const override;
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override;

 private:
  std::string place(PyObject* name) const;
  Watched holder_;
  std::string name_;
  unsigned version_ = 0;
  std::vector<std::pair<nb::object, Expected>> found_;
};

// Guards the elements of a NumPy array, a record or a memoryview.
class ArrayGuard final : public Guard {
 public:
  ArrayGuard(PyObject* array, std::string name);
  bool holds() override;
  bool gone() const override { return !array_.get().is_valid(); }
  std::string change() override;
  void restore() override;
  std::vector<std::string> places() const override { return {"the elements of " + name_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override { return {}; }

 private:
  nb::object content() const;
  Watched array_;
  std::string name_;
  nb::object content_;  // its type, shape and bytes, or its items
  nb::object copy_;
};

}  // namespace mycel::python
