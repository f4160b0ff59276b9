// Arrays for tests of formulas.
#pragma once

#include <vector>

#include "mycel/te/interpreter.h"

namespace mycel::te {

template <class T>
NDArray array_of(const Shape& shape, const std::vector<T>& values) {
  NDArray array = NDArray::empty(dtype_of<T>(), shape);
  for (size_t i = 0; i < values.size(); ++i) array.mutable_data<T>()[i] = values[i];
  return array;
}
// Numbers with a long period that are exact in float32.
inline NDArray sample(const Shape& shape) {
  NDArray array = NDArray::empty(DType::kFloat32, shape);
  for (int64_t i = 0; i < array.size(); ++i) {
    array.mutable_data<float>()[i] = static_cast<float>((i * 7919 + 13) % 1009) / 64 - 7;
  }
  return array;
}
template <class T>
std::vector<T> values_of(const NDArray& array) {
  NDArray dense = contiguous(array);
  return std::vector<T>(dense.data<T>(), dense.data<T>() + dense.size());
}

// Interprets the computation into row-major results.
inline std::vector<NDArray> run(const Computation& computation, std::vector<NDArray> inputs) {
  std::vector<NDArray> outputs;
  for (const Output& output : computation.outputs) {
    Shape shape;
    for (const Axis& axis : output.axes) shape.push_back(axis.extent.value());
    outputs.push_back(NDArray::empty(output.dtype, shape));
  }
  interpret(computation, inputs, outputs);
  return outputs;
}

}  // namespace mycel::te
