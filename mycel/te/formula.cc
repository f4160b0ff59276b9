#include "mycel/te/formula.h"

#include "mycel/te/free_axes.h"

namespace mycel::te {

Expr Operand::at(const std::vector<Axis>& axes) const { return at(indices(axes)); }

Expr Operand::broadcast_at(const std::vector<Axis>& axes) const {
  if (axes.size() < rank()) {
    fail_internal("[te] an operand of rank {} read with {} indices", rank(), axes.size());
  }
  std::vector<Expr> at_indices;
  size_t skipped = axes.size() - rank();
  for (size_t i = 0; i < rank(); ++i) {
    const Axis& axis = axes[skipped + i];
    // In a result of extent 1, a dim of extent 1 is read at the axis: the same element.
    bool repeated = dims_[i] == Dim(1) && !(axis.extent == Dim(1));
    at_indices.push_back(repeated ? constant(DType::kInt64, 0) : index(axis));
  }
  return at(std::move(at_indices));
}

Operand Formula::input(size_t i) const {
  const Input& input = computation_.inputs.at(i);
  return {static_cast<int>(i), input.dtype, input.dims};
}

std::vector<Axis> Formula::axes(const Dims& dims) {
  std::vector<Axis> out;
  for (Dim dim : dims) out.push_back(axis(dim));
  return out;
}

void Formula::output(DType dtype, std::vector<Axis> axes, Expr value) {
  check_scopes(value, axes);
  computation_.outputs.push_back({dtype, std::move(axes), cast(std::move(value), dtype)});
}

std::vector<Expr> indices(const std::vector<Axis>& axes) {
  std::vector<Expr> out;
  for (const Axis& axis : axes) out.push_back(index(axis));
  return out;
}

}  // namespace mycel::te
