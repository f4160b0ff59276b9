// Helpers of all backends for kernels with a `dim` or with integer indices.
#pragma once

#include <string>

#include "mycel/backends/api/backend.h"
#include "mycel/te/scalar.h"

namespace mycel::backends {

// An attribute of the requested operation, by name.
template <class T>
T attribute(const Request& request, std::string_view name) {
  return std::get<T>(request.attributes.get(name));
}
// The attribute `dim`, a dim of operand 0; 0 for a scalar.
size_t dim_attribute(const Request& request);

// An operand of indices, in any integer dtype.
class IndexOperand {
 public:
  // `extent`: of the indexed dim. `from_end`: whether negative indices count from its end; if not,
  // they are out of range. `op`: the name in error messages.
  IndexOperand(const Operand& operand, int64_t extent, bool from_end, std::string op)
      : dtype_(operand.dtype), extent_(extent), from_end_(from_end), op_(std::move(op)) {}
  // Reads the index at an offset in elements, and counts it from the front. Raises IndexError if it
  // is out of range.
  int64_t read(const void* data, int64_t offset) const;

 private:
  DType dtype_;
  int64_t extent_;
  bool from_end_;
  std::string op_;
};

// The order of dims in the values of `index_put`: the dims of the index arrays, together, among the
// unindexed dims of the input, in order.
struct IndexPutDims {
  std::vector<size_t> indexed;  // dims of the input that the arrays index
  std::vector<size_t> kept;     // the other dims of the input
  size_t first = 0;             // the first of the arrays' dims in the values
  size_t rank = 0;              // of the broadcast arrays
  bool accumulate = false;

  explicit IndexPutDims(const Request& request);
  // The dim of the values for the k-th kept dim, or for the k-th dim of the arrays.
  size_t kept_in_values(size_t k) const { return k < first ? k : k + rank; }
  size_t array_in_values(size_t k) const { return first + k; }
};

// a + b as the operation `add` computes it: bools by or, 16-bit floats in float32.
template <class T>
T sum_of(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) {
    return a || b;
  } else if constexpr (is_half_v<T>) {
    return T(static_cast<float>(a) + static_cast<float>(b));
  } else {
    return te::evaluate<te::Fn::kAdd>(a, b);
  }
}

}  // namespace mycel::backends
