// Emits loops: whole vectors and unrolled copies first, then the remainder.
#include "mycel/codegen/llvm/emitter.h"
#include "mycel/codegen/llvm/kernel_abi.h"

namespace mycel::codegen {

using llvm::Value;

namespace {

// The steps of a sum before it restarts from zero (schedule::Loop::blocked).
constexpr int kBlockSteps = 64;

}  // namespace

std::vector<Emitter::ReductionId> Emitter::carried_reductions(LoopId id) const {
  std::vector<ReductionId> out;
  for (ReductionId r : nest_.reductions.indices()) {
    const schedule::Reduction& reduction = nest_.reductions[r];
    for (LoopId l = reduction.last_loop; l != schedule::kNoLoop; l = loop(l).parent) {
      if (l == id) out.push_back(r);
      if (l == reduction.first_loop) break;
    }
  }
  return out;
}

std::vector<Value**> Emitter::accumulators(const std::vector<ReductionId>& reductions) {
  std::vector<Value**> out;
  for (ReductionId r : reductions) {
    for (Value*& value : accumulators_[r].values) out.push_back(&value);
    for (Value*& index : accumulators_[r].indices) out.push_back(&index);
  }
  return out;
}

// The bound of the loop, or of its part if the call splits it.
Value* Emitter::bound(LoopId id, Value* whole, size_t field) {
  if (!loop(id).splittable) return whole;
  Value* part = call_field(field);
  Value* split = call_field(offsetof(NestCall, split));
  Value* number = c_.getInt64(static_cast<uint64_t>(id));
  return c_.CreateSelect(c_.CreateICmpEQ(split, number), part, whole);
}

void Emitter::emit_item(LoopId id) {
  std::vector<ReductionId> carried = carried_reductions(id);
  Value* begin = bound(id, c_.getInt64(0), offsetof(NestCall, begin));
  Value* end = bound(id, argument(loop(id).extent, DType::kInt64), offsetof(NestCall, end));
  for (ReductionId r : carried) {
    if (nest_.reductions[r].first_loop == id) open_reduction(r);
  }
  bool sums = false;
  for (ReductionId r : carried) sums |= sums_floats(r);
  if (loop(id).blocked && sums)
    emit_blocked(id, begin, end);
  else
    emit_variants(id, begin, end);
  for (ReductionId r : carried) {
    const schedule::Reduction& reduction = nest_.reductions[r];
    if (reduction.first_loop == id && !reduction.scan) close_reduction(r);
  }
}

void Emitter::emit_variants(LoopId id, Value* begin, Value* end) {
  int unroll = loop(id).unroll, lanes = lanes_of(id);
  Value* next = emit_copies(id, begin, end, unroll);
  if (lanes > 1)
    emit_tail(id, next, end);
  else if (unroll > 1)
    emit_copies(id, next, end, 1);
}

// for (i = begin; i < limit; i += step) body(i); returns the i that ended it.
Value* Emitter::emit_counted(Value* begin, Value* limit, int64_t step,
                             const std::vector<Value**>& carried,
                             const std::function<void(Value*)>& body) {
  llvm::BasicBlock* before = c_.GetInsertBlock();
  llvm::Function* function = before->getParent();
  auto* loop_block = llvm::BasicBlock::Create(c_.getContext(), "loop", function);
  auto* after = llvm::BasicBlock::Create(c_.getContext(), "done", function);
  c_.CreateCondBr(c_.CreateICmpSLT(begin, limit), loop_block, after);

  c_.SetInsertPoint(loop_block);
  auto phi_of = [&](Value* first) {
    llvm::PHINode* phi = c_.CreatePHI(first->getType(), 2);
    phi->addIncoming(first, before);
    return phi;
  };
  std::vector<Value*> initial;
  std::vector<llvm::PHINode*> phis;
  llvm::PHINode* i = phi_of(begin);
  for (Value** value : carried) {
    initial.push_back(*value);
    phis.push_back(phi_of(*value));
    *value = phis.back();
  }
  body(i);
  Value* next = c_.CreateAdd(i, c_.getInt64(static_cast<uint64_t>(step)));
  llvm::BasicBlock* latch = c_.GetInsertBlock();
  c_.CreateCondBr(c_.CreateICmpSLT(next, limit), loop_block, after);
  i->addIncoming(next, latch);
  for (size_t k = 0; k < carried.size(); ++k) phis[k]->addIncoming(*carried[k], latch);

  c_.SetInsertPoint(after);
  auto exit_of = [&](Value* first, Value* last) {
    llvm::PHINode* phi = c_.CreatePHI(first->getType(), 2);
    phi->addIncoming(first, before);
    phi->addIncoming(last, latch);
    return phi;
  };
  for (size_t k = 0; k < carried.size(); ++k) *carried[k] = exit_of(initial[k], *carried[k]);
  return exit_of(begin, next);
}

void Emitter::emit_body(const Open& open) {
  open_.push_back(open);
  copy_.push_back(0);
  emit_items(loop(open.loop).items);
  open_.pop_back();
  copy_.pop_back();
}

// Emits all whole steps of `copies` vectors or iterations.
Value* Emitter::emit_copies(LoopId id, Value* begin, Value* end, int copies) {
  int64_t step = static_cast<int64_t>(copies) * lanes_of(id);
  Value* limit = c_.CreateSub(end, LaneBuilder::integer(end->getType(), step - 1));
  return emit_counted(begin, limit, step, accumulators(carried_reductions(id)),
                      [&](Value* i) { emit_body({id, i, nullptr, copies}); });
}

// Emits the iterations that do not fill a vector, masked.
void Emitter::emit_tail(LoopId id, Value* begin, Value* end) {
  int lanes = nest_.lanes;
  // Lane numbers as wide as fill one vector register.
  llvm::Type* element =
      c_.getIntNTy(static_cast<unsigned>(std::clamp(c_.target_cpu().vector_bits / lanes, 8, 64)));
  emit_counted(begin, end, lanes, accumulators(carried_reductions(id)), [&](Value* i) {
    Value* left = c_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, c_.CreateSub(end, i),
                                           c_.getInt64(static_cast<uint64_t>(lanes)));
    Value* count = c_.widen(c_.CreateTrunc(left, element), lanes);
    Value* mask = c_.CreateICmpULT(c_.iota(element, lanes), count);
    emit_body({id, i, mask, 1});
  });
}

