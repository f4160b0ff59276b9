#include "mycel/ops/activation.h"

#include <numbers>

#include "mycel/ops/activation_definition.h"
#include "mycel/ops/slice.h"
#include "mycel/ops/te_number.h"
#include "mycel/ops/trigonometry.h"

namespace mycel {
namespace {

struct Relu {};
struct Gelu {
  GeluApproximation approximate = GeluApproximation::kNone;
};
struct Silu {};
struct Mish {};
struct Softplus {
  double beta = 1;
  double threshold = 20;
};
struct Softsign {};
struct LogSigmoid {};
struct TanhShrink {};
struct Elu {
  double alpha = 1;
};
struct Celu {
  double alpha = 1;
};
struct Selu {};
struct Glu {
  int64_t dim = -1;
};

void define_relu() {
  define<Relu>("relu", "max(x, 0) of each element; NaN stays NaN. Its gradient at 0 is 0.")
      .input("input", "any shape", numeric)
      .elementwise([](te::Expr x) {
        te::Expr zero = te_zero(x->dtype);
        return te::max(x, zero);
      })
      .vjp([](const Vjp& v, Relu) { return zero_where(v.output() <= 0, v.cotangent()); })
      .method()
      .functional()
      .example(">>> mc.relu(mc.tensor([-1., 2.]))\ntensor([0., 2.])")
      .samples({{{any(3, 5)}}, {{any()}}, {{any(1, 33)}}, {{any(2, 0)}}});
}

// x * P(X <= x) for a normal X.
Tensor exact(const Tensor& x) { return x * (erf(x * (1 / std::numbers::sqrt2)) + 1) * 0.5; }

Tensor by_tanh(const Tensor& x) {
  double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  Tensor inner = (x + x * x * x * 0.044715) * scale;
  return x * (tanh(inner) + 1) * 0.5;
}

void define_gelu() {
  define<Gelu>("gelu",
               "x times the probability that a normal number is below it, 0.5 * x * (1 + erf(x / "
               "sqrt(2))).\n\n"
               "approximate=\"tanh\" takes 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * "
               "x^3))).")
      .input("input", "any shape", floating)
      .attribute(&Gelu::approximate, "approximate", "none or tanh", {"none", "tanh"})
      .infer([](const ir::Call& call, const Gelu&) { return call.type(0); })
      .layout(ir::LayoutRule::kFollow)
      .body([](const Tensor& input, const Gelu& a) {
        Tensor x = cast_to(input, te::compute_dtype(input.dtype()));
        Tensor y = a.approximate == GeluApproximation::kTanh ? by_tanh(x) : exact(x);
        return cast_to(y, input.dtype());
      })
      .only_functional()
      .see("Hendrycks and Gimpel, Gaussian error linear units, 2016")
      .example(">>> F.gelu(mc.tensor([0., 1.]))\ntensor([0.0000, 0.8413])")
      .samples({{{any(3, 5)}, {}},
                {{any(3, 5)}, {GeluApproximation::kTanh}},
                {{any()}, {}},
                {{any(0)}, {}}});
}

// log(1 + exp(x)) of any x.
te::Expr log_of_sum_with_1(const te::Expr& x) {
  return te::max(x, te_zero(x->dtype)) + te::log1p(te::exp(-te::abs(x)));
}

void define_gated() {
  activation<Silu>("silu", "x * sigmoid(x) of each element, also known as swish.")
      .elementwise([](te::Expr x) { return x * te::sigmoid(x); })
      .vjp([](const Vjp& v, Silu) {
        const Tensor& x = v.input();
        Tensor gate = sigmoid(x);
        return v.cotangent() * (gate * (x * (1 - gate) + 1));
      })
      .see("Elfwing, Uchibe and Doya, Sigmoid-weighted linear units, 2017")
      .example(">>> F.silu(mc.tensor([0., 2.]))\ntensor([0.0000, 1.7616])");
  activation<Mish>("mish", "x * tanh(softplus(x)) of each element.")
      .elementwise([](te::Expr x) { return x * te::tanh(log_of_sum_with_1(x)); })
      .vjp([](const Vjp& v, Mish) {
        const Tensor& x = v.input();
        Tensor gate = tanh(softplus(x));
        return v.cotangent() * (gate + x * sigmoid(x) * (1 - gate * gate));
      })
      .see("Misra, Mish: a self regularized non-monotonic activation function, 2019")
      .example(">>> F.mish(mc.tensor([0., 2.]))\ntensor([0.0000, 1.9440])");
}

void define_soft() {
  activation<Softplus>("softplus",
                       "log(1 + exp(beta * x)) / beta of each element: a smooth relu.\n\n"
                       "Where beta * x is above the threshold, x itself.")
      .attribute(&Softplus::beta, "beta", "larger is closer to relu")
      .attribute(&Softplus::threshold, "threshold", "beta * x above it gives x")
      .elementwise([](te::Expr x, const Softplus& a) {
        te::Expr scaled = x * a.beta;
        return te::select(scaled > a.threshold, x, log_of_sum_with_1(scaled) / a.beta);
      })
      .vjp([](const Vjp& v, const Softplus& a) {
        const Tensor& g = v.cotangent();
        Tensor scaled = v.input() * a.beta;
        return where(scaled > a.threshold, g, g * sigmoid(scaled));
      })
      .example(">>> F.softplus(mc.tensor([0., 30.]))\ntensor([ 0.6931, 30.0000])");
  activation<Softsign>("softsign", "x / (1 + |x|) of each element: a sigmoid with slow tails.")
      .elementwise([](te::Expr x) { return x / (te::abs(x) + 1.0); })
      .vjp([](const Vjp& v, Softsign) {
        Tensor d = abs(v.input()) + 1;
        return v.cotangent() / (d * d);
      })
      .see("Turian et al. 2009, Quadratic features and deep architectures for chunking")
      .example(">>> F.softsign(mc.tensor([1., -3.]))\ntensor([ 0.5000, -0.7500])");
  activation<LogSigmoid>("logsigmoid", "log(sigmoid(x)) of each element.")
      .elementwise([](te::Expr x) { return -log_of_sum_with_1(-x); })
      .vjp([](const Vjp& v, LogSigmoid) { return v.cotangent() * sigmoid(-v.input()); })
      .example(">>> F.logsigmoid(mc.tensor([0., -30.]))\ntensor([ -0.6931, -30.0000])");
  activation_function<TanhShrink>("tanhshrink", "x - tanh(x) of each element.")
      .body([](const Tensor& x, TanhShrink) { return x - tanh(x); })
      .example(">>> F.tanhshrink(mc.tensor([0., 1.]))\ntensor([0.0000, 0.2384])");
}

te::Expr above_or_exponential(te::Expr x, double alpha, double inner) {
  return te::select(x > te_zero(x->dtype), x, te::expm1(x * inner) * alpha);
}

// The gradient of scale * x above 0, and of a function with the slope factor * exp(inner * x) at
// most there. Positive numbers, whose exponentials may overflow, are replaced.
Tensor exponential_gradient(const Vjp& v, double scale, double factor, double inner) {
  const Tensor& g = v.cotangent();
  Tensor below = v.input() <= 0, x = only_where(below, v.input());
  return where(below, g * (exp(x * inner) * factor), g * scale);
}

// Of "Self-normalizing neural networks": they keep mean 0 and variance 1.
constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
constexpr double kSeluScale = 1.0507009873554804934193349852946;

void define_exponential_units() {
  activation<Elu>("elu", "x where positive, alpha * (exp(x) - 1) elsewhere.")
      .attribute(&Elu::alpha, "alpha", "minus the limit for very negative x")
      .elementwise([](te::Expr x, const Elu& a) { return above_or_exponential(x, a.alpha, 1); })
      .vjp([](const Vjp& v, const Elu& a) { return exponential_gradient(v, 1, a.alpha, 1); })
      .see("Clevert, Unterthiner and Hochreiter, Exponential linear units, 2015")
      .example(">>> F.elu(mc.tensor([-1., 2.]))\ntensor([-0.6321,  2.0000])");
  activation<Celu>("celu", "x where positive, alpha * (exp(x / alpha) - 1) elsewhere.")
      .attribute(&Celu::alpha, "alpha", "minus the limit for very negative x")
      .elementwise(
          [](te::Expr x, const Celu& a) { return above_or_exponential(x, a.alpha, 1 / a.alpha); })
      .vjp([](const Vjp& v, const Celu& a) { return exponential_gradient(v, 1, 1, 1 / a.alpha); })
      .see("Barron, Continuously differentiable exponential linear units, 2017")
      .example(">>> F.celu(mc.tensor([-1., 2.]), 0.5)\ntensor([-0.4323,  2.0000])");
  activation<Selu>("selu",
                   "elu with an alpha and a scale that keep mean 0 and variance 1 through layers.")
      .elementwise([](te::Expr x) { return above_or_exponential(x, kSeluAlpha, 1) * kSeluScale; })
      .vjp([](const Vjp& v, Selu) {
        return exponential_gradient(v, kSeluScale, kSeluScale * kSeluAlpha, 1);
      })
      .see("Klambauer, Unterthiner, Mayr and Hochreiter, Self-normalizing neural networks, 2017")
      .example(">>> F.selu(mc.tensor([-1., 2.]))\ntensor([-1.1113,  2.1014])");
}

void define_glu() {
  define_function<Glu>("glu",
                       "The first half of the input along a dim, times the sigmoid of the second.")
      .input("input", "an even extent along dim", floating)
      .dim(&Glu::dim, "dim", "the dim to halve")
      .body([](const Tensor& x, const Glu& a) { return glu(x, a.dim); })
      .only_functional()
      .see("Dauphin, Fan, Auli and Grangier, Gated convolutional networks, 2016")
      .samples({{{any(3, 4)}, {}}, {{any(2, 3)}, {0}}, {{any(0, 2)}, {}}})
      .example(">>> F.glu(mc.tensor([2., 4., 0., 0.]))\ntensor([1., 2.])");
}

}  // namespace

Tensor relu(const Tensor& x) { return call(Relu{}, x); }
Tensor gelu(const Tensor& x, GeluApproximation approximate) { return call(Gelu{approximate}, x); }
Tensor silu(const Tensor& x) { return call(Silu{}, x); }
Tensor mish(const Tensor& x) { return call(Mish{}, x); }
Tensor softplus(const Tensor& x, double beta, double threshold) {
  return call(Softplus{beta, threshold}, x);
}
Tensor softsign(const Tensor& x) { return call(Softsign{}, x); }
Tensor logsigmoid(const Tensor& x) { return call(LogSigmoid{}, x); }
Tensor elu(const Tensor& x, double alpha) { return call(Elu{alpha}, x); }
Tensor celu(const Tensor& x, double alpha) { return call(Celu{alpha}, x); }
Tensor selu(const Tensor& x) { return call(Selu{}, x); }
Tensor glu(const Tensor& x, int64_t dim) {
  Dim all = x.dim(dim), half = floordiv(all, 2);
  if (all.is_constant() && half + half != all) {
    fail(Code::kValue, "[glu] expects an even extent of dim {}, got input {}", dim,
         ir::to_string(x.type()));
  }
  return slice_dim(x, dim, 0, half) * sigmoid(slice_dim(x, dim, half, all));
}

void define_activation() {
  define_relu();
  define_gelu();
  define_gated();
  define_soft();
  define_exponential_units();
  define_glu();
}

}  // namespace mycel
