#include "mycel/te/window.h"

#include "mycel/te/functions.h"

namespace mycel::te {
namespace {

Expr number(int64_t value) { return constant(DType::kInt64, value); }

Expr in_range(const Expr& index, Dim size) {
  return logical_and(index >= number(0), index < extent(size));
}

Expr scaled(Expr x, int64_t factor) { return factor == 1 ? x : x * number(factor); }

// Larger windows are not unrolled.
constexpr int64_t kWrittenOut = 16;

bool is_small(const std::vector<Axis>& window) {
  int64_t elements = 1;
  for (const Axis& axis : window) {
    if (!axis.extent.is_constant() || axis.extent.value() > kWrittenOut) return false;
    elements *= axis.extent.value();
  }
  return elements >= 1 && elements <= kWrittenOut;
}

// The window's elements in row-major order.
std::vector<std::vector<Substitution>> elements_of(const std::vector<Axis>& window) {
  std::vector<std::vector<Substitution>> all{{}};
  for (const Axis& axis : window) {
    std::vector<std::vector<Substitution>> longer;
    for (const std::vector<Substitution>& begun : all) {
      for (int64_t i = 0; i < axis.extent.value(); ++i) {
        longer.push_back(begun);
        longer.back().push_back({axis, number(i)});
      }
    }
    all = std::move(longer);
  }
  return all;
}

// Whether a later element replaces the best: it is greater, or it is NaN and the best is not.
Expr replaces(const Expr& later, const Expr& best) {
  if (!is_floating(best->dtype)) return later > best;
  return logical_and(logical_not(later <= best), is_equal(best, best));
}

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

Expr window_sum(const std::vector<Axis>& window, const Expr& body) {
  if (!is_small(window)) return reduce(Reducer::kSum, window, body);
  Expr sum;
  for (const std::vector<Substitution>& element : elements_of(window)) {
    Expr value = substitute(body, element);
    sum = sum ? sum + value : value;
  }
  return sum;
}

WindowMaximum window_maximum(const std::vector<Axis>& window, const Expr& value, const Expr& place,
                             DType place_dtype) {
  if (!is_small(window)) {
    return {arg_reduce(Reducer::kArgMax, window, value, place, 0),
            cast(arg_reduce(Reducer::kArgMax, window, value, place, 1), place_dtype)};
  }
  WindowMaximum best;
  for (const std::vector<Substitution>& element : elements_of(window)) {
    Expr later = substitute(value, element), there = cast(substitute(place, element), place_dtype);
    Expr better = best.value ? replaces(later, best.value) : Expr();
    best.value = better ? select(better, later, best.value) : later;
    best.place = better ? select(better, there, best.place) : there;
  }
  return best;
}

Expr both(Expr a, Expr b) {
  if (!a) return b;
  return b ? logical_and(std::move(a), std::move(b)) : a;
}

Expr load_inside(const Operand& x, Expr inside, std::vector<Expr> indices) {
  return inside ? x.at_if(std::move(inside), std::move(indices)) : x.at(std::move(indices));
}

}  // namespace mycel::te
