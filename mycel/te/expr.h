// Tensor expressions: index-wise formulas of scalar functions, loads and reductions.
//
// A formula gives the value of one element of a result as an expression over the element's indices:
//   f32[i < m, j < n] = sum(l < k){a[i, l] * b[l, j]}
// The reference backend interprets it, the code generator compiles it, and fusion inlines one
// formula into another. Expressions are immutable, shared by reference count and compared by
// structure; no global table interns them. They are deep, shared graphs: no traversal recurses.
//
// Semantics that every evaluator must implement (scalar.h has the scalar functions in C++):
// - Integers wrap (two's complement). Floor division and remainder by 0 give 0, as in NumPy; the
//   least integer divided by -1 is itself, with remainder 0. Shifts by the width or more, or by a
//   negative number, give 0, but kShiftRight of a negative number gives -1. kPow multiplies
//   repeatedly; a negative exponent gives the integer part of the power: 1 for base 1, 1 or -1 for
//   base -1, else 0.
// - Floats: kFloorDiv and kRem are np.floor_divide and np.remainder (C's fmod, with the sign of the
//   divisor). kMax and kMin are NaN if an operand is; either of two zeros may be the result. kSign
//   of a zero is +0, of NaN NaN. kPow by 1, 2 and -1 rounds once. Of the comparisons with NaN, only
//   kNotEqual is true.
// - Casts: to bool, != 0 (NaN is true). Between integers, the low bits. From integers and floats to
//   floats, rounded once to nearest even, for all pairs of widths. From floats to integers,
//   truncated; NaN and values outside int64 give the low bits of the least int64, as on x86; to
//   uint64, values below 2^64 are exact.
// - A select evaluates both branches: only a predicate keeps a load from reading. A load out of
//   range raises IndexError if its index comes from data, else an internal error.
// - Reductions run over their axes in row-major order (the last axis fastest), in the body's dtype
//   (cast it for a wider one). Sums start from 0, but the reduction of one element is that element.
//   kArgMax and kArgMin start with the first element; a later one replaces the best if it is
//   better, or if it is NaN and the best is not. The reduction of no elements is the neutral
//   element (0; 1; the lowest or highest number, for floats an infinity; true; false); its index
//   is 0.
// - Scopes: no axis is both free and bound in one expression, and nested reductions bind different
//   axes; reductions side by side may bind the same. `substitute` preserves this, `Formula::output`
//   checks it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "mycel/base/intrusive_ptr.h"
#include "mycel/core/dim.h"
#include "mycel/core/dtype.h"

namespace mycel::te {

// Scalar functions. Operands have one dtype, which is the result's unless noted. No function but
// kSelect, kBitcast and kCast sees 16-bit floats: `call` casts to float32 and back.
enum class Fn : uint8_t {
  // floats and integers
  kNeg,
  kAbs,
  kSign,
  kAdd,
  kSub,
  kMul,
  kDiv /* floats */,
  kFloorDiv,
  kRem /* sign of the divisor */,
  kPow,
  kMax,
  kMin,  // max and min propagate NaN
  // floats
  kExp,
  kExp2,
  kLog,
  kLog2,
  kLog10,
  kLog1p,
  kExpm1,
  kSqrt,
  kRsqrt,
  kTanh,
  kSigmoid,
  kErf,
  kErfc,
  kSin,
  kCos,
  kAsin,
  kAcos,
  kAtan,
  kAtan2 /* (y, x) */,
  kFloor,
  kCeil,
  kRound /* half to even */,
  kTrunc,
  kIsNan /* bool */,
  // comparisons, to bool
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  // bool
  kAnd,
  kOr,
  kNot,
  // integers, bit by bit; shifts are logical on unsigned types, arithmetic on signed ones
  kBitAnd,
  kBitOr,
  kBitXor,
  kShiftLeft,
  kShiftRight,
  kMulHigh /* uint32: upper half of a product */,
  // bits of a float as an unsigned integer of the same width, and back (dtype of the node)
  kBitcast,
  kSelect,  // (bool, a, b)
  kCast,    // to the node's dtype, by the rules above
};
std::string_view name(Fn fn);
int arity(Fn fn);

// The operation of a reduction, which starts from its neutral element.
enum class Reducer : uint8_t {
  kSum,
  kProduct,
  kMax,  // propagates NaN
  kMin,
  kAnd,
  kOr,
  kArgMax,  // of (value, index): the first maximum, NaN counts as the largest; two results
  kArgMin,
};

class Node;
using Expr = IntrusivePtr<const Node>;

// A loop variable over [0, extent), identified by an id that is unique in the process.
struct Axis {
  int64_t id = 0;
  Dim extent = 0;
  friend bool operator==(const Axis& a, const Axis& b) { return a.id == b.id; }
};
Axis axis(Dim extent);

enum class Kind : uint8_t {
  kConstant,  // a number of the node's dtype
  kExtent,    // the value of a Dim, int64: a run-time argument of a kernel, not a constant in it
  kAxis,      // the loop variable, int64
  kLoad,      // input[indices...], optionally under a predicate: false reads nothing and gives 0
  kCall,      // a scalar function of the operands
  kReduce,    // over `axes`, of the operands (one, or value and index); `result` selects
  kScan,      // inclusive prefix reduction of operand 0 along `axes[0]` at index operand 1:
              // sum of body(k) for k in [0, operand 1]
};

class Node final : public RefCounted {
 public:
  Kind kind;
  DType dtype;
  Fn fn = Fn::kAdd;
  Reducer reducer = Reducer::kSum;
  std::variant<int64_t, double> constant =
      int64_t{0};              // integers and bool as int64 (uint64 by bits)
  Dim extent = 0;              // kExtent
  int input = -1;              // kLoad: which input
  int result = 0;              // kReduce with two results: which
  bool predicated = false;     // kLoad: the last operand is the predicate (bool)
  std::vector<Axis> axes;      // kAxis: the axis; kReduce, kScan: the reduced axes
  std::vector<Expr> operands;  // kLoad: indices (int64), one per dim, then the predicate
  // Whether the value contains a load, or a formula inlined in place of one. Nothing is known of
  // such a number, so an index computed from it is checked.
  bool from_data = false;

