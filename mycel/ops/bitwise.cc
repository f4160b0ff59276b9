#include "mycel/ops/bitwise.h"

#include "mycel/ops/elementwise.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct BitwiseNot {};
struct BitwiseAnd {};
struct BitwiseOr {};
struct BitwiseXor {};
struct LeftShift {};
struct RightShift {};

using Function = te::Expr (*)(te::Expr, te::Expr);

// `OfBools` is the function of bools.
template <class A, Function OfIntegers, Function OfBools>
Definition<A> bitwise(std::string_view name, std::string doc) {
  Definition<A> definition = binary<A>(name, std::move(doc), integral);
  definition.elementwise([](te::Expr x, te::Expr y) {
    return x->dtype == DType::kBool ? OfBools(x, y) : OfIntegers(x, y);
  });
  return definition;
}

void define_logic_of_bits() {
  unary<BitwiseNot>("bitwise_not", "Each element with its bits inverted; of bools, logical not.",
                    integral)
      .elementwise([](te::Expr x) {
        if (x->dtype == DType::kBool) return te::logical_not(x);
        return te::bit_xor(x, te::constant(x->dtype, -1));
      })
      .example(">>> mc.bitwise_not(mc.tensor([0, 5]))\ntensor([-1, -6])");
  bitwise<BitwiseAnd, te::bit_and, te::logical_and>(
      "bitwise_and", "The bits that both operands have; of bools, logical and.")
      .example(">>> mc.bitwise_and(mc.tensor([6, 5]), 3)\ntensor([2, 1])");
  bitwise<BitwiseOr, te::bit_or, te::logical_or>(
      "bitwise_or", "The bits that an operand has; of bools, logical or.")
      .example(">>> mc.bitwise_or(mc.tensor([6, 5]), 3)\ntensor([7, 7])");
  bitwise<BitwiseXor, te::bit_xor, te::is_not_equal>(
      "bitwise_xor", "The bits that one operand has; of bools, whether they differ.")
      .example(">>> mc.bitwise_xor(mc.tensor([6, 5]), 3)\ntensor([5, 6])");
}

void define_shifts() {
  binary<LeftShift>("bitwise_left_shift",
                    "input with its bits shifted to the left by other: input * 2^other, which "
                    "wraps.\n\n"
                    "A shift by the width or more, or by a negative number, gives 0.",
                    integer, 0, 6)
      .elementwise(te::shift_left)
      .alias("left_shift")
      .example(">>> mc.bitwise_left_shift(mc.tensor([1, 3]), 2)\ntensor([ 4, 12])");
  binary<RightShift>("bitwise_right_shift",
                     "input with its bits shifted to the right by other: floor(input / 2^other)."
                     "\n\n"
                     "A shift by the width or more, or by a negative number, gives 0, or -1 for a "
                     "negative input.",
                     integer, 0, 6)
      .elementwise(te::shift_right)
      .alias("right_shift")
      .example(">>> mc.bitwise_right_shift(mc.tensor([8, -3]), 1)\ntensor([ 4, -2])");
}

}  // namespace

Tensor bitwise_not(const Tensor& x) { return call(BitwiseNot{}, x); }
Tensor bitwise_and(const Tensor& a, const Tensor& b) { return call(BitwiseAnd{}, a, b); }
Tensor bitwise_or(const Tensor& a, const Tensor& b) { return call(BitwiseOr{}, a, b); }
Tensor bitwise_xor(const Tensor& a, const Tensor& b) { return call(BitwiseXor{}, a, b); }
Tensor bitwise_left_shift(const Tensor& x, const Tensor& bits) {
  return call(LeftShift{}, x, bits);
}
Tensor bitwise_right_shift(const Tensor& x, const Tensor& bits) {
  return call(RightShift{}, x, bits);
}

void define_bitwise() {
  define_logic_of_bits();
  define_shifts();
}

}  // namespace mycel
