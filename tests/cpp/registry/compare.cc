#include "tests/cpp/registry/compare.h"

#include <algorithm>
#include <cmath>

namespace mycel {

double tolerance(DType dtype, int64_t depth) {
  auto terms = static_cast<double>(depth);
  switch (dtype) {
    case DType::kFloat64:
      return 2.3e-16 * (8 + terms);
    case DType::kFloat32:
      return 1.2e-7 * (8 + terms);
    // Computed in float32 and rounded at the end: off by one unit, or by two after a composite's
    // steps.
    case DType::kFloat16:
      return 2 * 9.8e-4;
    case DType::kBFloat16:
      return 2 * 7.9e-3;
    default:
      return 0;
  }
}

std::vector<double> elements(const NDArray& array) {
  NDArray dense = contiguous(array);
  return visit_dtype(dense.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<double> values;
    for (int64_t i = 0; i < dense.size(); ++i) {
      values.push_back(static_cast<double>(static_cast<ComputeType<T>>(dense.data<T>()[i])));
    }
    return values;
  });
}

std::string difference(const NDArray& expected, const NDArray& got, double tolerance) {
  if (expected.dtype() != got.dtype() || !(expected.shape() == got.shape())) {
    return fmt::format("expected {}{}, got {}{}", name(expected.dtype()),
                       to_string(expected.shape()), name(got.dtype()), to_string(got.shape()));
  }
  std::vector<double> a = elements(expected), b = elements(got);
  double scale = 1;
  for (double x : a) {
    if (std::isfinite(x)) scale = std::max(scale, std::abs(x));
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (std::abs(a[i] - b[i]) <= tolerance * scale) continue;
    return fmt::format("element {} of {}: expected {}, got {} (tolerance {})", i, a.size(), a[i],
                       b[i], tolerance * scale);
  }
  return "";
}

std::string difference(const std::vector<NDArray>& expected, const std::vector<NDArray>& got,
                       int64_t depth) {
  if (expected.size() != got.size()) {
    return fmt::format("expected {} results, got {}", expected.size(), got.size());
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    std::string text = difference(expected[i], got[i], tolerance(expected[i].dtype(), depth));
    if (!text.empty()) return fmt::format("result {}: {}", i, text);
  }
  return "";
}

}  // namespace mycel
