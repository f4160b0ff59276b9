#include "mycel/ops/binary.h"

#include "mycel/ops/elementwise.h"
#include "mycel/ops/float_class.h"
#include "mycel/ops/float_format.h"
#include "mycel/ops/te_float.h"
#include "mycel/ops/te_number.h"

namespace mycel {
namespace {

struct Add {};
struct Subtract {};
struct Multiply {};
struct Divide {};
struct FloorDivide {};
struct Remainder {};
struct Fmod {};
struct Power {};
struct Maximum {};
struct Minimum {};
struct Fmax {};
struct Fmin {};

bool is_bool(const te::Expr& x) { return x->dtype == DType::kBool; }

// The cotangent, half of it where the operands are equal, and 0 where the other operand is taken.
// NaN is neither above nor below anything: there both operands take the gradient, as in PyTorch.
Tensor share_ties(const Vjp& v, const Tensor& other_is_taken) {
  const Tensor& g = v.cotangent();
  return zero_where(other_is_taken, where(equal(v.input(0), v.input(1)), g * 0.5, g));
}

void define_sums() {
  arithmetic<Add>("add", "input + other; of bools, their logical or.")
      .elementwise([](te::Expr x, te::Expr y) { return is_bool(x) ? te::logical_or(x, y) : x + y; })
      .vjp([](const Vjp& v, Add) {
        auto g = [&] { return v.cotangent(); };
        return broadcast_gradients(v, g, g);
      })
      .example(">>> mc.add(mc.tensor([1., 2.]), 10)\ntensor([11., 12.])");
  arithmetic<Subtract>("subtract", "input - other; unsigned integers wrap.", numeric)
      .elementwise([](te::Expr x, te::Expr y) { return x - y; })
      .vjp([](const Vjp& v, Subtract) {
        return broadcast_gradients(
            v, [&] { return v.cotangent(); }, [&] { return -v.cotangent(); });
      })
      .alias("sub")
      .example(">>> mc.subtract(mc.tensor([1., 2.]), 1)\ntensor([0., 1.])");
}

void define_products() {
  arithmetic<Multiply>("multiply", "input * other; of bools, their logical and.")
      .elementwise(
          [](te::Expr x, te::Expr y) { return is_bool(x) ? te::logical_and(x, y) : x * y; })
      .vjp([](const Vjp& v, Multiply) {
        return broadcast_gradients(
            v, [&] { return v.cotangent() * v.input(1); },
            [&] { return v.cotangent() * v.input(0); });
      })
      .alias("mul")
      .example(">>> mc.multiply(mc.tensor([1., 2.]), 3)\ntensor([3., 6.])");
  arithmetic_float<Divide>(
      "divide", "input / other, a true division: integers give float32, x / 0 is inf or NaN.",
      [](te::Expr x, te::Expr y) { return x / y; }, 0.5, 3)
      .vjp([](const Vjp& v, Divide) {
        return broadcast_gradients(
            v, [&] { return v.cotangent() / v.input(1); },
            [&] { return -(v.cotangent() * (v.output() / v.input(1))); });
      })
      .alias("div")
      .alias("true_divide")
      .example(">>> mc.divide(mc.tensor([1, 2]), 2)\ntensor([0.5000, 1.0000])");
}

// The remainder of the sizes, with the sign of x: C's fmod.
te::Expr truncated_remainder(te::Expr x, te::Expr y) {
  if (is_floating(x->dtype)) return te_copysign(te::rem(te::abs(x), te::abs(y)), x);
  te::Expr rest = te::rem(x, y), zero = te_zero(x->dtype);
  if (is_unsigned_integer(x->dtype)) return rest;
  te::Expr differ = te::is_not_equal(rest < zero, x < zero);
  return te::select(te::logical_and(differ, te::is_not_equal(rest, zero)), rest - y, rest);
}

void define_integer_division() {
  arithmetic<FloorDivide>("floor_divide",
                          "The largest whole number at most input / other.\n\n"
                          "An integer divided by 0 gives 0, a float inf or NaN, as in NumPy.",
                          numeric, 0.3, 3)
      .elementwise(te::floordiv)
      .vjp([](const Vjp& v, FloorDivide) {
        auto zero = [&] { return zeros_like(v.cotangent()); };
        return broadcast_gradients(v, zero, zero);
      })
      .example(">>> mc.floor_divide(mc.tensor([7, -7]), 2)\ntensor([ 3, -4])");
  arithmetic<Remainder>("remainder",
                        "input - other * floor_divide(input, other), with the sign of other.\n\n"
                        "An integer modulo 0 gives 0, a float NaN, as in NumPy.",
                        numeric, 0.3, 3)
      .elementwise(te::rem)
      .vjp([](const Vjp& v, Remainder) {
        return broadcast_gradients(
            v, [&] { return v.cotangent(); },
            [&] { return -(v.cotangent() * floor_divide(v.input(0), v.input(1))); });
      })
      .example(">>> mc.remainder(mc.tensor([7, -7]), 3)\ntensor([1, 2])");
  arithmetic<Fmod>("fmod",
                   "input - other * trunc(input / other), with the sign of input.\n\n"
                   "An integer modulo 0 gives 0, a float NaN.",
                   numeric, 0.3, 3)
      .elementwise(truncated_remainder)
      .vjp([](const Vjp& v, Fmod) {
        return broadcast_gradients(
            v, [&] { return v.cotangent(); },
            [&] { return -(v.cotangent() * trunc(v.input(0) / v.input(1))); });
      })
      .example(">>> mc.fmod(mc.tensor([7, -7]), 3)\ntensor([ 1, -1])");
}

// Whether 1/x is finite, with a margin for rounding.
Tensor has_reciprocal(const Tensor& x) {
  DType dtype = x.dtype();
  double smallest = round_up(2 / largest_float(dtype), dtype);
  return abs(x) >= scalar_like(x, smallest, dtype);
}

// d(x^y)/dx = y x^(y-1), 0 where y is 0 even at x = 0. The exponent is replaced there, not the
// slope: the slope's own gradients would be 0 times infinity. An exponent that is itself
// differentiated stays unchanged where 1/x is finite: there d2/dxdy = 1/x.
Tensor power_gradient_of_base(const Vjp& v) {
  const Tensor &x = v.input(0), &y = v.input(1);
  Tensor flat = y == 0;
  if (y.requires_grad()) flat = logical_and(flat, logical_not(has_reciprocal(x)));
  Tensor exponent = where(flat, scalar_like(y, int64_t{0}, y.dtype()), y - 1);
  return v.cotangent() * (y * power(x, exponent));
}

// d(x^y)/dy = x^y log x, 0 where x is 0 and y is not negative. The logarithm is taken of 1 there,
// so that its own gradient is finite.
Tensor power_gradient_of_exponent(const Vjp& v) {
  const Tensor &x = v.input(0), &y = v.input(1);
  Tensor flat = logical_and(x == 0, y >= 0);
  return v.cotangent() * (v.output() * log(where(flat, scalar_like(x, int64_t{1}, x.dtype()), x)));
}

void check_exponent(size_t operand, const ir::Scalar& value, DType dtype) {
  if (operand != 1 || !is_integer(dtype) || ir::to_double(value) >= 0) return;
  fail(Code::kValue,
       "[power] expects an exponent of at least 0 for integers, got {}; cast them to a "
       "floating-point dtype first",
       number_text(value));
}

void define_power() {
  Definition<Power> power = define<Power>(
      "power",
      "input to the power of other. 0 ** 0 is 1; integers wrap.\n\n"
      "Raises ValueError for integers to a negative number; where the exponents are a tensor, "
      "negative ones give the power's integer part.");
  power.input("input", "any shape", numeric)
      .promotes()
      .input("other", "a shape that broadcasts with input's", numeric)
      .promotes()
      .elementwise(te::pow)
      .vjp([](const Vjp& v, Power) {
        return broadcast_gradients(
            v, [&] { return power_gradient_of_base(v); },
            [&] { return power_gradient_of_exponent(v); });
      })
      .method()
      .alias("pow")
      .example(">>> mc.power(mc.tensor([1., 2., 3.]), 2)\ntensor([1., 4., 9.])")
      .samples({{{within({3, 5}, 0.5, 3), within({3, 5}, 0, 3)}},
                {{within({4, 1}, 0.5, 3), within({1, 7}, 0, 3)}},
                {{within({}, 0.5, 3), within({2, 0}, 0, 3)}}});
  rules(power.op()).call.check_number = check_exponent;
}

void define_extrema() {
  binary<Maximum>(
      "maximum",
      "The larger of input and other; NaN if one is. Equal operands share the gradient, and both "
      "take it where one is NaN.")
      .elementwise(
          [](te::Expr x, te::Expr y) { return is_bool(x) ? te::logical_or(x, y) : te::max(x, y); })
      .vjp([](const Vjp& v, Maximum) {
        return broadcast_gradients(
            v, [&] { return share_ties(v, less(v.input(0), v.input(1))); },
            [&] { return share_ties(v, greater(v.input(0), v.input(1))); });
      })
      .example(">>> mc.maximum(mc.tensor([1., 5.]), mc.tensor([3., 2.]))\ntensor([3., 5.])");
  binary<Minimum>(
      "minimum",
      "The smaller of input and other; NaN if one is. Equal operands share the gradient, and both "
      "take it where one is NaN.")
      .elementwise(
          [](te::Expr x, te::Expr y) { return is_bool(x) ? te::logical_and(x, y) : te::min(x, y); })
      .vjp([](const Vjp& v, Minimum) {
        return broadcast_gradients(
            v, [&] { return share_ties(v, greater(v.input(0), v.input(1))); },
            [&] { return share_ties(v, less(v.input(0), v.input(1))); });
      })
      .example(">>> mc.minimum(mc.tensor([1., 5.]), mc.tensor([3., 2.]))\ntensor([1., 2.])");
}

// The extreme of two operands, or the one that is not NaN. Equal operands share the gradient.
template <class A, te::Expr (*Extreme)(te::Expr, te::Expr),
          Tensor (*Beyond)(const Tensor&, const Tensor&)>
Definition<A> extreme_number(std::string_view name, std::string doc) {
  Definition<A> definition = binary<A>(name, std::move(doc), numeric);
  definition
      .elementwise([](te::Expr x, te::Expr y) {
        te::Expr usual = Extreme(x, y);
        if (!is_floating(x->dtype)) return usual;
        return te::select(te::isnan(x), y, te::select(te::isnan(y), x, usual));
      })
      .vjp([](const Vjp& v, A) {
        const Tensor &x = v.input(0), &y = v.input(1);
        auto of_first = [&] {
          return share_ties(v, logical_and(logical_or(Beyond(y, x), isnan(x)), y == y));
        };
        return broadcast_gradients(
            v, of_first, [&] { return share_ties(v, logical_or(Beyond(x, y), isnan(y))); });
      });
  return definition;
}

void define_extreme_numbers() {
  extreme_number<Fmax, te::max, greater>(
      "fmax", "The larger of input and other, or the one that is not NaN.")
      .example(">>> mc.fmax(mc.tensor([1., float('nan')]), 2)\ntensor([2., 2.])");
  extreme_number<Fmin, te::min, less>("fmin",
                                      "The smaller of input and other, or the one that is not NaN.")
      .example(">>> mc.fmin(mc.tensor([1., float('nan')]), 2)\ntensor([1., 2.])");
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return call(Add{}, a, b); }
Tensor subtract(const Tensor& a, const Tensor& b) { return call(Subtract{}, a, b); }
Tensor multiply(const Tensor& a, const Tensor& b) { return call(Multiply{}, a, b); }
Tensor divide(const Tensor& a, const Tensor& b) { return call(Divide{}, a, b); }
Tensor floor_divide(const Tensor& a, const Tensor& b) { return call(FloorDivide{}, a, b); }
Tensor remainder(const Tensor& a, const Tensor& b) { return call(Remainder{}, a, b); }
Tensor fmod(const Tensor& a, const Tensor& b) { return call(Fmod{}, a, b); }
Tensor power(const Tensor& a, const Tensor& b) { return call(Power{}, a, b); }
Tensor maximum(const Tensor& a, const Tensor& b) { return call(Maximum{}, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return call(Minimum{}, a, b); }
Tensor fmax(const Tensor& a, const Tensor& b) { return call(Fmax{}, a, b); }
Tensor fmin(const Tensor& a, const Tensor& b) { return call(Fmin{}, a, b); }

void define_binary() {
  define_sums();
  define_products();
  define_integer_division();
  define_power();
  define_extrema();
  define_extreme_numbers();
}

}  // namespace mycel
