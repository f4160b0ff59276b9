// Compiles a formula, runs it and the interpreter on the same data, and compares.
#pragma once

#include <vector>

#include "mycel/codegen/kernel.h"
#include "mycel/core/ndarray.h"
#include "mycel/te/formula.h"

namespace mycel::codegen {

// Values that suit most functions: floats in [-2, 2], integers in [-9, 9] (unsigned: [0, 9]), from
// `seed`. Strides as given, or row-major.
NDArray random_array(DType dtype, const Shape& shape, uint64_t seed);
NDArray random_array(DType dtype, const Shape& shape, const Strides& strides, uint64_t seed);
template <class T>
NDArray array_of(const Shape& shape, const std::vector<T>& values) {
  NDArray array = NDArray::empty(dtype_of<T>(), shape);
  std::copy(values.begin(), values.end(), array.mutable_data<T>());
  return array;
}

Layout layout_of(const NDArray& array);
// Row-major arrays for the results of the computation.
std::vector<NDArray> results_of(const te::Computation& computation);
void run(const Kernel& kernel, const std::vector<NDArray>& inputs,
         const std::vector<NDArray>& outputs);
KernelPtr compile_for(const te::Computation& computation, const std::vector<NDArray>& inputs,
                      const std::vector<NDArray>& outputs, const Options& options = {});

// The largest difference of two arrays, relative to the larger magnitude (at least 1); infinite
// where only one is NaN.
double difference(const NDArray& a, const NDArray& b);

// Expects the compiled results to be within `tolerance` of the interpreter's, for every vector
// width of the machine. Writes to `outputs`, or to row-major arrays.
void expect_as_interpreted(const te::Computation& computation, const std::vector<NDArray>& inputs,
                           double tolerance);
void expect_as_interpreted(const te::Computation& computation, const std::vector<NDArray>& inputs,
                           const std::vector<NDArray>& outputs, double tolerance);

}  // namespace mycel::codegen
