// Indices that are values: negative ones count from the end, others out of range are errors.
#pragma once

#include <optional>

#include "mycel/te/formula.h"
#include "mycel/tensor/define.h"

namespace mycel {

// A position along a dim of that extent, and whether it is one.
struct WrappedIndex {
  te::Expr index;
  te::Expr valid;
};
WrappedIndex wrap_index(te::Expr index, Dim extent);

// The element at `indices`; where `valid` is false NaN, the lowest signed or the highest unsigned
// integer, or true: a wrong index must be seen, and a compiled function cannot raise.
te::Expr checked_load(const te::Operand& x, std::vector<te::Expr> indices, te::Expr valid);

// Raises IndexError for a value outside [low, high) that is not `except`. The tensor is concrete.
void check_range(std::string_view op, const Tensor& indices, int64_t low, int64_t high,
                 std::optional<int64_t> except = {});
// The same for [-extent, extent).
void check_indices(std::string_view op, const Tensor& indices, Dim extent);

}  // namespace mycel
