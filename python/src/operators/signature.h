// The Python signature of an operation, derived from its definition.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <vector>

#include "mycel/tensor/op_rules.h"

namespace mycel::python {

namespace nb = nanobind;

struct Parameter {
  PyObject* name = nullptr;   // interned, immortal
  PyObject* alias = nullptr;  // `axis` for `dim`, or null
  std::string text;           // its name
  bool is_operand = false;
  size_t index = 0;  // of the operand or the attribute field
  bool required = false;
};

class Signature {
 public:
  explicit Signature(const ir::OpDef& op);

  const ir::OpDef& op() const { return op_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  // Parameters from this index on are keyword-only.
  size_t num_positional() const { return num_positional_; }
  // The parameter that is a method's `self`.
  size_t self_index() const { return self_index_; }
  // The parameter that takes loose ints (x.reshape(2, 3)), or size().
  size_t loose_index() const { return loose_index_; }
  size_t size() const { return parameters_.size(); }

  static constexpr size_t kMost = 40;  // maximum number of parameters

  // Sorts the arguments of a call by parameter: borrowed references, null for those not given.
  // Loose ints become a tuple, which `keep` holds. Raises TypeError for arguments that do not fit.
  void parse(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
             bool is_method, PyObject** values, nb::object& keep) const;

  // Formats the parameters in Python syntax: "(input, dim=-1, *, dtype=None)".
  std::string text(bool is_method) const;
  // Format the type and the default of a parameter in Python syntax.
  std::string annotation(const Parameter& parameter) const;
  std::string default_text(const Parameter& parameter) const;

 private:
  void add_operands_and_attributes();
  void reorder(const std::vector<std::string>& order);
  size_t find(PyObject* keyword) const;  // size() if there is none
  [[noreturn]] void fail_keyword(PyObject* keyword) const;
  [[noreturn]] void fail_too_many(size_t given) const;
  std::string names() const;

  const ir::OpDef& op_;
  std::vector<Parameter> parameters_;
  size_t num_positional_ = 0;
  size_t self_index_ = 0;
  size_t loose_index_ = 0;
};

}  // namespace mycel::python
