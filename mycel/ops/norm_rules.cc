#include "mycel/ops/norm_rules.h"

#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/apply.h"

namespace mycel {
namespace {

Tensor mean_over(const Tensor& x, const Ints& axes) {
  return mean(x, {.dim = axes, .keepdim = true});
}

// With reduced dims kept.
struct Moments {
  Tensor mean, rstd;
};

Tensor sum_over(const Tensor& x, const Ints& axes) {
  return axes.empty() ? x : sum(x, {.dim = axes});
}

void accumulate(Tensor& total, const Tensor& term) {
  total = total.defined() ? total + term : term;
}

// A weight or bias beside a tensor of this dtype.
Tensor affine_operand(const Tensor& values, const Dims& affine, DType dtype) {
  Tensor wide = cast_to(values, dtype);
  return wide.dims() == affine ? wide : reshape(wide, affine);
}

// Of y = (x - mean) * rstd with respect to x, given the cotangents of y, mean and rstd (undefined:
// zero); all with reduced dims kept. Undefined if all cotangents are.
Tensor gradient_of_input(const Tensor& x, const Moments& m, const Ints& axes, const Tensor& of_y,
                         const Moments& cotangents) {
  Tensor distance = x - m.mean, gradient;
  if (of_y.defined()) {
    Tensor y = distance * m.rstd;
    gradient = m.rstd * (of_y - mean_over(of_y, axes) - y * mean_over(of_y * y, axes));
  }
  if (cotangents.mean.defined()) accumulate(gradient, cotangents.mean / size_along(x, axes));
  if (cotangents.rstd.defined()) {
    Tensor slope = cotangents.rstd * (m.rstd * m.rstd * m.rstd) / size_along(x, axes);
    accumulate(gradient, -(slope * distance));
  }
  return gradient;
}

}  // namespace

Normalized normalized(const Tensor& input, const Tensor& weight, const Tensor& bias,
                      const Normalization& how, double eps) {
  Tensor x = cast_to(input, te::compute_dtype(input.dtype())), mean = mean_over(x, how.axes);
  Tensor distance = x - mean, variance = mean_over(distance * distance, how.axes);
  Tensor rstd = rsqrt(variance + eps);
  Tensor y = scaled_and_shifted(distance * rstd, weight, bias, how.affine);
  auto reduced = [&](const Tensor& t) {
    return reshape(t, reduced_dims(x.dims(), how.axes, false));
  };
  return {cast_to(y, input.dtype()), reduced(mean), reduced(variance), reduced(rstd)};
}

Tensor scaled_and_shifted(const Tensor& x, const Tensor& weight, const Tensor& bias,
                          const Dims& affine) {
  Tensor y = x;
  if (weight.defined()) y = y * affine_operand(weight, affine, x.dtype());
  if (bias.defined()) y = y + affine_operand(bias, affine, x.dtype());
  return y;
}

Tensors normalization_gradients(const Vjp& v, const Normalization& how, size_t mean_result) {
  DType dtype = v.input(0).dtype(), compute = te::compute_dtype(dtype);
  Tensor x = cast_to(v.input(0), compute);
  Dims kept_dims = reduced_dims(x.dims(), how.axes, true);
  auto kept = [&](const Tensor& t) { return t.defined() ? reshape(t, kept_dims) : t; };
  Moments m{kept(v.output(mean_result)), kept(v.output(mean_result + 1))};
  Moments cotangents{kept(v.cotangent(mean_result)), kept(v.cotangent(mean_result + 1))};
  Tensor g = v.cotangent(0).defined() ? cast_to(v.cotangent(0), compute) : Tensor();
  Tensors out(v.num_inputs());
  if (v.needs(0)) {
    Tensor weight = out.size() > 1 ? v.input(1) : Tensor();
    Tensor of_y = g.defined() ? scaled_and_shifted(g, weight, {}, how.affine) : g;
    Tensor dx = gradient_of_input(x, m, how.axes, of_y, cotangents);
    if (dx.defined()) out[0] = cast_to(dx, dtype);
  }
  auto needs = [&](size_t i) {
    return g.defined() && i < out.size() && v.input(i).defined() && v.needs(i);
  };
  if (needs(1)) {
    Tensor of_weight = sum_over(g * ((x - m.mean) * m.rstd), how.repeated);
    out[1] = cast_to(of_weight, v.input(1).dtype());
  }
  if (needs(2)) out[2] = cast_to(sum_over(g, how.repeated), v.input(2).dtype());
  return out;
}

}  // namespace mycel
