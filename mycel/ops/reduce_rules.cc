#include "mycel/ops/reduce_rules.h"

#include <algorithm>

#include "mycel/ops/axes.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"

namespace mycel {
namespace {

bool has(const Ints& axes, size_t d) {
  return std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end();
}

}  // namespace

Ints reduced_axes(const std::optional<Ints>& dim, size_t rank, std::string_view op) {
  Ints axes;
  if (!dim || dim->empty()) {
    for (size_t d = 0; d < rank; ++d) axes.push_back(static_cast<int64_t>(d));
    return axes;
  }
  for (int64_t d : *dim) {
    for (int64_t axis : axes_along(d, rank, op)) {
      if (has(axes, static_cast<size_t>(axis))) {
        fail(Code::kValue, "[{}] expects every dim once, got dim {} twice in {}", op, axis, *dim);
      }
      axes.push_back(axis);
    }
  }
  std::sort(axes.begin(), axes.end());
  return axes;
}

Dims reduced_dims(const Dims& dims, const Ints& axes, bool keepdim) {
  Dims out;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (!has(axes, d))
      out.push_back(dims[d]);
    else if (keepdim)
      out.push_back(1);
  }
  return out;
}

ReduceLoops reduce_loops(const Dims& dims, const Ints& axes, bool keepdim) {
  ReduceLoops loops;
  loops.in = te::Formula::axes(dims);
  for (size_t d = 0; d < dims.size(); ++d) {
    if (!has(axes, d)) {
      loops.out.push_back(loops.in[d]);
    } else {
      loops.reduced.push_back(loops.in[d]);
      if (keepdim) loops.out.push_back(te::axis(1));
    }
  }
  return loops;
}

te::Expr reduce_over(te::Reducer reducer, const ReduceLoops& loops, te::Expr body) {
  return loops.reduced.empty() ? body : te::reduce(reducer, loops.reduced, std::move(body));
}

void check_not_empty(const ir::Call& call, const Ints& axes) {
  for (int64_t axis : axes) {
    if (call.type(0).dim(static_cast<size_t>(axis)) == Dim(0)) {
      call.fail(Code::kValue, "expects at least one element along dim {}, got input {}", axis,
                call.type(0));
    }
  }
}

Tensor spread(const Tensor& reduced, const Dims& dims, const Ints& axes) {
  Dims kept = reduced_dims(dims, axes, true);
  return expand(reduced.dims() == kept ? reduced : reshape(reduced, kept), dims);
}

}  // namespace mycel