  Node(Kind kind, DType dtype) : kind(kind), dtype(dtype), from_data(kind == Kind::kLoad) {}
  void set_operands(std::vector<Expr> all);

 protected:
  void destroy() const override { destroy_chain(this); }
};

// Constructors. They check dtypes (InternalError) and fold nothing. A constant is converted to its
// dtype: rounded, or cut to the low bits. 16-bit floats are reduced and scanned in float32, and the
// result is cast back. A reduction over no axes is its body.
Expr constant(DType dtype, double value);
Expr constant(DType dtype, int64_t value);
inline Expr constant(DType dtype, int value) { return constant(dtype, int64_t{value}); }
Expr extent(Dim dim);
Expr index(const Axis& axis);
Expr load(int input, DType dtype, std::vector<Expr> indices);
Expr load_if(Expr predicate, int input, DType dtype, std::vector<Expr> indices);
Expr call(Fn fn, std::vector<Expr> operands);
Expr cast(Expr value, DType dtype);  // the value itself if it has the dtype
Expr bitcast(Expr value, DType dtype);
Expr select(Expr condition, Expr a, Expr b);
Expr reduce(Reducer reducer, std::vector<Axis> axes, Expr body);
// The index body is int64; results: value (0) and index (1).
Expr arg_reduce(Reducer reducer, std::vector<Axis> axes, Expr value, Expr index, int result);
Expr scan(Reducer reducer, Axis axis, Expr body, Expr at);

// a + b etc. on equal dtypes; a number on one side takes the other's dtype.
#define MYCEL_TE_OPERATOR(op, fn)                                                            \
  inline Expr operator op(Expr a, Expr b) { return call(fn, {std::move(a), std::move(b)}); } \
  inline Expr operator op(Expr a, double b) { return call(fn, {a, constant(a->dtype, b)}); } \
  inline Expr operator op(double a, Expr b) { return call(fn, {constant(b->dtype, a), b}); }
MYCEL_TE_OPERATOR(+, Fn::kAdd)
MYCEL_TE_OPERATOR(-, Fn::kSub)
MYCEL_TE_OPERATOR(*, Fn::kMul)
MYCEL_TE_OPERATOR(/, Fn::kDiv)
MYCEL_TE_OPERATOR(<, Fn::kLess)
MYCEL_TE_OPERATOR(<=, Fn::kLessEqual)
MYCEL_TE_OPERATOR(>, Fn::kGreater)
MYCEL_TE_OPERATOR(>=, Fn::kGreaterEqual)
#undef MYCEL_TE_OPERATOR
inline Expr operator-(Expr a) { return call(Fn::kNeg, {std::move(a)}); }

// The axes that the value depends on and does not reduce.
std::vector<Axis> free_axes(const Expr& expr);
// Returns every node once, operands before users, without recursion.
std::vector<const Node*> post_order(std::span<const Expr> roots);
bool equal(const Expr& a, const Expr& b);  // by structure; axes by identity
// A part of the text of a computation (parser.h): "sum(k < n){a[i, k] * b[k, j]}". Shared
// subexpressions are named first, "t0 = exp(a[i]); t0 * t0", and may use axes that are bound where
// the name is used.
std::string to_string(const Expr& expr);

}  // namespace mycel::te
