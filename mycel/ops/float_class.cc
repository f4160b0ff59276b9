#include "mycel/ops/float_class.h"

#include "mycel/ops/elementwise.h"
#include "mycel/ops/float_format.h"
#include "mycel/ops/te_float.h"
#include "mycel/ops/te_number.h"

namespace mycel {
namespace {

struct IsNan {};
struct IsFinite {};
struct IsInf {};
struct IsPosInf {};
struct IsNegInf {};
struct SignBit {};
struct CopySign {};
struct NextAfter {};
struct NanToNum {
  double nan = 0;
  std::optional<double> posinf = {};
  std::optional<double> neginf = {};
};

// A predicate of floats that is the same for all integers and bools.
template <class A, class F>
Definition<A> predicate(std::string_view name, std::string doc, F of_float, bool of_integers) {
  Definition<A> definition = unary<A>(name, std::move(doc));
  definition
      .elementwise([of_float, of_integers](te::Expr x) {
        return is_floating(x->dtype) ? of_float(x) : te::constant(DType::kBool, of_integers);
      })
      .result_dtype(DType::kBool);
  return definition;
}

void define_predicates() {
  predicate<IsNan>("isnan", "Whether each element is not a number; false for integers.", te::isnan,
                   false)
      .example(">>> mc.isnan(mc.tensor([1., float('nan')]))\ntensor([False,  True])");
  predicate<IsFinite>("isfinite", "Whether each element is neither infinite nor NaN.", te_is_finite,
                      true)
      .example(">>> mc.isfinite(mc.tensor([1., float('inf')]))\ntensor([ True, False])");
  predicate<IsInf>("isinf", "Whether each element is infinite.", te_is_infinite, false)
      .example(">>> mc.isinf(mc.tensor([1., -float('inf')]))\ntensor([False,  True])");
  predicate<IsPosInf>(
      "isposinf", "Whether each element is inf.",
      [](const te::Expr& x) { return te::is_equal(x, te_infinity(x->dtype)); }, false)
      .example(">>> mc.isposinf(mc.tensor([1., float('inf')]))\ntensor([False,  True])");
  predicate<IsNegInf>(
      "isneginf", "Whether each element is -inf.",
      [](const te::Expr& x) { return te::is_equal(-x, te_infinity(x->dtype)); }, false)
      .example(">>> mc.isneginf(mc.tensor([1., -float('inf')]))\ntensor([False,  True])");
  unary<SignBit>("signbit", "Whether each element is below 0, or is -0., or a NaN with the sign.")
      .elementwise([](te::Expr x) {
        if (is_floating(x->dtype)) return te_sign_bit(x);
        return x->dtype == DType::kBool ? te::constant(DType::kBool, 0) : x < te_zero(x->dtype);
      })
      .result_dtype(DType::kBool)
      .example(">>> mc.signbit(mc.tensor([1., -0.]))\ntensor([False,  True])");
}

// Infinities become the largest numbers of the dtype unless others are given.
Tensor without_specials(const Tensor& x, const NanToNum& a) {
  DType dtype = x.dtype();
  if (!is_floating(dtype)) return clone(x);
  auto replace = [&](const Tensor& mask, double value, const Tensor& rest) {
    return where(mask, scalar_like(x, value, dtype), rest);
  };
  double largest = largest_float(dtype);
  Tensor out = replace(isnan(x), a.nan, x);
  out = replace(isposinf(x), a.posinf.value_or(largest), out);
  return replace(isneginf(x), a.neginf.value_or(-largest), out);
}

void define_copysign() {
  arithmetic_float<CopySign>("copysign",
                             "The size of input with the sign of other, which -0. has, too. "
                             "Integers give float32.",
                             te_copysign)
      .vjp([](const Vjp& v, CopySign) {
        const Tensor &g = v.cotangent(), &x = v.input(0);
        auto of_size = [&] {
          return zero_where(x == 0, where(equal(signbit(x), signbit(v.output())), g, -g));
        };
        return broadcast_gradients(v, of_size, [&] { return zero_gradient(g); });
      })
      .example(">>> mc.copysign(mc.tensor([1., -2.]), -0.)\ntensor([-1., -2.])");
  define_function<NanToNum>("nan_to_num",
                            "The elements with numbers in place of NaN, inf and -inf.\n\n"
                            "Infinities become the largest finite numbers of the dtype unless "
                            "posinf and neginf are given. The gradient there is 0.")
      .input("input", "any shape")
      .attribute(&NanToNum::nan, "nan", "in place of NaN")
      .attribute(&NanToNum::posinf, "posinf", "in place of inf")
      .attribute(&NanToNum::neginf, "neginf", "in place of -inf")
      .body(without_specials)
      .layout(ir::LayoutRule::kFollow)
      .method()
      .samples({{{any(3, 5)}, {}}, {{any()}, {1, 2, 3}}, {{any(2, 0)}, {}}})
      .example(">>> mc.nan_to_num(mc.tensor([1., float('nan')]))\ntensor([1., 0.])");
}

// The bits of floats of one sign are ordered as their sizes.
te::Expr next_after(const te::Expr& x, const te::Expr& to) {
  te::Expr from = te::widen(x), target = te::widen(to), zero = te_zero(from->dtype);
  te::Expr bits = te::bitcast(x, te_bits_dtype(x->dtype));
  te::Expr one = te::constant(bits->dtype, 1);
  te::Expr grows = te::is_equal(from<target, from> zero);
  te::Expr moved = te::select(grows, bits + one, bits - one);
  te::Expr least = te::bit_or(te_masked_bits(to, kSignMask), one);
  te::Expr next = te::select(te::is_equal(from, zero), least, moved);
  te::Expr out = te::select(te::is_equal(from, target), to, te::bitcast(next, x->dtype));
  return te::select(te::isnan(from), x, te::select(te::isnan(target), to, out));
}

void define_nextafter() {
  binary<NextAfter>("nextafter",
                    "The number of the dtype that is next to input on the way to other.", floating)
      .infer([](const ir::Call& call, NextAfter) { return broadcast_type(call); })
      .formula([](te::Formula& f, const ir::Call& call, NextAfter) {
        ir::Type type = broadcast_type(call);
        std::vector<te::Axis> axes = te::Formula::axes(type.dims);
        te::Expr x = f.input(0).broadcast_at(axes), to = f.input(1).broadcast_at(axes);
        f.output(type.dtype, axes, next_after(x, to));
      })
      .layout(ir::LayoutRule::kFollow)
      .vjp([](const Vjp& v, NextAfter) {
        const Tensor& g = v.cotangent();
        return broadcast_gradients(v, [&] { return g; }, [&] { return zero_gradient(g); });
      })
      .example(">>> mc.nextafter(mc.tensor(1.), mc.tensor(2.)) - 1\ntensor(1.1921e-07)");
}

// Of integers in float64.
te::Expr close(te::Expr x, te::Expr y, const IsClose& a) {
  if (!is_floating(x->dtype)) {
    x = te::cast(x, DType::kFloat64);
    y = te::cast(y, DType::kFloat64);
  }
  te::Expr out = te::is_equal(x, y);
  if (a.equal_nan) out = te::logical_or(out, te::logical_and(te::isnan(x), te::isnan(y)));
  if (a.rtol == 0 && a.atol == 0) return out;
  te::Expr distance = te::abs(x - y), allowed = te::abs(y * a.rtol) + a.atol;
  return te::logical_or(out, te::logical_and(te_is_finite(distance), distance <= allowed));
}

void define_isclose() {
  Definition<IsClose> definition =
      binary<IsClose>("isclose", "Whether |input - other| <= atol + rtol * |other|, or equal.");
  definition.attribute(&IsClose::rtol, "rtol", "the tolerance relative to other")
      .attribute(&IsClose::atol, "atol", "the absolute tolerance")
      .attribute(&IsClose::equal_nan, "equal_nan", "whether NaN is close to NaN")
      .elementwise(close)
      .result_dtype(DType::kBool)
      .example(
          ">>> mc.isclose(mc.tensor([1., 2.]), mc.tensor([1.000001, 2.1]))\n"
          "tensor([ True, False])");
}

}  // namespace

Tensor isnan(const Tensor& x) { return call(IsNan{}, x); }
Tensor isfinite(const Tensor& x) { return call(IsFinite{}, x); }
Tensor isinf(const Tensor& x) { return call(IsInf{}, x); }
Tensor isposinf(const Tensor& x) { return call(IsPosInf{}, x); }
Tensor isneginf(const Tensor& x) { return call(IsNegInf{}, x); }
Tensor signbit(const Tensor& x) { return call(SignBit{}, x); }
Tensor copysign(const Tensor& size, const Tensor& sign) { return call(CopySign{}, size, sign); }
Tensor nextafter(const Tensor& x, const Tensor& to) { return call(NextAfter{}, x, to); }
Tensor isclose(const Tensor& a, const Tensor& b, const IsClose& options) {
  return call(options, a, b);
}

void define_float_class() {
  define_predicates();
  define_copysign();
  define_nextafter();
  define_isclose();
}

}  // namespace mycel
