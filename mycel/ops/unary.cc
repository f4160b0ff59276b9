#include "mycel/ops/unary.h"

#include <limits>
#include <numbers>

#include "mycel/ops/elementwise.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Clone {};
struct Neg {};
struct Abs {};
struct Sign {};
struct Square {};
struct Reciprocal {};
struct Exp {};
struct Exp2 {};
struct Expm1 {};
struct Log {};
struct Log2 {};
struct Log10 {};
struct Log1p {};
struct Sqrt {};
struct Rsqrt {};
struct Sigmoid {};
struct Logit {
  std::optional<double> eps = {};
};
struct Erf {};
struct Erfc {};
struct Positive {};

void define_sign_functions() {
  unary<Clone>("clone", "A copy of the tensor, whose gradient passes through.")
      .elementwise([](te::Expr x) { return x; })
      .vjp([](const Vjp& v, Clone) { return v.cotangent(); })
      .example(
          ">>> x = mc.tensor([1., 2.])\n>>> y = mc.clone(x)\n>>> y += 1\n>>> x\ntensor([1., 2.])");
  unary<Neg>("neg", "The negative of each element; unsigned integers wrap.", numeric)
      .elementwise([](te::Expr x) { return -x; })
      .vjp([](const Vjp& v, Neg) { return -v.cotangent(); })
      .alias("negative")
      .example(">>> mc.neg(mc.tensor([1., -2.]))\ntensor([-1.,  2.])");
  unary<Abs>("abs", "The absolute value of each element. Its gradient at 0 is 0.", numeric)
      .elementwise(te::abs)
      .vjp([](const Vjp& v, Abs) { return v.cotangent() * sign(v.input()); })
      .alias("absolute")
      .example(">>> mc.abs(mc.tensor([1., -2.]))\ntensor([1., 2.])");
  unary<Sign>("sign", "-1, 0 or 1 by the sign of each element; NaN stays NaN.", numeric)
      .elementwise(te::sign)
      .vjp([](const Vjp& v, Sign) { return zero_gradient(v.cotangent()); })
      .example(">>> mc.sign(mc.tensor([3., 0., -2.]))\ntensor([ 1.,  0., -1.])")
      .alias("sgn");
  define_function<Positive>("positive", "The tensor itself, +input.")
      .input("input", "any shape", numeric)
      .body([](const Tensor& x, Positive) {
        if (x.dtype() == DType::kBool)
          fail(Code::kType, "[positive] expects a numeric dtype, got bool");
        return x;
      })
      .method()
      .samples({{{any(3, 5)}}, {{any()}}})
      .example(">>> mc.positive(mc.tensor([1., -2.]))\ntensor([ 1., -2.])");
}

void define_exponentials() {
  unary_float<Exp>("exp", "e to the power of each element.", te::exp)
      .vjp([](const Vjp& v, Exp) { return v.cotangent() * v.output(); })
      .example(">>> mc.exp(mc.tensor([0., 1.]))\ntensor([1.0000, 2.7183])");
  unary_float<Exp2>("exp2", "2 to the power of each element.", te::exp2)
      .vjp([](const Vjp& v, Exp2) { return v.cotangent() * v.output() * std::numbers::ln2; })
      .example(">>> mc.exp2(mc.tensor([0., 3.]))\ntensor([1., 8.])");
  unary_float<Expm1>("expm1", "exp(x) - 1 of each element, exact for small x.", te::expm1)
      .vjp([](const Vjp& v, Expm1) { return v.cotangent() * (v.output() + 1); })
      .example(">>> mc.expm1(mc.tensor([0., 1.]))\ntensor([0.0000, 1.7183])");
}

void define_logarithms() {
  unary_float<Log>("log", "The natural logarithm of each element; -inf at 0, NaN below.", te::log,
                   0.1, 4)
      .vjp([](const Vjp& v, Log) { return v.cotangent() / v.input(); })
      .example(">>> mc.log(mc.tensor([1., 2.]))\ntensor([0.0000, 0.6931])");
  unary_float<Log2>("log2", "The logarithm to base 2 of each element; -inf at 0, NaN below.",
                    te::log2, 0.1, 4)
      .vjp([](const Vjp& v, Log2) { return v.cotangent() / (v.input() * std::numbers::ln2); })
      .example(">>> mc.log2(mc.tensor([1., 8.]))\ntensor([0., 3.])");
  unary_float<Log10>("log10", "The logarithm to base 10 of each element; -inf at 0, NaN below.",
                     te::log10, 0.1, 4)
      .vjp([](const Vjp& v, Log10) { return v.cotangent() / (v.input() * std::numbers::ln10); })
      .example(">>> mc.log10(mc.tensor([1., 100.]))\ntensor([0., 2.])");
  unary_float<Log1p>("log1p", "log(1 + x) of each element, exact for small x.", te::log1p, -0.5, 3)
      .vjp([](const Vjp& v, Log1p) { return v.cotangent() / (v.input() + 1); })
      .example(">>> mc.log1p(mc.tensor([0., 1.]))\ntensor([0.0000, 0.6931])");
}

