#include "mycel/ops/norm_rules.h"

#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"

namespace mycel {
namespace {

Tensor mean_over(const Tensor& x, const Ints& axes) {
  return mean(x, {.dim = axes, .keepdim = true});
}

void accumulate(Tensor& total, const Tensor& term) {
  total = total.defined() ? total + term : term;
}

}  // namespace

Moments moments(const Tensor& x, const Ints& axes, double eps) {
  Moments m;
  m.mean = mean_over(x, axes);
  Tensor distance = x - m.mean;
  m.variance = mean_over(distance * distance, axes);
  m.rstd = rsqrt(m.variance + eps);
  return m;
}

Tensor normalized_gradient(const Tensor& x, const Tensor& mean, const Tensor& rstd,
                           const Ints& axes, const Tensor& of_y, const Tensor& of_mean,
                           const Tensor& of_rstd) {
  Tensor distance = x - mean, gradient;
  if (of_y.defined()) {
    Tensor y = distance * rstd;
    gradient = rstd * (of_y - mean_over(of_y, axes) - y * mean_over(of_y * y, axes));
  }
  if (of_mean.defined()) accumulate(gradient, of_mean / size_along(x, axes));
  if (of_rstd.defined()) {
    Tensor slope = of_rstd * (rstd * rstd * rstd) / size_along(x, axes);
    accumulate(gradient, -(slope * distance));
  }
  return gradient;
}

}  // namespace mycel
