// Guards the result of a computation on numbers, which many values of the numbers share.
#pragma once

#include "python/src/jit/guard.h"

namespace mycel::python {

// "step % 10 == 0 was False": calls C functions on numbers in dicts, constants and results of
// earlier calls, and compares the result of the last call.
class FactGuard final : public Guard {
 public:
  // `numbers` holds pairs of a dict and a key; `calls` holds pairs of a function and a tuple of
  // indices into the concatenation of numbers, constants and calls.
  FactGuard(const nb::list& numbers, const nb::list& constants, const nb::list& calls,
            PyObject* result, std::string text);
  bool holds() override { return result_.matches(now().ptr()); }
  bool gone() const override { return false; }
  std::string change() override;
  void restore() override {}
  std::vector<std::string> places() const override { return {text_}; }
  int traverse(visitproc visit, void* arg) const override;
  std::vector<Found> current() override { return {}; }

 private:
  struct Number {
    nb::object dict, key;
  };
  struct Call {
    nb::object function;
    std::vector<size_t> arguments;
  };
  // Returns an invalid object if a number is gone or a function raises.
  nb::object now() const;

  std::vector<Number> numbers_;
  std::vector<nb::object> constants_;
  std::vector<Call> calls_;
  Expected result_;
  std::string text_;
};

}  // namespace mycel::python
