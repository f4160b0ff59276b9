#include "mycel/ops/activation_linear.h"

#include <cmath>

#include "mycel/ops/activation_definition.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/te_number.h"

namespace mycel {
namespace {

struct LeakyRelu {
  double negative_slope = 0.01;
};
struct Prelu {};
struct HardTanh {
  double min_val = -1;
  double max_val = 1;
};
struct Relu6 {};
struct HardSigmoid {};
struct HardSwish {};
struct SoftShrink {
  double lambd = 0.5;
};
struct HardShrink {
  double lambd = 0.5;
};
struct Threshold {
  double threshold = 0;
  double value = 0;
};

// A bound beyond the range of an integer dtype does not apply.
te::Expr limited(te::Expr x, double low, double high) {
  DType dtype = x->dtype;
  bool is_signed = is_signed_integer(dtype);
  double end = is_integer(dtype) ? std::ldexp(1.0, info(dtype).bits - is_signed) : HUGE_VAL;
  double start = is_unsigned_integer(dtype) ? 0 : -end;
  if (low > start) x = te::max(x, te_number(dtype, low));
  return high < end ? te::min(x, te_number(dtype, high)) : x;
}

void define_leaky() {
  activation<LeakyRelu>("leaky_relu", "x where positive, negative_slope * x elsewhere.")
      .attribute(&LeakyRelu::negative_slope, "negative_slope", "the slope below 0")
      .elementwise([](te::Expr x, const LeakyRelu& a) {
        return te::select(x > te_zero(x->dtype), x, x * a.negative_slope);
      })
      .vjp([](const Vjp& v, const LeakyRelu& a) {
        const Tensor& g = v.cotangent();
        return where(v.input() > 0, g, g * a.negative_slope);
      })
      .example(">>> F.leaky_relu(mc.tensor([-1., 2.]))\ntensor([-0.0100,  2.0000])");
  define_function<Prelu>("prelu",
                         "x where positive, weight * x elsewhere: a slope for each channel (dim "
                         "1), or one for all.")
      .input("input", "(N, C, ...) or any shape", floating)
      .input("weight", "(C) or (1)", floating)
      .body([](const Tensor& x, const Tensor& weight, Prelu) { return prelu(x, weight); })
      .only_functional()
      .method()
      .see("He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015")
      .samples({{{any(2, 3, 4), any(3)}}, {{any(3, 5), any(1)}}, {{any(4), any()}}})
      .example(
          ">>> F.prelu(mc.tensor([[-1., -1.]]), mc.tensor([0.5, 0.25]))\n"
          "tensor([[-0.5000, -0.2500]])");
}

void define_limited() {
  activation<HardTanh>("hardtanh", "x limited to [min_val, max_val]. The gradient there is 0.",
                       numeric)
      .attribute(&HardTanh::min_val, "min_val", "the smallest value")
      .attribute(&HardTanh::max_val, "max_val", "the largest value")
      .elementwise([](te::Expr x, const HardTanh& a) { return limited(x, a.min_val, a.max_val); })
      .vjp([](const Vjp& v, const HardTanh& a) {
        const Tensor& x = v.input();
        return zero_where(logical_or(x <= a.min_val, x >= a.max_val), v.cotangent());
      })
      .example(">>> F.hardtanh(mc.tensor([-2., 0.5]))\ntensor([-1.0000,  0.5000])");
  activation_function<Relu6>("relu6", "x limited to [0, 6].", numeric)
      .body([](const Tensor& x, Relu6) { return relu6(x); })
      .example(">>> F.relu6(mc.tensor([-1., 2., 9.]))\ntensor([0., 2., 6.])");
  activation<HardSigmoid>("hardsigmoid", "x / 6 + 1/2 of each element, limited to [0, 1].")
      .elementwise([](te::Expr x) { return limited(x + 3.0, 0, 6) / 6.0; })
      .vjp([](const Vjp& v, HardSigmoid) {
        return only_where(abs(v.input()) < 3, v.cotangent() / 6);
      })
      .example(">>> F.hardsigmoid(mc.tensor([-3., 0., 3.]))\ntensor([0.0000, 0.5000, 1.0000])");
  activation<HardSwish>("hardswish", "x * hardsigmoid(x) of each element.")
      .elementwise([](te::Expr x) { return x * limited(x + 3.0, 0, 6) / 6.0; })
      .vjp([](const Vjp& v, HardSwish) {
        const Tensor &x = v.input(), &g = v.cotangent();
        return zero_where(x <= -3, where(x < 3, g * (x / 3 + 0.5), g));
      })
      .see("Howard et al., Searching for MobileNetV3, 2019")
      .example(">>> F.hardswish(mc.tensor([0., 1., 3.]))\ntensor([0.0000, 0.6667, 3.0000])");
}

// The elements within lambd of 0 have no gradient.
template <class A>
Tensor shrunk_gradient(const Vjp& v, const A& a) {
  return zero_where(abs(v.input()) <= a.lambd, v.cotangent());
}

void define_shrinks() {
  activation<SoftShrink>("softshrink", "x moved towards 0 by lambd; 0 within lambd of it.")
      .attribute(&SoftShrink::lambd, "lambd", "how far elements move")
      .elementwise([](te::Expr x, const SoftShrink& a) {
        te::Expr zero = te::select(te::isnan(x), x, te_zero(x->dtype));
        te::Expr below = te::select(x < -a.lambd, x + a.lambd, zero);
        return te::select(x > a.lambd, x - a.lambd, below);
      })
      .vjp(shrunk_gradient<SoftShrink>)
      .example(">>> F.softshrink(mc.tensor([-2., 0.2, 1.]))\ntensor([-1.5000,  0.0000,  0.5000])");
  activation<HardShrink>("hardshrink", "x, or 0 within lambd of it.")
      .attribute(&HardShrink::lambd, "lambd", "the distance from 0 that counts as 0")
      .elementwise([](te::Expr x, const HardShrink& a) {
        return te::select(te::abs(x) <= a.lambd, te_zero(x->dtype), x);
      })
      .vjp(shrunk_gradient<HardShrink>)
      .example(">>> F.hardshrink(mc.tensor([-2., 0.2, 1.]))\ntensor([-2.,  0.,  1.])");
  activation<Threshold>("threshold", "x where it is above the threshold, value elsewhere.", numeric)
      .attribute(&Threshold::threshold, "threshold", "the limit")
      .attribute(&Threshold::value, "value", "the value at most there")
      .required({"threshold", "value"})
      .elementwise([](te::Expr x, const Threshold& a) {
        te::Expr number = is_floating(x->dtype) ? x : te::cast(x, DType::kFloat64);
        return te::select(number <= a.threshold, te_number(x->dtype, a.value), x);
      })
      .vjp([](const Vjp& v, const Threshold& a) {
        return zero_where(v.input() <= a.threshold, v.cotangent());
      })
      .example(">>> F.threshold(mc.tensor([0.5, 2.]), 1, 9)\ntensor([9., 2.])");
}

}  // namespace

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return call(LeakyRelu{negative_slope}, x);
}
Tensor prelu(const Tensor& x, const Tensor& weight) {
  Dims dims(x.rank(), Dim(1));
  if (x.rank() > 1) dims[1] = -1;
  Tensor slope = weight.rank() == 1 && x.rank() > 1 ? reshape(weight, dims) : weight;
  return where(x > 0, x, slope * x);
}
Tensor hardtanh(const Tensor& x, double low, double high) { return call(HardTanh{low, high}, x); }
Tensor relu6(const Tensor& x) { return hardtanh(x, 0, 6); }
Tensor hardsigmoid(const Tensor& x) { return call(HardSigmoid{}, x); }
Tensor hardswish(const Tensor& x) { return call(HardSwish{}, x); }
Tensor softshrink(const Tensor& x, double lambd) { return call(SoftShrink{lambd}, x); }
Tensor hardshrink(const Tensor& x, double lambd) { return call(HardShrink{lambd}, x); }
Tensor threshold(const Tensor& x, double threshold, double value) {
  return call(Threshold{threshold, value}, x);
}

void define_activation_linear() {
  define_leaky();
  define_limited();
  define_shrinks();
}

}  // namespace mycel
