#include "mycel/ops/unary.h"

#include <numbers>

#include "mycel/define/define.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/operators.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Clone {};
struct Neg {};
struct Abs {};
struct Sign {};
struct Exp {};
struct Expm1 {};
struct Log {};
struct Log1p {};
struct Sqrt {};
struct Rsqrt {};
struct Tanh {};
struct Sigmoid {};
struct Erf {};
struct Sin {};
struct Cos {};
struct Floor {};
struct Ceil {};
struct Round {};
struct Trunc {};
struct IsNan {};

// A function and method of one operand, sampled over values in [low, high).
template <class A>
Definition<A> unary(std::string_view name, std::string doc, ir::DTypeSet dtypes = any_dtype,
                    double low = -2, double high = 2) {
  Definition<A> definition = define<A>(name, std::move(doc));
  definition.input("input", "any shape", dtypes)
      .method()
      .samples({
          {{within({3, 5}, low, high)}},
          {{within({}, low, high)}},
          {{within({1, 33}, low, high)}},
          {{within({2, 0}, low, high)}},
      });
  return definition;
}

// A unary function whose result is a float for any operand.
template <class A, class F>
Definition<A> unary_float(std::string_view name, std::string doc, F f, double low = -2,
                          double high = 2) {
  doc += "\n\nIntegers and bools give float32.";
  Definition<A> definition = unary<A>(name, std::move(doc), any_dtype, low, high);
  definition.elementwise_float(f);
  return definition;
}

// Integers are rounded already.
template <te::Expr (*F)(te::Expr)>
te::Expr rounded(te::Expr x) {
  return is_floating(x->dtype) ? F(std::move(x)) : x;
}

Tensor zero_gradient(const Tensor& cotangent) { return zeros_like(cotangent); }

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
      .example(">>> mc.sign(mc.tensor([3., 0., -2.]))\ntensor([ 1.,  0., -1.])");
}

void define_exponentials() {
  unary_float<Exp>("exp", "e to the power of each element.", te::exp)
      .vjp([](const Vjp& v, Exp) { return v.cotangent() * v.output(); })
      .example(">>> mc.exp(mc.tensor([0., 1.]))\ntensor([1.0000, 2.7183])");
  unary_float<Expm1>("expm1", "exp(x) - 1 of each element, exact for small x.", te::expm1)
      .vjp([](const Vjp& v, Expm1) { return v.cotangent() * (v.output() + 1); })
      .example(">>> mc.expm1(mc.tensor([0., 1.]))\ntensor([0.0000, 1.7183])");
  unary_float<Log>("log", "The natural logarithm of each element; -inf at 0, NaN below.", te::log,
                   0.1, 4)
      .vjp([](const Vjp& v, Log) { return v.cotangent() / v.input(); })
      .example(">>> mc.log(mc.tensor([1., 2.]))\ntensor([0.0000, 0.6931])");
  unary_float<Log1p>("log1p", "log(1 + x) of each element, exact for small x.", te::log1p, -0.5, 3)
      .vjp([](const Vjp& v, Log1p) { return v.cotangent() / (v.input() + 1); })
      .example(">>> mc.log1p(mc.tensor([0., 1.]))\ntensor([0.0000, 0.6931])");
}

