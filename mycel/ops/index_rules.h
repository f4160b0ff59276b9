// Indices that are values: those out of range are errors. Between brackets negative ones count from
// the end, as in NumPy; gather, scatter_add, embedding and the losses refuse them, as in PyTorch.
#pragma once

#include <optional>

#include "mycel/define/define.h"
#include "mycel/te/formula.h"

namespace mycel {

// The position along a dim of that extent that an index means; unsigned ones do not count from the
// end. A kernel raises IndexError for a load at a position that is none.
te::Expr wrap_index(te::Expr index, Dim extent);

// Before a kernel runs, as its own error knows no operation: raises IndexError for a value outside
// [low, high) that is not `except`. The tensor is concrete.
void check_range(std::string_view op, const Tensor& indices, int64_t low, int64_t high,
                 std::optional<int64_t> except = {});

}  // namespace mycel
