#include "mycel/ops/activation.h"

#include <numbers>

#include "mycel/define/define.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/te_number.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Relu {};
struct Gelu {
  GeluApproximation approximate = GeluApproximation::kNone;
};

void define_relu() {
  define<Relu>("relu", "max(x, 0) of each element; NaN stays NaN. Its gradient at 0 is 0.")
      .input("input", "any shape", numeric)
      .elementwise([](te::Expr x) {
        te::Expr zero = te_zero(x->dtype);
        return te::max(x, zero);
      })
      .vjp([](const Vjp& v, Relu) {
        const Tensor& g = v.cotangent();
        return where(v.output() <= 0, scalar_like(g, int64_t{0}, g.dtype()), g);
      })
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

}  // namespace

Tensor relu(const Tensor& x) { return call(Relu{}, x); }
Tensor gelu(const Tensor& x, GeluApproximation approximate) { return call(Gelu{approximate}, x); }

void define_activation() {
  define_relu();
  define_gelu();
}

}  // namespace mycel
