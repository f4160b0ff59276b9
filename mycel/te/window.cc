#include "mycel/te/window.h"

#include "mycel/te/functions.h"

namespace mycel::te {
namespace {

Expr number(int64_t value) { return constant(DType::kInt64, value); }

Expr in_range(const Expr& index, Dim size) {
  return logical_and(index >= number(0), index < extent(size));
}

Expr scaled(Expr x, int64_t factor) { return factor == 1 ? x : x * number(factor); }

}  // namespace

WindowElement window_element(const Axis& out, const Axis& k, Dim size, int64_t stride,
                             int64_t pad_before, bool padded, int64_t dilation) {
  Expr element = scaled(index(out), stride) + scaled(index(k), dilation);
  if (pad_before != 0) element = element - number(pad_before);
  return {element, padded ? in_range(element, size) : Expr()};
}

WindowElement window_position(const Axis& in, const Axis& k, Dim positions, int64_t stride,
                              int64_t pad_before, int64_t dilation) {
  Expr distance = index(in) - scaled(index(k), dilation);
  if (pad_before != 0) distance = distance + number(pad_before);
  if (stride == 1) return {distance, in_range(distance, positions)};
  Expr position = floordiv(distance, number(stride));
  Expr aligned = is_equal(rem(distance, number(stride)), number(0));
  return {position, logical_and(aligned, in_range(position, positions))};
}

Expr both(Expr a, Expr b) {
  if (!a) return b;
  return b ? logical_and(std::move(a), std::move(b)) : a;
}

Expr load_inside(const Operand& x, Expr inside, std::vector<Expr> indices) {
  return inside ? x.at_if(std::move(inside), std::move(indices)) : x.at(std::move(indices));
}

}  // namespace mycel::te
