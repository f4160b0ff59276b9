// Every operation, interpreted, and short ways to make and read tensors.
#pragma once

#include <string>
#include <vector>

#include "mycel/ops/operators.h"

namespace mycel {

// 0, 1, 2, ... in row-major order, float64.
Tensor counted(const Shape& shape);
// The elements in row-major order.
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
