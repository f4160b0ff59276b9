// Replays a traced function's writes to argument containers: lists, dicts, dataclasses.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <vector>

#include "mycel/tensor/tensor.h"
#include "python/src/tree/tree.h"

namespace mycel::python {

namespace nb = nanobind;

// A value of a trace that every call rebuilds: tensors and numbers are results of the program, all
// other leaves are kept.
class BuiltValue {
 public:
  BuiltValue() = default;
  // Appends the value's tensors, and its numbers as tensors.
  BuiltValue(nb::handle value, Tensors& tensors);
  // Builds the value from the results at `next`, as many as the constructor appended.
  nb::object build(Tensors& results, size_t& next) const;
  int traverse(visitproc visit, void* arg) const;

 private:
  Structure structure_;
  std::vector<nb::object> leaves_;  // null for a tensor or a number
  std::vector<bool> numbers_;       // for each null leaf: whether it is a Python number
};

// Returns the containers in a call's arguments, in the order of the tree.
std::vector<nb::object> containers_in(PyObject* const* arguments, size_t count);

// The containers built for a trace in place of the call's own, with their initial content.
class TracedContainers {
 public:
  TracedContainers(PyObject* const* built, size_t count);

 private:
  friend class ArgumentWrites;
  std::vector<nb::object> containers_;
  std::vector<nb::object> content_;  // before the function ran
};

// The containers that a function changed, with their new content.
class ArgumentWrites {
 public:
  ArgumentWrites() = default;
  // Appends the tensors in the new content.
  ArgumentWrites(const TracedContainers& traced, nb::handle result, Tensors& tensors);
  bool any() const { return !changed_.empty() || result_; }
  // Makes the same changes to the call's containers. Returns the function's result if it is one of
  // them, else an invalid object.
  nb::object apply(const std::vector<nb::object>& given, Tensors& results, size_t& next) const;
  int traverse(visitproc visit, void* arg) const;

 private:
  struct Item {
    nb::object key;               // a dict's key or an attribute's name
    std::optional<size_t> given;  // set if the value is one of the call's containers
    BuiltValue value;
  };
  struct Changed {
    size_t container;
    std::vector<Item> items;
  };
  std::vector<Changed> changed_;
  std::optional<size_t> result_;
};

}  // namespace mycel::python
