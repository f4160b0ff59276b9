// The whole framework, and short ways to make and read tensors.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "mycel/ops/operators.h"

namespace mycel {

using Values = std::vector<double>;

Tensor vector_of(const Values& values);
// A leaf that requires a gradient.
Tensor variable(const Values& values);
Values values_of(const Tensor& x);
Values values_of(const NDArray& array);
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
inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

// Parses the module, compiles its function @main for these arguments, and runs it.
std::vector<NDArray> run_text(std::string_view text, const std::vector<NDArray>& arguments,
                              DeviceKind device = DeviceKind::kCpu);

}  // namespace mycel
