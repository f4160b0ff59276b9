#include "mycel/ops/window.h"

#include "mycel/te/functions.h"

namespace mycel {
namespace {

te::Expr number(int64_t value) { return te::constant(DType::kInt64, value); }

te::Expr in_range(const te::Expr& index, Dim size) {
  return te::logical_and(index >= number(0), index < te::extent(size));
}

te::Expr scaled(te::Expr x, int64_t factor) { return factor == 1 ? x : x * number(factor); }

}  // namespace

Ints pair_of(const Ints& values, std::string_view op, std::string_view what, int64_t least) {
  Ints pair = values.size() == 1 ? Ints{values[0], values[0]} : values;
  if (pair.size() != 2 || pair[0] < least || pair[1] < least) {
    fail(Code::kValue, "[{}] expects {} as one or two numbers of at least {}, got {}", op, what,
         least, to_string(values));
  }
  return pair;
}

Dim window_positions(Dim size, Dim kernel, int64_t stride, int64_t pad_before, int64_t pad_after,
                     int64_t dilation) {
  Dim room = size + Dim(pad_before + pad_after) - (kernel - 1) * Dim(dilation) - 1;
  return floordiv(room, stride) + 1;
}

WindowElement window_element(const te::Axis& out, const te::Axis& k, Dim size, int64_t stride,
                             int64_t pad_before, bool padded, int64_t dilation) {
  te::Expr index = scaled(te::index(out), stride) + scaled(te::index(k), dilation);
  if (pad_before != 0) index = index - number(pad_before);
  return {index, padded ? in_range(index, size) : te::Expr()};
}

WindowElement window_position(const te::Axis& in, const te::Axis& k, Dim positions, int64_t stride,
                              int64_t pad_before, int64_t dilation) {
  te::Expr distance = te::index(in) - scaled(te::index(k), dilation);
  if (pad_before != 0) distance = distance + number(pad_before);
  if (stride == 1) return {distance, in_range(distance, positions)};
  te::Expr position = te::floordiv(distance, number(stride));
  te::Expr aligned = te::is_equal(te::rem(distance, number(stride)), number(0));
  return {position, te::logical_and(aligned, in_range(position, positions))};
}

te::Expr both(te::Expr a, te::Expr b) {
  if (!a) return b;
  return b ? te::logical_and(std::move(a), std::move(b)) : a;
}

te::Expr load_inside(const te::Operand& x, te::Expr inside, std::vector<te::Expr> indices) {
  return inside ? x.at_if(std::move(inside), std::move(indices)) : x.at(std::move(indices));
}

}  // namespace mycel
