#include "mycel/ops/rounding.h"

#include <cmath>

#include "mycel/ops/elementwise.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Floor {};
struct Ceil {};
struct Round {
  int64_t decimals = 0;
};
struct Trunc {};
struct Frac {};

// Integers are rounded already.
template <te::Expr (*F)(te::Expr)>
te::Expr rounded(te::Expr x) {
  return is_floating(x->dtype) ? F(std::move(x)) : x;
}

te::Expr round_to(te::Expr x, const Round& a) {
  if (!is_floating(x->dtype)) return x;
  double power = std::pow(10.0, std::abs(static_cast<double>(a.decimals)));
  if (a.decimals == 0) return te::round(x);
  return a.decimals > 0 ? te::round(x * power) / power : te::round(x / power) * power;
}

void define_round() {
  Definition<Round> definition = unary<Round>(
      "round",
      "The nearest integer to each element, halves to the even one.\n\n"
      "With decimals, the nearest multiple of 10^-decimals, as round(x * 10^decimals) / "
      "10^decimals gives it; integers have none.",
      numeric);
  definition.attribute(&Round::decimals, "decimals", "the digits to keep after the point")
      .elementwise(round_to)
      .vjp([](const Vjp& v, const Round&) { return zero_gradient(v.cotangent()); })
      .samples({{{floats(3, 5)}, {1}}, {{within({7}, -500, 500)}, {0}}, {{floats(4)}, {-1}}})
      .example(
          ">>> mc.round(mc.tensor([1.5, 2.5, -0.6]))\ntensor([ 2.,  2., -1.])\n"
          ">>> mc.round(mc.tensor([1.234]), decimals=1)\ntensor([1.2000])");
  definition.op().infer = [inner = definition.op().infer](const ir::Call& call, ir::Types& out) {
    if (call.as<Round>().decimals != 0 && !is_floating(call.type(0).dtype)) {
      call.fail(Code::kType, "expects floats to round to decimals, got {}",
                ir::to_string(call.type(0)));
    }
    inner(call, out);
  };
}

}  // namespace

Tensor floor(const Tensor& x) { return call(Floor{}, x); }
Tensor ceil(const Tensor& x) { return call(Ceil{}, x); }
Tensor round(const Tensor& x, int64_t decimals) { return call(Round{decimals}, x); }
Tensor trunc(const Tensor& x) { return call(Trunc{}, x); }
Tensor frac(const Tensor& x) { return call(Frac{}, x); }

void define_rounding() {
  unary<Floor>("floor", "The largest integer at most each element, in its own dtype.", numeric)
      .elementwise(rounded<te::floor>)
      .vjp([](const Vjp& v, Floor) { return zero_gradient(v.cotangent()); })
      .example(">>> mc.floor(mc.tensor([1.5, -1.5]))\ntensor([ 1., -2.])");
  unary<Ceil>("ceil", "The smallest integer at least each element, in its own dtype.", numeric)
      .elementwise(rounded<te::ceil>)
      .vjp([](const Vjp& v, Ceil) { return zero_gradient(v.cotangent()); })
      .example(">>> mc.ceil(mc.tensor([1.5, -1.5]))\ntensor([ 2., -1.])");
  define_round();
  unary<Trunc>("trunc", "Each element without its fraction.", numeric)
      .elementwise(rounded<te::trunc>)
      .vjp([](const Vjp& v, Trunc) { return zero_gradient(v.cotangent()); })
      .alias("fix")
      .example(">>> mc.trunc(mc.tensor([1.5, -1.5]))\ntensor([ 1., -1.])");
  unary<Frac>("frac", "The fraction of each element, x - trunc(x), with its sign.", floating)
      .elementwise([](te::Expr x) { return x - te::trunc(x); })
      .vjp([](const Vjp& v, Frac) { return v.cotangent(); })
      .example(">>> mc.frac(mc.tensor([1.5, -1.25]))\ntensor([ 0.5000, -0.2500])");
}

}  // namespace mycel
