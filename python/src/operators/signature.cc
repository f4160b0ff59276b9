#include "python/src/operators/signature.h"

#include <algorithm>

#include "python/src/common/error.h"
#include "python/src/tensor/numbers.h"

namespace mycel::python {
namespace {

PyObject* intern(const std::string& text) {
  return check(PyUnicode_InternFromString(text.c_str()));
}

// Returns another spelling of a parameter, the same for every operation.
const char* alias_of(const std::string& name) {
  if (name == "dim") return "axis";
  if (name == "keepdim") return "keepdims";
  return nullptr;
}

bool is_list(ir::AttributeKind kind) {
  return kind == ir::AttributeKind::kInts || kind == ir::AttributeKind::kDims;
}

// A list or an array without a default must be given: x.reshape(), x.permute(), constant(). For
// other attributes the definition decides.
bool is_required(const ir::OpDef& op, const ir::AttributeField& field) {
  const std::vector<std::string>& named = rules(op).python.required;
  if (std::find(named.begin(), named.end(), field.name) != named.end()) return true;
  if (field.optional) return false;
  if (const Ints* ints = std::get_if<Ints>(&field.default_value)) return ints->empty();
  if (const Dims* dims = std::get_if<Dims>(&field.default_value)) return dims->empty();
  if (const NDArray* array = std::get_if<NDArray>(&field.default_value)) return !array->defined();
  return false;
}

}  // namespace

Signature::Signature(const ir::OpDef& op) : op_(op) {
  const PythonSpec& spec = rules(op).python;
  add_operands_and_attributes();
  reorder(spec.order);
  num_positional_ = parameters_.size();
  loose_index_ = parameters_.size();
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    if (parameter.text == spec.keyword_only_from) num_positional_ = i;
    if (parameter.is_operand && parameter.index == 0) self_index_ = i;
    bool list = !parameter.is_operand && is_list(op.attributes.fields[parameter.index].kind);
    if (spec.varargs_ints && list && loose_index_ == parameters_.size()) loose_index_ = i;
  }
  if (parameters_.size() > kMost) fail_internal("{} has too many parameters", op.name);
}

void Signature::add_operands_and_attributes() {
  auto add = [this](const std::string& name, bool is_operand, size_t index, bool required) {
    Parameter parameter;
    parameter.name = intern(name);
    if (const char* alias = alias_of(name)) parameter.alias = intern(alias);
    parameter.text = name;
    parameter.is_operand = is_operand;
    parameter.index = index;
    parameter.required = required;
    parameters_.push_back(std::move(parameter));
  };
  for (size_t i = 0; i < op_.operands.size(); ++i) {
    add(op_.operands[i].name, true, i, !op_.operands[i].optional);
  }
  for (size_t i = 0; i < op_.attributes.fields.size(); ++i) {
    const ir::AttributeField& field = op_.attributes.fields[i];
    add(field.name, false, i, is_required(op_, field));
  }
}

void Signature::reorder(const std::vector<std::string>& order) {
  if (order.empty()) return;
  auto rank = [&](const Parameter& parameter) {
    return std::find(order.begin(), order.end(), parameter.text) - order.begin();
  };
  std::stable_sort(parameters_.begin(), parameters_.end(),
                   [&](const Parameter& a, const Parameter& b) { return rank(a) < rank(b); });
}

size_t Signature::find(PyObject* keyword) const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name == keyword || parameters_[i].alias == keyword) return i;
  }
  // Keywords in source are interned, those from **kwargs may not be.
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    if (PyUnicode_Compare(parameter.name, keyword) == 0 ||
        (parameter.alias && PyUnicode_Compare(parameter.alias, keyword) == 0)) {
      return i;
    }
  }
  return parameters_.size();
}

void Signature::parse(PyObject* const* arguments, size_t num_positional, PyObject* keyword_names,
                      bool is_method, PyObject** values, nb::object& keep) const {
  std::fill_n(values, parameters_.size(), nullptr);
  size_t next = 0;  // parameter for the next positional argument
  size_t i = 0;
  if (is_method && num_positional > 0) values[self_index_] = arguments[i++];
  for (; i < num_positional; ++i) {
    while (next < num_positional_ && values[next]) ++next;
    if (next < num_positional_ && next == loose_index_ && integer_from(arguments[i])) {
      size_t end = i;
      while (end < num_positional && integer_from(arguments[end])) ++end;
      keep = owned(PyTuple_New(static_cast<Py_ssize_t>(end - i)));
      for (size_t k = i; k < end; ++k) {
        PyTuple_SET_ITEM(keep.ptr(), static_cast<Py_ssize_t>(k - i), Py_NewRef(arguments[k]));
      }
      values[next] = keep.ptr();
      i = end - 1;
      continue;
    }
    if (next >= num_positional_) fail_too_many(num_positional);
    values[next] = arguments[i];
  }
  size_t num_keywords = keyword_names ? static_cast<size_t>(PyTuple_GET_SIZE(keyword_names)) : 0;
  for (size_t k = 0; k < num_keywords; ++k) {
    PyObject* keyword = PyTuple_GET_ITEM(keyword_names, static_cast<Py_ssize_t>(k));
    size_t at = find(keyword);
    if (at == parameters_.size()) {
      // numpy.sum(x) calls x.sum(axis=None, dtype=None, out=None).
      bool no_out = PyUnicode_CompareWithASCIIString(keyword, "out") == 0 &&
                    arguments[num_positional + k] == Py_None;
      if (no_out) continue;
      fail_keyword(keyword);
    }
    if (values[at]) {
      fail(Code::kType, "[{}] got two values for {}", op_.name, parameters_[at].text);
    }
    values[at] = arguments[num_positional + k];
  }
  for (size_t p = 0; p < parameters_.size(); ++p) {
    if (!values[p] && parameters_[p].required) {
      fail(Code::kType, "[{}] expects {}: it takes {}", op_.name, parameters_[p].text, names());
    }
  }
}

void Signature::fail_keyword(PyObject* keyword) const {
  fail(Code::kType, "[{}] got an unexpected argument {}: it takes {}", op_.name,
       nb::cast<const char*>(nb::handle(keyword)), names());
}

void Signature::fail_too_many(size_t given) const {
  fail(Code::kType, "[{}] expects at most {} positional arguments, got {}: it takes {}", op_.name,
       num_positional_, given, names());
}

std::string Signature::names() const {
  std::string text;
  for (const Parameter& parameter : parameters_) {
    text += (text.empty() ? "" : ", ") + parameter.text;
  }
  return text.empty() ? "no arguments" : text;
}

}  // namespace mycel::python
