// Emits integer and bool functions.
//
// Nothing traps: divisors of 0, and the one quotient that overflows, are replaced before dividing.
#include "mycel/codegen/llvm/functions.h"

namespace mycel::codegen {
namespace {

using llvm::Value;
using te::Fn;

Value* number(Value* like, int64_t value) { return LaneBuilder::integer(like->getType(), value); }

// The quotient rounded towards zero, for divisors other than 0 and -1. Processors have no vector
// division of integers, but up to 32 bits a float division is exact.
Value* quotient(LaneBuilder& c, Value* a, Value* b, bool is_signed) {
  unsigned bits = a->getType()->getScalarSizeInBits();
  if (LaneBuilder::lanes(a) == 1 || bits > 32) {
    return is_signed ? c.CreateSDiv(a, b) : c.CreateUDiv(a, b);
  }
  llvm::Type* real = LaneBuilder::shaped(bits < 24 ? c.getFloatTy() : c.getDoubleTy(), a);
  auto to_real = [&](Value* x) {
    return is_signed ? c.CreateSIToFP(x, real) : c.CreateUIToFP(x, real);
  };
  Value* q = c.CreateFDiv(to_real(a), to_real(b));
  return is_signed ? c.CreateFPToSI(q, a->getType()) : c.CreateFPToUI(q, a->getType());
}

struct Division {
  Value* quotient;
  Value* remainder;
};

// The logarithm of a constant that is the same power of two in every lane; otherwise -1.
int constant_log2(Value* b) {
  auto* constant = llvm::dyn_cast<llvm::Constant>(b);
  if (constant && b->getType()->isVectorTy()) constant = constant->getSplatValue();
  auto* number = llvm::dyn_cast_or_null<llvm::ConstantInt>(constant);
  return number && number->getValue().isStrictlyPositive() ? number->getValue().exactLogBase2()
                                                           : -1;
}

// Rounds towards minus infinity; gives 0 and 0 for a divisor of 0.
Division floor_division(LaneBuilder& c, Value* a, Value* b, bool is_signed) {
  if (int log2 = constant_log2(b); log2 >= 0) {
    Value *by = number(a, log2), *mask = number(a, (int64_t{1} << log2) - 1);
    return {is_signed ? c.CreateAShr(a, by) : c.CreateLShr(a, by), c.CreateAnd(a, mask)};
  }
  Value *zero = number(a, 0), *one = number(a, 1);
  Value* by_zero = c.CreateICmpEQ(b, zero);
  Value* safe = c.CreateSelect(by_zero, one, b);
  Value* negates = nullptr;
  if (is_signed) {
    negates = c.CreateICmpEQ(b, number(b, -1));
    safe = c.CreateSelect(negates, one, safe);
  }
  Value* q = quotient(c, a, safe, is_signed);
  Value* r = c.CreateSub(a, c.CreateMul(q, safe));
  if (is_signed) {
    Value* differ = c.CreateICmpSLT(c.CreateXor(r, safe), zero);
    Value* adjust = c.CreateAnd(differ, c.CreateICmpNE(r, zero));
    q = c.CreateSelect(adjust, c.CreateSub(q, one), q);
    r = c.CreateSelect(adjust, c.CreateAdd(r, safe), r);
    q = c.CreateSelect(negates, c.CreateNeg(a), q);
  }
  return {c.CreateSelect(by_zero, zero, q), c.CreateSelect(by_zero, zero, r)};
}

// Exponentiates by squaring, in a loop while any lane has bits of the exponent left.
Value* power(LaneBuilder& c, Value* base, Value* exponent, bool is_signed) {
  llvm::BasicBlock* before = c.GetInsertBlock();
  llvm::Function* function = before->getParent();
  auto* body = llvm::BasicBlock::Create(c.getContext(), "power", function);
  auto* after = llvm::BasicBlock::Create(c.getContext(), "power.done", function);
  Value *zero = number(base, 0), *one = number(base, 1);
  c.CreateBr(body);
  c.SetInsertPoint(body);
  llvm::PHINode* e = c.CreatePHI(base->getType(), 2);
  llvm::PHINode* square = c.CreatePHI(base->getType(), 2);
  llvm::PHINode* result = c.CreatePHI(base->getType(), 2);
  Value* odd = c.CreateICmpNE(c.CreateAnd(e, one), zero);
  Value* next_result = c.CreateSelect(odd, c.CreateMul(result, square), result);
  Value* next_square = c.CreateMul(square, square);
  Value* next_e = c.CreateLShr(e, one);
  c.CreateCondBr(c.any(c.CreateICmpNE(next_e, zero)), body, after);
  auto enter = [&](llvm::PHINode* phi, Value* first, Value* next) {
    phi->addIncoming(first, before);
    phi->addIncoming(next, body);
  };
  enter(e, exponent, next_e);
  enter(square, base, next_square);
  enter(result, one, next_result);
  c.SetInsertPoint(after);
  if (!is_signed) return next_result;
  // A negative exponent: powers of 1 and -1 are 1 or -1, others 0.
  Value* is_odd = c.CreateICmpNE(c.CreateAnd(exponent, one), zero);
  Value* minus_one = number(base, -1);
  Value* alternating = c.CreateSelect(is_odd, minus_one, one);
  Value* inverse = c.CreateSelect(c.CreateICmpEQ(base, minus_one), alternating, zero);
  inverse = c.CreateSelect(c.CreateICmpEQ(base, one), one, inverse);
  return c.CreateSelect(c.CreateICmpSLT(exponent, zero), inverse, next_result);
}

Value* shift(LaneBuilder& c, Fn fn, Value* a, Value* b, bool is_signed) {
  unsigned bits = a->getType()->getScalarSizeInBits();
  Value* inside = c.CreateICmpULT(b, number(b, bits));
  if (fn == Fn::kShiftRight && is_signed) {
    return c.CreateAShr(a, c.CreateSelect(inside, b, number(b, bits - 1)));
  }
  Value* by = c.CreateSelect(inside, b, number(b, 0));
  Value* shifted = fn == Fn::kShiftLeft ? c.CreateShl(a, by) : c.CreateLShr(a, by);
  return c.CreateSelect(inside, shifted, number(a, 0));
}

Value* multiply_high(LaneBuilder& c, Value* a, Value* b) {
  llvm::Type* wide = LaneBuilder::shaped(c.getInt64Ty(), a);
  Value* product = c.CreateMul(c.CreateZExt(a, wide), c.CreateZExt(b, wide));
  return c.CreateTrunc(c.CreateLShr(product, LaneBuilder::integer(wide, 32)), a->getType());
}

Value* compare(LaneBuilder& c, Fn fn, Value* a, Value* b, bool is_signed) {
  using P = llvm::CmpInst::Predicate;
  switch (fn) {
    case Fn::kLess:
      return c.CreateICmp(is_signed ? P::ICMP_SLT : P::ICMP_ULT, a, b);
    case Fn::kLessEqual:
      return c.CreateICmp(is_signed ? P::ICMP_SLE : P::ICMP_ULE, a, b);
    case Fn::kGreater:
      return c.CreateICmp(is_signed ? P::ICMP_SGT : P::ICMP_UGT, a, b);
    case Fn::kGreaterEqual:
      return c.CreateICmp(is_signed ? P::ICMP_SGE : P::ICMP_UGE, a, b);
    case Fn::kEqual:
      return c.CreateICmpEQ(a, b);
    default:
      return c.CreateICmpNE(a, b);
  }
}

}  // namespace

Value* emit_integer(LaneBuilder& c, Fn fn, DType dtype, llvm::ArrayRef<Value*> operands) {
  bool is_signed = is_signed_integer(dtype);
  Value* a = operands[0];
  Value* b = operands.size() > 1 ? operands[1] : nullptr;
  switch (fn) {
    case Fn::kNeg:
      return c.CreateNeg(a);
    case Fn::kAbs:
      if (!is_signed) return a;
      return c.CreateSelect(c.CreateICmpSLT(a, number(a, 0)), c.CreateNeg(a), a);
    case Fn::kSign: {
      Value* positive = c.CreateSelect(c.CreateICmpNE(a, number(a, 0)), number(a, 1), number(a, 0));
      if (!is_signed) return positive;
      return c.CreateSelect(c.CreateICmpSLT(a, number(a, 0)), number(a, -1), positive);
    }
    case Fn::kAdd:
      return c.CreateAdd(a, b);
    case Fn::kSub:
      return c.CreateSub(a, b);
    case Fn::kMul:
      return c.CreateMul(a, b);
    case Fn::kFloorDiv:
      return floor_division(c, a, b, is_signed).quotient;
    case Fn::kRem:
      return floor_division(c, a, b, is_signed).remainder;
    case Fn::kPow:
      return power(c, a, b, is_signed);
    case Fn::kMax:
      return c.CreateBinaryIntrinsic(is_signed ? llvm::Intrinsic::smax : llvm::Intrinsic::umax, a,
                                     b);
    case Fn::kMin:
      return c.CreateBinaryIntrinsic(is_signed ? llvm::Intrinsic::smin : llvm::Intrinsic::umin, a,
                                     b);
    case Fn::kAnd:
    case Fn::kBitAnd:
      return c.CreateAnd(a, b);
    case Fn::kOr:
    case Fn::kBitOr:
      return c.CreateOr(a, b);
    case Fn::kBitXor:
      return c.CreateXor(a, b);
    case Fn::kNot:
      return c.CreateNot(a);
    case Fn::kShiftLeft:
    case Fn::kShiftRight:
      return shift(c, fn, a, b, is_signed);
    case Fn::kMulHigh:
      return multiply_high(c, a, b);
    default:
      return compare(c, fn, a, b, is_signed);
  }
}

}  // namespace mycel::codegen
