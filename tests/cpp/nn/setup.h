// Short ways to make and read tensors.
#pragma once

#include <string>
#include <vector>

#include "mycel/api.h"

namespace mycel {

inline Tensor filled(const Shape& shape, double start = 0, double step = 1) {
  std::vector<float> values(static_cast<size_t>(num_elements(shape)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(start + step * static_cast<double>(i));
  }
  return tensor(values, shape);
}
inline std::vector<float> values_of(const Tensor& x) {
  NDArray array = contiguous(x.array());
  const float* data = array.data<float>();
  return {data, data + array.size()};
}
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

}  // namespace mycel
