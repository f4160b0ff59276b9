// What kernels that write by integer indices share, on any backend.
#pragma once

#include <string>

#include "mycel/backends/api/backend.h"
#include "mycel/te/scalar.h"

namespace mycel::backends {

// An attribute of the operation that is requested, by name.
template <class T>
T attribute(const Request& request, std::string_view name) {
  return std::get<T>(request.attributes.get(name));
}
// The attribute `dim` as a dim of operand 0, counted from the front; 0 for a number.
size_t dim_attribute(const Request& request);

// An operand of positions, in any integer dtype.
class IndexOperand {
 public:
  // `extent`: of the dim that is indexed. `from_end`: whether negative positions count from its
  // end, else they are out of range. `op`: for the message.
  IndexOperand(const Operand& operand, int64_t extent, bool from_end, std::string op)
      : dtype_(operand.dtype), extent_(extent), from_end_(from_end), op_(std::move(op)) {}
  // The position at an offset in elements. Raises IndexError for one out of range.
  int64_t read(const void* data, int64_t offset) const;

 private:
  DType dtype_;
  int64_t extent_;
  bool from_end_;
  std::string op_;
};

// How `index_put` places the dims of its values: those of the index arrays stand together, among
// the dims of the input that no array indexes, in order.
struct IndexPutDims {
  std::vector<size_t> indexed;  // the dims of the input that the arrays index
  std::vector<size_t> kept;     // the others
  size_t first = 0;             // of the arrays' dims in the values
  size_t rank = 0;              // of the arrays, broadcast
  bool accumulate = false;

  explicit IndexPutDims(const Request& request);
  // The dim of the values for the k-th kept dim, or the k-th of the arrays.
  size_t kept_in_values(size_t k) const { return k < first ? k : k + rank; }
  size_t array_in_values(size_t k) const { return first + k; }
};

// a + b as the operation `add` has it: bools by or, half-width floats in float32.
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
