#include "mycel/passes/algebra_rules.h"

#include <cmath>

#include "mycel/ops/cast.h"
#include "mycel/ops/float_format.h"
#include "mycel/ops/reshape.h"
#include "mycel/passes/rewrite.h"
#include "mycel/tensor/apply.h"

namespace mycel::passes {
namespace {

// --- conditions ----------------------------------------------------------------------------------

const ir::Type& result_type(const Match& m) { return m.root->result()->type(); }

bool is_integer(const Match& m) { return mycel::is_integer(result_type(m).dtype); }
bool is_whole(const Match& m) { return is_integer(m) || result_type(m).dtype == DType::kBool; }
bool is_floating(const Match& m) { return mycel::is_floating(result_type(m).dtype); }
bool is_bool(const Match& m) { return m.variable('x')->type().dtype == DType::kBool; }

bool keeps_dtype(const Match& m) { return m.variable('x')->type().dtype == result_type(m).dtype; }
bool keeps_type(const Match& m) { return m.variable('x')->type() == result_type(m); }

bool has_same_size(const Match& m) {
  return product(m.variable('x')->type().dims) == product(result_type(m).dims);
}

// Whether every value of `from` is a value of `to`.
bool holds_all_of(DType from, DType to) {
  if (from == to || from == DType::kBool) return true;
  if (to == DType::kBool) return false;
  int from_bits = info(from).bits, to_bits = info(to).bits;
  if (mycel::is_floating(from)) return mycel::is_floating(to) && to_bits > from_bits;
  if (mycel::is_floating(to)) {
    return from_bits - is_signed_integer(from) <= significand_bits(to);
  }
  if (is_signed_integer(from)) return is_signed_integer(to) && to_bits > from_bits;
  return to_bits > from_bits;
}

bool inner_cast_is_exact(const Match& m) {
  return holds_all_of(m.variable('x')->type().dtype, m.operations[1]->result()->type().dtype);
}

double divisor(const Match& m) {
  std::optional<ir::Scalar> value = splat_of(m.variable('c'));
  return value ? ir::to_double(*value) : 0;
}
// Whether the reciprocal is exact, so that the product is the quotient bit for bit.
bool divides_by_power_of_two(const Match& m) {
  int exponent;
  double mantissa = std::frexp(std::fabs(divisor(m)), &exponent);
  return is_floating(m) && keeps_dtype(m) && mantissa == 0.5 && exponent > -12 && exponent < 12;
}
double reciprocal(const Match& m) { return 1 / divisor(m); }

// --- attributes ----------------------------------------------------------------------------------

template <class A>
ir::Attributes own(const A& attributes) {
  return ir::Attributes::borrow(OpOf<A>::def->attributes, &attributes).own();
}

ir::Attributes cast_to_result(const Match& m) { return own(Cast{result_type(m).dtype}); }
ir::Attributes shape_of_result(const Match& m) { return own(Reshape{result_type(m).dims}); }
ir::Attributes expanded_to_result(const Match& m) { return own(Expand{result_type(m).dims}); }

// Result dim d comes from dim outer[d] between the two, which comes from dim inner[outer[d]].
ir::Attributes composed_order(const Match& m) {
  auto rank = static_cast<int64_t>(result_type(m).rank());
  const Ints& outer = m.operations[0]->attributes().as<Permute>().dims;
  const Ints& inner = m.operations[1]->attributes().as<Permute>().dims;
  Permute composed;
  for (int64_t d : outer) {
    int64_t at = inner[static_cast<size_t>(d < 0 ? d + rank : d)];
    composed.dims.push_back(at < 0 ? at + rank : at);
  }
  return own(composed);
}

bool is_identity_order(const Match& m) {
  auto rank = static_cast<int64_t>(result_type(m).rank());
  const Ints& order = m.root->attributes().as<Permute>().dims;
  for (int64_t d = 0; d < rank; ++d) {
    int64_t at = order[static_cast<size_t>(d)];
    if ((at < 0 ? at + rank : at) != d) return false;
  }
  return true;
}

// --- the table -----------------------------------------------------------------------------------

// A rule keeps every bit of every result (tests/cpp/compiler/algebra_test.cc walks the table over
// special values of all dtypes). These would not: x * 0 and x - x of floats (NaN, infinities),
// log(exp(x)) and exp(log(x)) (overflow, negative x), sqrt(x * x); by signs of zeros, x + 0 (of
// x = -0), 0 - x (of x = 0), -(x - y) (of x = y) and dropping one of two maxima; for integers,
// -x / -y.
constexpr AlgebraRule kRules[] = {
    {"add(x, 0)", "x", is_integer},
    {"add(x, -0)", "x", is_floating},
    {"add(x, neg(y))", "subtract(x, y)"},
    {"subtract(x, 0)", "x"},
    {"subtract(0, x)", "neg(x)", is_integer},
    {"subtract(-0, x)", "neg(x)", is_floating},
    {"subtract(x, neg(y))", "add(x, y)"},
    {"subtract(x, x)", "0", is_integer},
    {"neg(neg(x))", "x"},
    {"neg(subtract(x, y))", "subtract(y, x)", is_integer},
    {"multiply(x, 1)", "x"},
    {"multiply(x, 0)", "0", is_whole},
    {"multiply(x, -1)", "neg(x)", is_floating},
    {"multiply(neg(x), neg(y))", "multiply(x, y)"},
    {"divide(x, 1)", "x"},
    {"divide(neg(x), neg(y))", "divide(x, y)", keeps_dtype},
    {"divide(x, c)", "multiply(x, ?)", divides_by_power_of_two, nullptr, reciprocal},
    {"floor_divide(x, 1)", "x", is_integer},
    {"remainder(x, 1)", "0", is_integer},
    {"power(x, 0)", "1"},
    {"power(x, 1)", "x"},
    {"power(x, 2)", "multiply(x, x)"},
    {"power(x, -1)", "divide(1, x)", is_floating},
    {"abs(neg(x))", "abs(x)", is_floating},
    {"abs(abs(x))", "abs(x)"},
    {"maximum(x, x)", "x"},
    {"minimum(x, x)", "x"},
    {"maximum(maximum(x, y), y)", "maximum(x, y)", is_integer},
    {"minimum(minimum(x, y), y)", "minimum(x, y)", is_integer},

    {"logical_not(logical_not(x))", "x", is_bool},
    {"logical_and(x, true)", "x", is_bool},
    {"logical_and(x, false)", "false"},
    {"logical_and(x, x)", "x", is_bool},
    {"logical_or(x, false)", "x", is_bool},
    {"logical_or(x, true)", "true"},
    {"logical_or(x, x)", "x", is_bool},
    {"where(true, x, y)", "x"},
    {"where(false, x, y)", "y"},
    {"where(c, x, x)", "x"},
    {"where(logical_not(x), y, z)", "where(x, z, y)", is_bool},

    {"cast(x)", "x", keeps_type},
    {"cast(cast(x))", "cast(x)", inner_cast_is_exact, cast_to_result},

    {"reshape(x)", "x", keeps_type},
    {"reshape(reshape(x))", "reshape(x)", nullptr, shape_of_result},
    {"permute(x)", "x", is_identity_order},
    {"permute(permute(x))", "permute(x)", nullptr, composed_order},
    {"expand(x)", "x", keeps_type},
    {"expand(expand(x))", "expand(x)", nullptr, expanded_to_result},
    // A reduction over dims of extent 1.
    {"sum(x)", "reshape(x)", has_same_size, shape_of_result},
    {"amax(x)", "reshape(x)", has_same_size, shape_of_result},
    {"amin(x)", "reshape(x)", has_same_size, shape_of_result},
};

}  // namespace

std::span<const AlgebraRule> algebra_rules() { return kRules; }

}  // namespace mycel::passes
