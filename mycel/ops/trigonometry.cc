#include "mycel/ops/trigonometry.h"

#include <numbers>

#include "mycel/ops/elementwise.h"
#include "mycel/ops/te_float.h"

namespace mycel {
namespace {

struct Sin {};
struct Cos {};
struct Tan {};
struct Asin {};
struct Acos {};
struct Atan {};
struct Atan2 {};
struct Sinc {};
struct Deg2Rad {};
struct Rad2Deg {};
struct Sinh {};
struct Cosh {};
struct Tanh {};
struct Asinh {};
struct Acosh {};
struct Atanh {};

constexpr double kPi = std::numbers::pi;

void define_circular() {
  unary_float<Sin>("sin", "The sine of each element, in radians.", te::sin)
      .vjp([](const Vjp& v, Sin) { return v.cotangent() * cos(v.input()); })
      .example(">>> mc.sin(mc.tensor([0., 1.]))\ntensor([0.0000, 0.8415])");
  unary_float<Cos>("cos", "The cosine of each element, in radians.", te::cos)
      .vjp([](const Vjp& v, Cos) { return -(v.cotangent() * sin(v.input())); })
      .example(">>> mc.cos(mc.tensor([0., 1.]))\ntensor([1.0000, 0.5403])");
  unary_float<Tan>(
      "tan", "The tangent of each element, in radians.",
      [](te::Expr x) { return te::sin(x) / te::cos(x); }, -1.2, 1.2)
      .vjp([](const Vjp& v, Tan) { return v.cotangent() * (v.output() * v.output() + 1); })
      .example(">>> mc.tan(mc.tensor([0., 1.]))\ntensor([0.0000, 1.5574])");
}

// The gradient divided by the squared distance from the origin, and 0 there.
Tensor atan2_share(const Tensor& g, const Tensor& y, const Tensor& x) {
  Tensor square = y * y + x * x, origin = square == 0;
  return zero_where(origin, g / where(origin, ones_like(square), square));
}

void define_inverse_circular() {
  unary_float<Asin>("asin", "The angle in [-pi/2, pi/2] whose sine is each element; NaN beyond 1.",
                    te::asin, -0.9, 0.9)
      .vjp([](const Vjp& v, Asin) {
        const Tensor& x = v.input();
        return v.cotangent() * rsqrt(1 - x * x);
      })
      .alias("arcsin")
      .example(">>> mc.asin(mc.tensor([0., 1.]))\ntensor([0.0000, 1.5708])");
  unary_float<Acos>("acos", "The angle in [0, pi] whose cosine is each element; NaN beyond 1.",
                    te::acos, -0.9, 0.9)
      .vjp([](const Vjp& v, Acos) {
        const Tensor& x = v.input();
        return -(v.cotangent() * rsqrt(1 - x * x));
      })
      .alias("arccos")
      .example(">>> mc.acos(mc.tensor([0., 1.]))\ntensor([1.5708, 0.0000])");
  unary_float<Atan>("atan", "The angle in [-pi/2, pi/2] whose tangent is each element.", te::atan)
      .vjp([](const Vjp& v, Atan) { return v.cotangent() / (v.input() * v.input() + 1); })
      .alias("arctan")
      .example(">>> mc.atan(mc.tensor([0., 1.]))\ntensor([0.0000, 0.7854])");
  arithmetic_float<Atan2>("atan2",
                          "The angle in [-pi, pi] of the point (other, input): of input / other, "
                          "in the quadrant that their signs give. Integers give float32.",
                          te::atan2, 0.5, 3)
      .vjp([](const Vjp& v, Atan2) {
        auto share = [&] { return atan2_share(v.cotangent(), v.input(0), v.input(1)); };
        return broadcast_gradients(
            v, [&] { return share() * v.input(1); }, [&] { return -(share() * v.input(0)); });
      })
      .alias("arctan2")
      .example(">>> mc.atan2(mc.tensor([1., 1.]), mc.tensor([1., -1.]))\ntensor([0.7854, 2.3562])");
}

// Its derivative at 0 is 0. The quotient is of 1 there, so that its own gradients are finite.
Tensor sinc_slope(const Tensor& input) {
  Tensor zero = input == 0, x = where(zero, ones_like(input), input), angle = x * kPi;
  return zero_where(zero, (cos(angle) - sin(angle) / angle) / x);
}

void define_angles() {
  unary_float<Sinc>("sinc", "sin(pi x) / (pi x) of each element, 1 at 0.", [](te::Expr x) {
    te::Expr angle = x * kPi, one = te::constant(x->dtype, 1.0);
    te::Expr zero = te::is_equal(x, te::constant(x->dtype, 0.0));
    return te::select(zero, one, te::sin(angle) / angle);
  }).vjp([](const Vjp& v, Sinc) {
      return v.cotangent() * sinc_slope(v.input());
    }).example(">>> mc.sinc(mc.tensor([0., 0.5]))\ntensor([1.0000, 0.6366])");
  unary_float<Deg2Rad>("deg2rad", "Degrees to radians.", [](te::Expr x) {
    return x * (kPi / 180);
  }).vjp([](const Vjp& v, Deg2Rad) {
      return v.cotangent() * (kPi / 180);
    }).example(">>> mc.deg2rad(mc.tensor([0., 180.]))\ntensor([0.0000, 3.1416])");
  unary_float<Rad2Deg>("rad2deg", "Radians to degrees.", [](te::Expr x) {
    return x * (180 / kPi);
  }).vjp([](const Vjp& v, Rad2Deg) {
      return v.cotangent() * (180 / kPi);
    }).example(">>> mc.rad2deg(mc.tensor([0., 1.]))\ntensor([ 0.0000, 57.2958])");
}

// By expm1 near 0. Beyond, exp(|x| / 2) is finite wherever the result is.
te::Expr hyperbolic_sine(te::Expr x) {
  te::Expr e = te::expm1(x), half = te::exp(te::abs(x) * 0.5);
  te::Expr near = (e + e / (e + 1.0)) * 0.5;
  te::Expr size = half * 0.5 * half - 0.5 / half / half;
  return te::select(te::abs(x) < 1.0, near, te_copysign(size, x));
}

te::Expr hyperbolic_cosine(te::Expr x) {
  te::Expr half = te::exp(te::abs(x) * 0.5);
  return half * 0.5 * half + 0.5 / half / half;
}

void define_hyperbolic() {
  unary_float<Sinh>("sinh", "The hyperbolic sine of each element.", hyperbolic_sine)
      .vjp([](const Vjp& v, Sinh) { return v.cotangent() * cosh(v.input()); })
      .example(">>> mc.sinh(mc.tensor([0., 1.]))\ntensor([0.0000, 1.1752])");
  unary_float<Cosh>("cosh", "The hyperbolic cosine of each element.", hyperbolic_cosine)
      .vjp([](const Vjp& v, Cosh) { return v.cotangent() * sinh(v.input()); })
      .example(">>> mc.cosh(mc.tensor([0., 1.]))\ntensor([1.0000, 1.5431])");
  unary_float<Tanh>("tanh", "The hyperbolic tangent of each element.", te::tanh)
      .vjp([](const Vjp& v, Tanh) {
        const Tensor& y = v.output();
        return v.cotangent() * (1 - y * y);
      })
      .functional()
      .example(">>> mc.tanh(mc.tensor([0., 1.]))\ntensor([0.0000, 0.7616])");
}

// log(2 x), for x so large that a function is that, where `otherwise` may overflow.
te::Expr log_of_double(const te::Expr& x, te::Expr otherwise) {
  return te::select(x > 0x1p60, te::log(x) + std::numbers::ln2, std::move(otherwise));
}

// log(x + sqrt(x^2 + 1)) for x >= 0, by log1p. The reciprocal keeps the square from overflowing.
te::Expr inverse_sine(te::Expr x) {
  te::Expr size = te::abs(x), inverse = 1.0 / size;
  te::Expr root = te::sqrt(inverse * inverse + 1.0);
  te::Expr usual = te::log1p(size + size / (inverse + root));
  return te_copysign(log_of_double(size, usual), x);
}

te::Expr inverse_cosine(te::Expr x) {
  te::Expr above = x - 1.0;
  return log_of_double(x, te::log1p(above + te::sqrt(above) * te::sqrt(x + 1.0)));
}

te::Expr inverse_tangent(te::Expr x) { return (te::log1p(x) - te::log1p(-x)) * 0.5; }

void define_inverse_hyperbolic() {
  unary_float<Asinh>("asinh", "The inverse hyperbolic sine of each element.", inverse_sine)
      .vjp([](const Vjp& v, Asinh) { return v.cotangent() * rsqrt(v.input() * v.input() + 1); })
      .alias("arcsinh")
      .example(">>> mc.asinh(mc.tensor([0., 1.]))\ntensor([0.0000, 0.8814])");
  unary_float<Acosh>("acosh", "The inverse hyperbolic cosine of each element; NaN below 1.",
                     inverse_cosine, 1.1, 4)
      .vjp([](const Vjp& v, Acosh) { return v.cotangent() * rsqrt(v.input() * v.input() - 1); })
      .alias("arccosh")
      .example(">>> mc.acosh(mc.tensor([1., 2.]))\ntensor([0.0000, 1.3170])");
  unary_float<Atanh>("atanh",
                     "The inverse hyperbolic tangent of each element; inf at 1, NaN beyond.",
                     inverse_tangent, -0.9, 0.9)
      .vjp([](const Vjp& v, Atanh) { return v.cotangent() / (1 - v.input() * v.input()); })
      .alias("arctanh")
      .example(">>> mc.atanh(mc.tensor([0., 0.5]))\ntensor([0.0000, 0.5493])");
}

}  // namespace

Tensor sin(const Tensor& x) { return call(Sin{}, x); }
Tensor cos(const Tensor& x) { return call(Cos{}, x); }
Tensor tan(const Tensor& x) { return call(Tan{}, x); }
Tensor asin(const Tensor& x) { return call(Asin{}, x); }
Tensor acos(const Tensor& x) { return call(Acos{}, x); }
Tensor atan(const Tensor& x) { return call(Atan{}, x); }
Tensor atan2(const Tensor& y, const Tensor& x) { return call(Atan2{}, y, x); }
Tensor sinc(const Tensor& x) { return call(Sinc{}, x); }
Tensor deg2rad(const Tensor& x) { return call(Deg2Rad{}, x); }
Tensor rad2deg(const Tensor& x) { return call(Rad2Deg{}, x); }
Tensor sinh(const Tensor& x) { return call(Sinh{}, x); }
Tensor cosh(const Tensor& x) { return call(Cosh{}, x); }
Tensor tanh(const Tensor& x) { return call(Tanh{}, x); }
Tensor asinh(const Tensor& x) { return call(Asinh{}, x); }
Tensor acosh(const Tensor& x) { return call(Acosh{}, x); }
Tensor atanh(const Tensor& x) { return call(Atanh{}, x); }

void define_trigonometry() {
  define_circular();
  define_inverse_circular();
  define_angles();
  define_hyperbolic();
  define_inverse_hyperbolic();
}

}  // namespace mycel
