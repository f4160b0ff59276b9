// Converts the arguments of a Python call to the attributes of an operation.
#pragma once

#include <array>
#include <vector>

#include "python/src/operators/signature.h"

namespace mycel::python {

// Converts a Python value to an attribute. Raises "[op] expects name to be ..., got ...":
// ValueError for an unknown choice, else TypeError.
ir::Attribute attribute_from(const ir::OpDef& op, const ir::AttributeField& field, PyObject* value);
// Converts an attribute to a Python value (int, tuple, dtype), for defaults and documentation.
nb::object attribute_to(const ir::Attribute& attribute);

// Makes the attributes of calls to one operation, and caches the last few: most calls repeat
// (dim=-1), and a cache hit costs no allocation.
class AttributeMaker {
 public:
  explicit AttributeMaker(const Signature& signature);

  // `values` are indexed by parameter, as Signature::parse fills them.
  ir::Attributes make(PyObject* const* values);
  const ir::Attributes& defaults() const { return defaults_; }

 private:
  struct Known {
    std::vector<nb::object> values;  // by attribute parameter; null: the default
    ir::Attributes attributes;
  };
  bool matches(const Known& known, PyObject* const* values) const;

  const Signature& signature_;
  std::vector<size_t> parameters_;  // indices of the attributes
  ir::Attributes defaults_;
  std::array<Known, 4> known_;
  size_t next_ = 0;
};

}  // namespace mycel::python
