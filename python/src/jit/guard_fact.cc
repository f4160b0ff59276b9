#include "python/src/jit/guard_fact.h"

namespace mycel::python {

FactGuard::FactGuard(const nb::list& numbers, const nb::list& constants, const nb::list& calls,
                     PyObject* result, std::string text)
    : result_(result), text_(std::move(text)) {
  for (nb::handle each : numbers) numbers_.push_back({each[0], each[1]});
  for (nb::handle each : constants) constants_.push_back(nb::borrow(each));
  for (nb::handle each : calls) {
    Call call{each[0], {}};
    for (nb::handle position : each[1]) call.arguments.push_back(nb::cast<size_t>(position));
    calls_.push_back(std::move(call));
  }
}

nb::object FactGuard::now() const {
  std::vector<nb::object> values;
  values.reserve(numbers_.size() + constants_.size() + calls_.size());
  for (const Number& number : numbers_) {
    values.push_back(nb::borrow(PyDict_GetItem(number.dict.ptr(), number.key.ptr())));
    if (!values.back().is_valid()) return {};
  }
  values.insert(values.end(), constants_.begin(), constants_.end());
  for (const Call& call : calls_) {
    std::vector<PyObject*> arguments;
    for (size_t position : call.arguments) arguments.push_back(values[position].ptr());
    values.push_back(or_nothing(
        PyObject_Vectorcall(call.function.ptr(), arguments.data(), arguments.size(), nullptr)));
    if (!values.back().is_valid()) return {};
  }
  return values.back();
}

std::string FactGuard::change() {
  return holds() ? "" : difference(text_, result_.text(), now().ptr());
}

int FactGuard::traverse(visitproc visit, void* arg) const {
  for (const Number& number : numbers_) {
    Py_VISIT(number.dict.ptr());
    Py_VISIT(number.key.ptr());
  }
  for (const nb::object& constant : constants_) Py_VISIT(constant.ptr());
  for (const Call& call : calls_) Py_VISIT(call.function.ptr());
  return result_.traverse(visit, arg);
}

}  // namespace mycel::python
