// Guards of other places: slots, closures, defaults, classes, NumPy arrays.
#pragma once

#include "python/src/guard.h"

namespace mycel::python {

// What a C descriptor gives of an object, such as a slot; or the content of a closure's cell.
class SlotGuard final : public Guard {
 public:
  // `slot` is the attribute's name; no code of the user's runs.
  SlotGuard(PyObject* holder, PyObject* slot, std::string name);
  bool holds() override { return value_.matches(now().ptr()); }
  bool gone() const override { return !holder_.get().is_valid(); }
  std::string change() override;
  void refresh() override { value_ = Expected(now().ptr()); }
  void restore() override;
  std::vector<std::string> places() const override { return {name_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<nb::object> current() override { return {now()}; }

 private:
  nb::object now() const;
  Watched holder_;
  nb::object slot_;
  std::string name_;
  Expected value_;
};

// The default arguments of a function.
class DefaultsGuard final : public Guard {
 public:
  DefaultsGuard(PyObject* function, std::string name);
  bool holds() override;
  bool gone() const override { return !function_.get().is_valid(); }
  std::string change() override;
  void refresh() override;
  void restore() override {}
  std::vector<std::string> places() const override { return {name_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<nb::object> current() override { return {}; }

 private:
  Watched function_;
  std::string name_;
  Expected positional_, keywords_;
};

// Attributes of a class, looked at by its version.
class ClassGuard final : public Guard {
 public:
  explicit ClassGuard(PyObject* type);
  void add(PyObject* name);
  bool holds() override;
  bool gone() const override { return !holder_.get().is_valid(); }
  std::string change() override;
  void refresh() override;
  void restore() override;
  size_t entries() const override { return found_.size(); }
  std::vector<std::string> places() const override;
  int traverse(visitproc visit, void* arg) const override;
  std::vector<nb::object> current() override;

 private:
  std::string place(PyObject* name) const;
  Watched holder_;
  std::string name_;
  unsigned version_ = 0;
  std::vector<std::pair<nb::object, Expected>> found_;
};

// The elements of a NumPy array.
class ArrayGuard final : public Guard {
 public:
  ArrayGuard(PyObject* array, std::string name);
  bool holds() override;
  bool gone() const override { return !array_.get().is_valid(); }
  std::string change() override;
  void refresh() override;
  void restore() override {}
  size_t entries() const override;
  std::vector<std::string> places() const override { return {"the elements of " + name_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<nb::object> current() override { return {}; }

 private:
  nb::object content() const;
  Watched array_;
  std::string name_;
  nb::object content_;  // dtype, shape, bytes
};

}  // namespace mycel::python
