// Rules of reductions: loops, types and axes.
#pragma once

#include "mycel/define/define.h"

namespace mycel {

// Loop variables of a reduction of one operand.
struct ReduceLoops {
  std::vector<te::Axis> in;       // one per dim of the operand
  std::vector<te::Axis> out;      // one per dim of the result; extent 1 for a dim that is kept
  std::vector<te::Axis> reduced;  // in order
};
ReduceLoops reduce_loops(const Dims& dims, const Ints& axes, bool keepdim);

// The reduction of `body`, or `body` itself if nothing is reduced.
te::Expr reduce_over(te::Reducer reducer, const ReduceLoops& loops, te::Expr body);

// Raises ValueError if one of `axes` has no element to choose.
void check_not_empty(const ir::Call& call, const Ints& axes);

// Expands the value or gradient of a reduction to the operand's shape.
Tensor spread(const Tensor& reduced, const Dims& dims, const Ints& axes);

}  // namespace mycel
