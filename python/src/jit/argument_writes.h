// What a traced function writes to the containers among its arguments: lists, dicts, dataclasses.
#pragma once

#include <nanobind/nanobind.h>

#include <optional>
#include <vector>

#include "mycel/tensor/tensor.h"
#include "python/src/tree/tree.h"

namespace mycel::python {

namespace nb = nanobind;

// A value of a trace that every call builds anew: tensors and numbers are results of the program,
// all else is kept.
class BuiltValue {
 public:
  BuiltValue() = default;
  // Appends its tensors.
  BuiltValue(nb::handle value, Tensors& tensors);
  // Takes as many results, from `next` on, as it appended.
  nb::object build(Tensors& results, size_t& next) const;
  int traverse(visitproc visit, void* arg) const;

 private:
  Structure structure_;
  std::vector<nb::object> leaves_;  // null where a tensor or a number comes
  std::vector<bool> numbers_;       // of those: whether it is a Python number
};

// The containers in a call's arguments, in the order of the tree.
std::vector<nb::object> containers_in(PyObject* const* arguments, size_t count);

// The containers that a trace got in the place of those that the call gave, and what they held.
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
  // Appends the tensors in it.
  ArgumentWrites(const TracedContainers& traced, nb::handle result, Tensors& tensors);
  bool any() const { return !changed_.empty() || result_; }
  // Changes the call's containers likewise; the result if it is one of them.
  nb::object apply(const std::vector<nb::object>& given, Tensors& results, size_t& next) const;
  int traverse(visitproc visit, void* arg) const;

 private:
  struct Item {
    nb::object key;               // of a dict; the name of an attribute
    std::optional<size_t> given;  // the value is one of the call's containers
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
