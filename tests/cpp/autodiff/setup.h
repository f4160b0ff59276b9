// Every operation, interpreted.
#pragma once

#include <vector>

#include "mycel/ops/operators.h"

namespace mycel {

// A leaf that requires a gradient.
Tensor variable(const std::vector<double>& values);
std::vector<double> values_of(const Tensor& x);
// The message of the Error that f raises.
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace mycel