void define_powers() {
  unary<Square>("square", "The square of each element; integers wrap.", numeric)
      .elementwise([](te::Expr x) { return x * x; })
      .vjp([](const Vjp& v, Square) { return v.cotangent() * (v.input() * 2); })
      .example(">>> mc.square(mc.tensor([2., -3.]))\ntensor([4., 9.])");
  unary_float<Reciprocal>(
      "reciprocal", "1 / x of each element; inf at 0.", [](te::Expr x) { return 1.0 / x; }, 0.5, 3)
      .vjp([](const Vjp& v, Reciprocal) { return -v.cotangent() * (v.output() * v.output()); })
      .example(">>> mc.reciprocal(mc.tensor([2., 4.]))\ntensor([0.5000, 0.2500])");
  unary_float<Sqrt>("sqrt",
                    "The square root of each element; NaN below 0. Its gradient at 0 is inf.",
                    te::sqrt, 0.1, 4)
      .vjp([](const Vjp& v, Sqrt) { return v.cotangent() / (v.output() * 2); })
      .example(">>> mc.sqrt(mc.tensor([4., 9.]))\ntensor([2., 3.])");
  unary_float<Rsqrt>("rsqrt", "1 / sqrt(x) of each element; inf at 0, NaN below.", te::rsqrt, 0.1,
                     4)
      .vjp([](const Vjp& v, Rsqrt) {
        const Tensor& y = v.output();
        return v.cotangent() * (y * y * y) * -0.5;
      })
      .example(">>> mc.rsqrt(mc.tensor([4., 16.]))\ntensor([0.5000, 0.2500])");
}

// The bounds of the operand of logit, or of its domain.
double lowest(const Logit& a) { return a.eps.value_or(0); }
double highest(const Logit& a) { return 1 - a.eps.value_or(0); }

// log(x / (1 - x)); near 1/2, where the quotient is about 1, by log1p of 2x - 1.
te::Expr log_odds(te::Expr x, const Logit& a) {
  if (a.eps) {
    te::Expr low = te::constant(x->dtype, lowest(a)), high = te::constant(x->dtype, highest(a));
    x = te::min(te::max(x, low), high);
  }
  te::Expr twice = x * 2.0 - 1.0;
  te::Expr near = te::log1p(twice) - te::log1p(-twice);
  return te::select(te::abs(twice) < 0.5, near, te::log(x / (1.0 - x)));
}

void define_sigmoids() {
  unary_float<Sigmoid>("sigmoid", "1 / (1 + exp(-x)) of each element.", te::sigmoid)
      .vjp([](const Vjp& v, Sigmoid) {
        const Tensor& y = v.output();
        return v.cotangent() * (y * (1 - y));
      })
      .functional()
      .example(">>> mc.sigmoid(mc.tensor([0., 2.]))\ntensor([0.5000, 0.8808])");
  unary_float<Logit>(
      "logit", "log(x / (1 - x)) of each element, the inverse of sigmoid; NaN outside [0, 1].",
      log_odds, 0.1, 0.9)
      .attribute(&Logit::eps, "eps", "the input is limited to [eps, 1 - eps] if it is given")
      .vjp([](const Vjp& v, const Logit& a) {
        const Tensor &x = v.input(), &g = v.cotangent();
        Tensor outside = logical_or(x<lowest(a), x> highest(a));
        double beyond = a.eps ? 0 : std::numeric_limits<double>::quiet_NaN();
        return where(outside, full_like(g, beyond), g / (x * (1 - x)));
      })
      .example(">>> mc.logit(mc.tensor([0.5, 0.75]))\ntensor([0.0000, 1.0986])");
  unary_float<Erf>(
      "erf", "The error function of each element, 2/sqrt(pi) * integral of exp(-t^2), 0 to x.",
      te::erf)
      .vjp([](const Vjp& v, Erf) {
        const Tensor& x = v.input();
        return v.cotangent() * (exp(-(x * x)) * (2 * std::numbers::inv_sqrtpi));
      })
      .example(">>> mc.erf(mc.tensor([0., 1.]))\ntensor([0.0000, 0.8427])");
  unary_float<Erfc>("erfc", "1 - erf(x) of each element, exact where erf is near 1.", te::erfc)
      .vjp([](const Vjp& v, Erfc) {
        const Tensor& x = v.input();
        return v.cotangent() * (exp(-(x * x)) * (-2 * std::numbers::inv_sqrtpi));
      })
      .example(">>> mc.erfc(mc.tensor([0., 1.]))\ntensor([1.0000, 0.1573])");
}

}  // namespace

Tensor clone(const Tensor& x) { return call(Clone{}, x); }
Tensor neg(const Tensor& x) { return call(Neg{}, x); }
Tensor abs(const Tensor& x) { return call(Abs{}, x); }
Tensor sign(const Tensor& x) { return call(Sign{}, x); }
Tensor square(const Tensor& x) { return call(Square{}, x); }
Tensor reciprocal(const Tensor& x) { return call(Reciprocal{}, x); }
Tensor exp(const Tensor& x) { return call(Exp{}, x); }
Tensor exp2(const Tensor& x) { return call(Exp2{}, x); }
Tensor expm1(const Tensor& x) { return call(Expm1{}, x); }
Tensor log(const Tensor& x) { return call(Log{}, x); }
Tensor log2(const Tensor& x) { return call(Log2{}, x); }
Tensor log10(const Tensor& x) { return call(Log10{}, x); }
Tensor log1p(const Tensor& x) { return call(Log1p{}, x); }
Tensor sqrt(const Tensor& x) { return call(Sqrt{}, x); }
Tensor rsqrt(const Tensor& x) { return call(Rsqrt{}, x); }
Tensor sigmoid(const Tensor& x) { return call(Sigmoid{}, x); }
Tensor logit(const Tensor& x, std::optional<double> eps) { return call(Logit{eps}, x); }
Tensor erf(const Tensor& x) { return call(Erf{}, x); }
Tensor erfc(const Tensor& x) { return call(Erfc{}, x); }

void define_unary() {
  define_sign_functions();
  define_exponentials();
  define_logarithms();
  define_powers();
  define_sigmoids();
}

}  // namespace mycel
