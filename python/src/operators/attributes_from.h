// From the arguments of a Python call to the attributes of an operation.
#pragma once

#include <array>
#include <vector>

#include "python/src/operators/signature.h"

namespace mycel::python {

// The attribute for a Python value; raises TypeError "[op] expects name to be ..., got ...".
ir::Attribute attribute_from(const ir::OpDef& op, const ir::AttributeField& field, PyObject* value);
// The Python value of an attribute: an int, a tuple, a dtype, ...; for defaults and documentation.
nb::object attribute_to(const ir::Attribute& attribute);

// Makes the attributes of calls to one operation, and remembers those of the last few: most calls
// repeat (dim=-1), and a remembered one costs no allocation.
class AttributeMaker {
 public:
  explicit AttributeMaker(const Signature& signature);

  // `values` by parameter, as Signature::parse gives them.
  ir::Attributes make(PyObject* const* values);
  const ir::Attributes& defaults() const { return defaults_; }

 private:
  struct Known {
    std::vector<nb::object> values;  // by attribute parameter; null: the default
    ir::Attributes attributes;
  };
  bool matches(const Known& known, PyObject* const* values) const;

  const Signature& signature_;
  std::vector<size_t> parameters_;  // that are attributes
  ir::Attributes defaults_;
  std::array<Known, 4> known_;
  size_t next_ = 0;
};

}  // namespace mycel::python
