#include "mycel/ops/float_format.h"

#include <algorithm>
#include <cmath>

namespace mycel {
namespace {

int largest_exponent(DType dtype) {
  return dtype == DType::kFloat64 ? 1023 : dtype == DType::kFloat16 ? 15 : 127;
}

}  // namespace

int significand_bits(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return 11;
    case DType::kBFloat16:
      return 8;
    case DType::kFloat32:
      return 24;
    default:
      return 53;
  }
}

double largest_float(DType dtype) {
  return std::ldexp(2 - std::ldexp(1.0, 1 - significand_bits(dtype)), largest_exponent(dtype));
}

double round_down(double x, DType dtype) {
  if (x == 0 || !std::isfinite(x)) return x;
  int exponent = std::max(std::ilogb(x), 1 - largest_exponent(dtype));
  double step = std::ldexp(1.0, exponent - significand_bits(dtype) + 1);
  return std::floor(x / step) * step;
}

double round_up(double x, DType dtype) { return -round_down(-x, dtype); }

}  // namespace mycel