// Sums in blocks that start from zero, and adds each to the total with what earlier additions lost
// (Kahan, "Further remarks on reducing truncation errors", 1965): errors grow with the length of a
// block, not with that of the sum.
void Emitter::emit_blocked(LoopId id, Value* begin, Value* end) {
  int64_t block = static_cast<int64_t>(kBlockSteps) * loop(id).unroll * lanes_of(id);
  std::vector<ReductionId> carried = carried_reductions(id), sums;
  for (ReductionId r : carried) {
    if (sums_floats(r)) sums.push_back(r);
  }
  std::vector<Value*> lost;
  for (Value** sum : accumulators(sums)) {
    lost.push_back(llvm::Constant::getNullValue((*sum)->getType()));
  }
  std::vector<Value**> kept = accumulators(carried);
  for (Value*& value : lost) kept.push_back(&value);
  emit_counted(begin, end, block, kept, [&](Value* i) {
    Value* stop = c_.CreateAdd(i, c_.getInt64(static_cast<uint64_t>(block)));
    stop = c_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, stop, end);
    std::vector<Value*> totals;
    for (Value** sum : accumulators(sums)) {
      totals.push_back(*sum);
      *sum = llvm::Constant::getNullValue((*sum)->getType());
    }
    emit_variants(id, i, stop);
    std::vector<Value**> parts = accumulators(sums);
    for (size_t k = 0; k < parts.size(); ++k)
      *parts[k] = add_exactly(totals[k], *parts[k], lost[k]);
  });
}

// Returns total + part, less what was lost before; sets `lost` to what this addition loses.
Value* Emitter::add_exactly(Value* total, Value* part, Value*& lost) {
  Value* corrected = c_.CreateFSub(part, lost);
  Value* sum = c_.CreateFAdd(total, corrected);
  Value* rest = c_.CreateFSub(c_.CreateFSub(sum, total), corrected);
  // Infinities and NaN lose nothing: their difference would turn an infinite sum into NaN.
  Value* finite = c_.CreateFCmpOEQ(rest, rest);
  lost = c_.CreateSelect(finite, rest, llvm::Constant::getNullValue(rest->getType()));
  return sum;
}

}  // namespace mycel::codegen
