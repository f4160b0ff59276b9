// Helpers that make and read tensors, and read error messages.
#pragma once

#include <string>
#include <vector>

#include "mycel/core/float16.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

using Values = std::vector<double>;

template <class T>
Tensor vector_of(const std::vector<T>& values) {
  return tensor(values, {static_cast<int64_t>(values.size())});
}
inline Tensor vector_of(const Values& values) { return vector_of<double>(values); }

// A leaf that requires a gradient.
inline Tensor variable(const Values& values) {
  Tensor x = vector_of(values);
  x.set_requires_grad(true);
  return x;
}

// The elements in row-major order, whatever their dtype and device.
template <class To = double>
std::vector<To> values_of(const NDArray& array) {
  NDArray dense = contiguous(context().engine->to_host(array));
  return visit_dtype(dense.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<To> values;
    for (int64_t i = 0; i < dense.size(); ++i) {
      values.push_back(static_cast<To>(static_cast<ComputeType<T>>(dense.data<T>()[i])));
    }
    return values;
  });
}
template <class To = double>
std::vector<To> values_of(const Tensor& x) {
  return values_of<To>(x.array());
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
