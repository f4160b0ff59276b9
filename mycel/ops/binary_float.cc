#include "mycel/ops/binary_float.h"

#include <numbers>

#include "mycel/ops/elementwise.h"
#include "mycel/ops/te_float.h"
#include "mycel/ops/te_number.h"

namespace mycel {
namespace {

struct Hypot {};
struct Heaviside {};
struct XLogY {};
struct LogAddExp {};
struct LogAddExp2 {};

te::Expr is_zero(const te::Expr& x) { return te::is_equal(x, te_zero(x->dtype)); }

// Scaled by the larger side, so that no square overflows. As in C, infinite beside NaN is infinite.
te::Expr length(te::Expr x, te::Expr y) {
  te::Expr a = te::abs(x), b = te::abs(y), longer = te::max(a, b);
  te::Expr one = te::constant(x->dtype, 1.0);
  te::Expr ratio = te::min(a, b) / te::select(is_zero(longer), one, longer);
  te::Expr infinite = te::logical_or(te_is_infinite(x), te_is_infinite(y));
  return te::select(infinite, te_infinity(x->dtype), longer * te::sqrt(ratio * ratio + 1.0));
}

void define_hypot() {
  arithmetic_float<Hypot>("hypot",
                          "sqrt(input^2 + other^2), the length of a hypotenuse. Integers give "
                          "float32.",
                          length, 0.5, 3)
      .vjp([](const Vjp& v, Hypot) {
        auto share = [&](size_t i) { return v.cotangent() * (v.input(i) / v.output()); };
        return broadcast_gradients(v, [&] { return share(0); }, [&] { return share(1); });
      })
      .example(">>> mc.hypot(mc.tensor([3., 5.]), mc.tensor([4., 12.]))\ntensor([ 5., 13.])");
}

void define_heaviside() {
  define<Heaviside>("heaviside", "0 where input is negative or NaN, 1 where positive, values at 0.")
      .input("input", "any shape", numeric)
      .promotes()
      .input("values", "a shape that broadcasts with input's", numeric)
      .promotes()
      .elementwise([](te::Expr x, te::Expr values) {
        te::Expr above = te::cast(x > te_zero(x->dtype), x->dtype);
        return te::select(is_zero(x), values, above);
      })
      .vjp([](const Vjp& v, Heaviside) {
        const Tensor& g = v.cotangent();
        return broadcast_gradients(
            v, [&] { return zero_gradient(g); }, [&] { return only_where(v.input(0) == 0, g); });
      })
      .method()
      .samples({{{any(3, 5), any(3, 5)}}, {{any(4, 1), any(3)}}, {{any(2, 0), any()}}})
      .example(
          ">>> mc.heaviside(mc.tensor([-1., 0., 2.]), 0.5)\n"
          "tensor([0.0000, 0.5000, 1.0000])");
}

void define_xlogy() {
  arithmetic_float<XLogY>(
      "xlogy", "input * log(other), 0 where input is 0, NaN where other is NaN.",
      [](te::Expr x, te::Expr y) {
        te::Expr product = te::select(is_zero(x), te_zero(x->dtype), x * te::log(y));
        return te::select(te::isnan(y), y, product);
      },
      0.5, 3)
      .vjp([](const Vjp& v, XLogY) {
        const Tensor &x = v.input(0), &y = v.input(1);
        auto of_factor = [&] {
          return zero_where(logical_and(x == 0, y <= 0), xlogy(v.cotangent(), y));
        };
        return broadcast_gradients(v, of_factor, [&] { return v.cotangent() * x / y; });
      })
      .example(">>> mc.xlogy(mc.tensor([0., 2.]), mc.tensor([0., 1.]))\ntensor([0., 0.])");
}

// The larger operand, and what the other adds: log1p(Exp(-distance)) / scale. Equal operands may
// be infinite.
template <te::Expr (*Exp)(te::Expr)>
te::Expr log_of_sum(te::Expr x, te::Expr y, double scale) {
  te::Expr added = te::log1p(Exp(-te::abs(x - y))) / scale;
  te::Expr doubled = x + std::numbers::ln2 / scale;
  return te::select(te::is_equal(x, y), doubled, te::max(x, y) + added);
}

// The share of x in the sum is sigmoid(scale * (x - y)).
Tensors gradients_of_log_sum(const Vjp& v, double scale) {
  auto share = [&](size_t i) {
    return v.cotangent() * sigmoid((v.input(i) - v.input(1 - i)) * scale);
  };
  return broadcast_gradients(v, [&] { return share(0); }, [&] { return share(1); });
}

void define_log_sums() {
  arithmetic_float<LogAddExp>(
      "logaddexp", "log(exp(input) + exp(other)), without overflow. Integers give float32.",
      [](te::Expr x, te::Expr y) { return log_of_sum<te::exp>(x, y, 1); })
      .vjp([](const Vjp& v, LogAddExp) { return gradients_of_log_sum(v, 1); })
      .example(">>> mc.logaddexp(mc.tensor([0., 100.]), 0.)\ntensor([  0.6931, 100.0000])");
  arithmetic_float<LogAddExp2>(
      "logaddexp2", "log2(2^input + 2^other), without overflow. Integers give float32.",
      [](te::Expr x, te::Expr y) { return log_of_sum<te::exp2>(x, y, std::numbers::ln2); })
      .vjp([](const Vjp& v, LogAddExp2) { return gradients_of_log_sum(v, std::numbers::ln2); })
      .example(">>> mc.logaddexp2(mc.tensor([0., 3.]), mc.tensor([0., 3.]))\ntensor([1., 4.])");
}

}  // namespace

Tensor hypot(const Tensor& a, const Tensor& b) { return call(Hypot{}, a, b); }
Tensor heaviside(const Tensor& x, const Tensor& values) { return call(Heaviside{}, x, values); }
Tensor xlogy(const Tensor& x, const Tensor& y) { return call(XLogY{}, x, y); }
Tensor logaddexp(const Tensor& a, const Tensor& b) { return call(LogAddExp{}, a, b); }
Tensor logaddexp2(const Tensor& a, const Tensor& b) { return call(LogAddExp2{}, a, b); }

void define_binary_float() {
  define_hypot();
  define_heaviside();
  define_xlogy();
  define_log_sums();
}

}  // namespace mycel