void define_roots() {
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

void define_sigmoids() {
  unary_float<Tanh>("tanh", "The hyperbolic tangent of each element.", te::tanh)
      .vjp([](const Vjp& v, Tanh) {
        const Tensor& y = v.output();
        return v.cotangent() * (1 - y * y);
      })
      .functional()
      .example(">>> mc.tanh(mc.tensor([0., 1.]))\ntensor([0.0000, 0.7616])");
  unary_float<Sigmoid>("sigmoid", "1 / (1 + exp(-x)) of each element.", te::sigmoid)
      .vjp([](const Vjp& v, Sigmoid) {
        const Tensor& y = v.output();
        return v.cotangent() * (y * (1 - y));
      })
      .functional()
      .example(">>> mc.sigmoid(mc.tensor([0., 2.]))\ntensor([0.5000, 0.8808])");
  unary_float<Erf>(
      "erf", "The error function of each element, 2/sqrt(pi) * integral of exp(-t^2), 0 to x.",
      te::erf)
      .vjp([](const Vjp& v, Erf) {
        const Tensor& x = v.input();
        return v.cotangent() * (exp(-(x * x)) * (2 * std::numbers::inv_sqrtpi));
      })
      .example(">>> mc.erf(mc.tensor([0., 1.]))\ntensor([0.0000, 0.8427])");
}

void define_trigonometry() {
  unary_float<Sin>("sin", "The sine of each element, in radians.", te::sin)
      .vjp([](const Vjp& v, Sin) { return v.cotangent() * cos(v.input()); })
      .example(">>> mc.sin(mc.tensor([0., 1.]))\ntensor([0.0000, 0.8415])");
  unary_float<Cos>("cos", "The cosine of each element, in radians.", te::cos)
      .vjp([](const Vjp& v, Cos) { return -(v.cotangent() * sin(v.input())); })
      .example(">>> mc.cos(mc.tensor([0., 1.]))\ntensor([1.0000, 0.5403])");
}

void define_rounding() {
  unary<Floor>("floor", "The largest integer at most each element, in its own dtype.", numeric)
      .elementwise(rounded<te::floor>)
      .vjp([](const Vjp& v, Floor) { return zero_gradient(v.cotangent()); })
      .example(">>> mc.floor(mc.tensor([1.5, -1.5]))\ntensor([ 1., -2.])");
  unary<Ceil>("ceil", "The smallest integer at least each element, in its own dtype.", numeric)
      .elementwise(rounded<te::ceil>)
      .vjp([](const Vjp& v, Ceil) { return zero_gradient(v.cotangent()); })
      .example(">>> mc.ceil(mc.tensor([1.5, -1.5]))\ntensor([ 2., -1.])");
  unary<Round>("round", "The nearest integer to each element, halves to the even one.", numeric)
      .elementwise(rounded<te::round>)
      .vjp([](const Vjp& v, Round) { return zero_gradient(v.cotangent()); })
      .example(">>> mc.round(mc.tensor([1.5, 2.5, -0.6]))\ntensor([ 2.,  2., -1.])");
  unary<Trunc>("trunc", "Each element without its fraction.", numeric)
      .elementwise(rounded<te::trunc>)
      .vjp([](const Vjp& v, Trunc) { return zero_gradient(v.cotangent()); })
      .example(">>> mc.trunc(mc.tensor([1.5, -1.5]))\ntensor([ 1., -1.])");
  unary<IsNan>("isnan", "Whether each element is not a number; false for integers.")
      .elementwise([](te::Expr x) {
        return is_floating(x->dtype) ? te::isnan(x) : te::constant(DType::kBool, 0);
      })
      .result_dtype(DType::kBool)
      .example(">>> mc.isnan(mc.tensor([1., float('nan')]))\ntensor([False,  True])");
}

}  // namespace

Tensor clone(const Tensor& x) { return call(Clone{}, x); }
Tensor neg(const Tensor& x) { return call(Neg{}, x); }
Tensor abs(const Tensor& x) { return call(Abs{}, x); }
Tensor sign(const Tensor& x) { return call(Sign{}, x); }
Tensor exp(const Tensor& x) { return call(Exp{}, x); }
Tensor expm1(const Tensor& x) { return call(Expm1{}, x); }
Tensor log(const Tensor& x) { return call(Log{}, x); }
Tensor log1p(const Tensor& x) { return call(Log1p{}, x); }
Tensor sqrt(const Tensor& x) { return call(Sqrt{}, x); }
Tensor rsqrt(const Tensor& x) { return call(Rsqrt{}, x); }
Tensor tanh(const Tensor& x) { return call(Tanh{}, x); }
Tensor sigmoid(const Tensor& x) { return call(Sigmoid{}, x); }
Tensor erf(const Tensor& x) { return call(Erf{}, x); }
Tensor sin(const Tensor& x) { return call(Sin{}, x); }
Tensor cos(const Tensor& x) { return call(Cos{}, x); }
Tensor floor(const Tensor& x) { return call(Floor{}, x); }
Tensor ceil(const Tensor& x) { return call(Ceil{}, x); }
Tensor round(const Tensor& x) { return call(Round{}, x); }
Tensor trunc(const Tensor& x) { return call(Trunc{}, x); }
Tensor isnan(const Tensor& x) { return call(IsNan{}, x); }

void define_unary() {
  define_sign_functions();
  define_exponentials();
  define_roots();
  define_sigmoids();
  define_trigonometry();
  define_rounding();
}

}  // namespace mycel
