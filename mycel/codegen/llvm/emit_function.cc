// Emits float functions, and dispatches functions by dtype.
#include <cmath>

#include "mycel/base/error.h"
#include "mycel/codegen/llvm/functions.h"
#include "mycel/codegen/llvm/math.h"
#include "mycel/codegen/llvm/sleef.h"

namespace mycel::codegen {
namespace {

using llvm::Value;
using te::Fn;

DType dtype_of_lanes(Value* x) {
  return x->getType()->getScalarType()->isDoubleTy() ? DType::kFloat64 : DType::kFloat32;
}

// Calls SLEEF's function on vectors of the machine's width; lanes are split or repeated to fit.
Value* sleef(LaneBuilder& c, std::string_view function, llvm::ArrayRef<Value*> operands) {
  DType dtype = dtype_of_lanes(operands[0]);
  int bits = c.target_cpu().vector_bits, native = bits / info(dtype).bits;
  int lanes = LaneBuilder::lanes(operands[0]);
  llvm::Type* type = LaneBuilder::with_lanes(c.scalar_type(dtype), native);
  std::vector<llvm::Type*> types(operands.size(), type);
  llvm::FunctionCallee callee = c.module().getOrInsertFunction(
      sleef_name(function, dtype, bits), llvm::FunctionType::get(type, types, false));
  std::vector<Value*> parts;
  for (int first = 0; first < lanes; first += native) {
    std::vector<Value*> arguments;
    for (Value* operand : operands) {
      arguments.push_back(lanes == native ? operand : c.slice(operand, first, native));
    }
    parts.push_back(c.CreateCall(callee, arguments));
  }
  Value* result = c.concatenate(parts);
  return lanes < native ? c.slice(result, 0, lanes) : result;
}

// Returns `fast`, or C's function of each lane if any lane of `wrong` is set. SLEEF gives NaN for
// some remainders of far apart numbers, and infinity for some powers just below it.
Value* repaired(LaneBuilder& c, Value* fast, Value* wrong, const std::string& function, Value* a,
                Value* b) {
  int lanes = LaneBuilder::lanes(fast);
  llvm::Type* scalar = fast->getType()->getScalarType();
  bool single = scalar->isFloatTy();
  llvm::FunctionCallee callee = c.module().getOrInsertFunction(
      function + (single ? "f" : ""), llvm::FunctionType::get(scalar, {scalar, scalar}, false));
  llvm::BasicBlock* before = c.GetInsertBlock();
  auto* repair = llvm::BasicBlock::Create(c.getContext(), "repair", before->getParent());
  auto* after = llvm::BasicBlock::Create(c.getContext(), "repaired", before->getParent());
  c.CreateCondBr(c.any(wrong), repair, after);
  c.SetInsertPoint(repair);
  llvm::PHINode* i = c.CreatePHI(c.getInt64Ty(), 2);
  llvm::PHINode* result = c.CreatePHI(fast->getType(), 2);
  auto lane = [&](Value* x) { return lanes == 1 ? x : c.CreateExtractElement(x, i); };
  Value* right = c.CreateCall(callee, {lane(a), lane(b)});
  Value* next = lanes == 1 ? right : c.CreateInsertElement(result, right, i);
  Value* next_i = c.CreateAdd(i, c.getInt64(1));
  i->addIncoming(c.getInt64(0), before);
  i->addIncoming(next_i, repair);
  result->addIncoming(fast, before);
  result->addIncoming(next, repair);
  c.CreateCondBr(c.CreateICmpSLT(next_i, c.getInt64(static_cast<uint64_t>(lanes))), repair, after);
  c.SetInsertPoint(after);
  llvm::PHINode* out = c.CreatePHI(fast->getType(), 2);
  out->addIncoming(fast, before);
  out->addIncoming(next, repair);
  return out;
}

Value* is_finite(LaneBuilder& c, Value* x) {
  return c.CreateFCmpOLT(c.absolute(x), LaneBuilder::real(x->getType(), INFINITY));
}

Value* fmod(LaneBuilder& c, Value* a, Value* b) {
  Value* fast = sleef(c, "fmod", {a, b});
  Value* defined =
      c.CreateAnd(is_finite(c, a), c.CreateFCmpONE(b, LaneBuilder::real(b->getType(), 0)));
  return repaired(c, fast, c.CreateAnd(c.is_nan(fast), defined), "fmod", a, b);
}

// For exponents 1, 2 and -1, the base, its square and its reciprocal, which SLEEF may round
// differently.
Value* simple_powers(LaneBuilder& c, Value* a, Value* b, Value* otherwise) {
  auto when = [&](double exponent, Value* power, Value* rest) {
    Value* is = c.CreateFCmpOEQ(b, LaneBuilder::real(b->getType(), exponent));
    return c.CreateSelect(is, power, rest);
  };
  Value* inverse = c.CreateFDiv(LaneBuilder::real(a->getType(), 1), a);
  return when(1, a, when(2, c.CreateFMul(a, a), when(-1, inverse, otherwise)));
}

Value* pow(LaneBuilder& c, Value* a, Value* b) {
  Value* fast = sleef(c, "pow", {a, b});
  Value* finite = c.CreateAnd(is_finite(c, a), is_finite(c, b));
  Value* wrong = c.CreateAnd(c.CreateNot(is_finite(c, fast)), finite);
  return simple_powers(c, a, b, repaired(c, fast, wrong, "pow", a, b));
}

// Takes exp(-|x|), which cannot overflow.
Value* double_sigmoid(LaneBuilder& c, Value* x) {
  Value* e = sleef(c, "exp", {c.CreateFNeg(c.absolute(x))});
  Value* one = LaneBuilder::real(x->getType(), 1);
  Value* above = c.CreateFCmpOGE(x, LaneBuilder::real(x->getType(), 0));
  return c.CreateFDiv(c.CreateSelect(above, one, e), c.CreateFAdd(one, e));
}

Value* log_of_any(LaneBuilder& c, Value* x) {
  return dtype_of_lanes(x) == DType::kFloat32 ? math::log(c, x) : sleef(c, "log", {x});
}

// SLEEF's log1p has a limited range: log1p of larger numbers is the logarithm, of tiny ones x.
Value* log1p(LaneBuilder& c, Value* x) {
  Value* large = c.CreateFCmpOGT(x, LaneBuilder::real(x->getType(), 1e30));
  Value* tiny = c.CreateFCmpOLT(c.absolute(x), LaneBuilder::real(x->getType(), 0x1p-54));
  Value* usual = c.CreateSelect(tiny, x, sleef(c, "log1p", {x}));
  return c.CreateSelect(large, log_of_any(c, x), usual);
}

// NaN if an operand is.
Value* extreme(LaneBuilder& c, Value* a, Value* b, bool largest) {
  Value* better = largest ? c.CreateFCmpOGT(a, b) : c.CreateFCmpOLT(a, b);
  return c.CreateSelect(c.is_nan(a), a, c.CreateSelect(better, a, b));
}

Value* sign(LaneBuilder& c, Value* x) {
  Value* zero = LaneBuilder::real(x->getType(), 0);
  Value* size = c.CreateSelect(c.CreateFCmpONE(x, zero), LaneBuilder::real(x->getType(), 1), zero);
  Value* signed_size = c.CreateSelect(c.CreateFCmpOLT(x, zero), c.CreateFNeg(size), size);
  return c.CreateSelect(c.is_nan(x), x, signed_size);
}

// np.floor_divide: computed from the remainder, so that the two are consistent.
Value* floor_divide(LaneBuilder& c, Value* a, Value* b) {
  llvm::Type* type = a->getType();
  Value *zero = LaneBuilder::real(type, 0), *one = LaneBuilder::real(type, 1);
  Value* rest = fmod(c, a, b);
  Value* quotient = c.CreateFDiv(c.CreateFSub(a, rest), b);
  Value* differ = c.CreateXor(c.CreateFCmpOLT(b, zero), c.CreateFCmpOLT(rest, zero));
  Value* adjust = c.CreateAnd(differ, c.CreateFCmpUNE(rest, zero));
  quotient = c.CreateSelect(adjust, c.CreateFSub(quotient, one), quotient);
  Value* floor = c.unary(llvm::Intrinsic::floor, quotient);
  Value* above = c.CreateFCmpOGT(c.CreateFSub(quotient, floor), LaneBuilder::real(type, 0.5));
  Value* ratio = c.CreateFDiv(a, b);
  Value* result = c.CreateSelect(above, c.CreateFAdd(floor, one), floor);
  result = c.CreateSelect(c.CreateFCmpOEQ(quotient, zero), c.copy_sign(zero, ratio), result);
  return c.CreateSelect(c.CreateFCmpOEQ(b, zero), ratio, result);
}

// np.remainder: has the sign of the divisor.
Value* remainder(LaneBuilder& c, Value* a, Value* b) {
  Value* zero = LaneBuilder::real(a->getType(), 0);
  Value* rest = fmod(c, a, b);
  Value* differ = c.CreateXor(c.CreateFCmpOLT(b, zero), c.CreateFCmpOLT(rest, zero));
  Value* result = c.CreateSelect(differ, c.CreateFAdd(rest, b), rest);
  result = c.CreateSelect(c.CreateFCmpOEQ(rest, zero), c.copy_sign(zero, b), result);
  return c.CreateSelect(c.CreateFCmpOEQ(b, zero), rest, result);
}

Value* compare(LaneBuilder& c, Fn fn, Value* a, Value* b) {
  switch (fn) {
    case Fn::kLess:
      return c.CreateFCmpOLT(a, b);
    case Fn::kLessEqual:
      return c.CreateFCmpOLE(a, b);
    case Fn::kGreater:
      return c.CreateFCmpOGT(a, b);
    case Fn::kGreaterEqual:
      return c.CreateFCmpOGE(a, b);
    case Fn::kEqual:
      return c.CreateFCmpOEQ(a, b);
    case Fn::kNotEqual:
      return c.CreateFCmpUNE(a, b);
    default:
      fail_internal("code generator: {} of floats", te::name(fn));
  }
}

// exp and similar functions: float32 inline if there is a polynomial, otherwise by SLEEF.
Value* transcendental(LaneBuilder& c, Fn fn, Value* x) {
  bool single = dtype_of_lanes(x) == DType::kFloat32;
  switch (fn) {
    case Fn::kExp:
      return single ? math::exp(c, x) : sleef(c, "exp", {x});
    case Fn::kLog:
      return log_of_any(c, x);
    case Fn::kLog1p:
      return log1p(c, x);
    case Fn::kExpm1:
      return single ? math::expm1(c, x) : sleef(c, "expm1", {x});
    case Fn::kTanh:
      return single ? math::tanh(c, x) : sleef(c, "tanh", {x});
    case Fn::kErf:
      return single ? math::erf(c, x) : sleef(c, "erf", {x});
    case Fn::kSigmoid:
      return single ? math::sigmoid(c, x) : double_sigmoid(c, x);
    case Fn::kExp2:
    case Fn::kLog2:
    case Fn::kLog10:
    case Fn::kErfc:
    case Fn::kSin:
    case Fn::kCos:
    case Fn::kAsin:
    case Fn::kAcos:
    case Fn::kAtan:
      return sleef(c, te::name(fn), {x});
    default:
      return nullptr;
  }
}

}  // namespace

Value* emit_float(LaneBuilder& c, Fn fn, llvm::ArrayRef<Value*> operands) {
  Value* a = operands[0];
  Value* b = operands.size() > 1 ? operands[1] : nullptr;
  if (Value* result = transcendental(c, fn, a)) return result;
  switch (fn) {
    case Fn::kNeg:
      return c.CreateFNeg(a);
    case Fn::kAbs:
      return c.absolute(a);
    case Fn::kSign:
      return sign(c, a);
    case Fn::kAdd:
      return c.CreateFAdd(a, b);
    case Fn::kSub:
      return c.CreateFSub(a, b);
    case Fn::kMul:
      return c.CreateFMul(a, b);
    case Fn::kDiv:
      return c.CreateFDiv(a, b);
    case Fn::kFloorDiv:
      return floor_divide(c, a, b);
    case Fn::kRem:
      return remainder(c, a, b);
    case Fn::kPow:
      return pow(c, a, b);
    case Fn::kAtan2:
      return sleef(c, "atan2", {a, b});
    case Fn::kMax:
      return extreme(c, a, b, true);
    case Fn::kMin:
      return extreme(c, a, b, false);
    case Fn::kSqrt:
      return c.unary(llvm::Intrinsic::sqrt, a);
    case Fn::kRsqrt:
      return c.CreateFDiv(LaneBuilder::real(a->getType(), 1), c.unary(llvm::Intrinsic::sqrt, a));
    case Fn::kFloor:
      return c.unary(llvm::Intrinsic::floor, a);
    case Fn::kCeil:
      return c.unary(llvm::Intrinsic::ceil, a);
    case Fn::kRound:
      return c.round_even(a);
    case Fn::kTrunc:
      return c.unary(llvm::Intrinsic::trunc, a);
    case Fn::kIsNan:
      return c.is_nan(a);
    default:
      return compare(c, fn, a, b);
  }
}

Value* emit_function(LaneBuilder& c, Fn fn, DType dtype, llvm::ArrayRef<Value*> operands) {
  if (fn == Fn::kSelect) return c.CreateSelect(operands[0], operands[1], operands[2]);
  return is_floating(dtype) ? emit_float(c, fn, operands) : emit_integer(c, fn, dtype, operands);
}

}  // namespace mycel::codegen
