// Emits the accumulators of reductions and scans.
#include <limits>

#include "mycel/codegen/llvm/emitter.h"
#include "mycel/codegen/llvm/functions.h"

namespace mycel::codegen {

using llvm::Value;
using schedule::Reduction;
using te::Fn;
using te::Reducer;

namespace {

// The index of an arg-reduction that has seen no element.
constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

bool is_arg(const Reduction& r) {
  return r.reducer == Reducer::kArgMax || r.reducer == Reducer::kArgMin;
}

Fn function_of(Reducer reducer) {
  switch (reducer) {
    case Reducer::kSum:
      return Fn::kAdd;
    case Reducer::kProduct:
      return Fn::kMul;
    case Reducer::kMax:
      return Fn::kMax;
    case Reducer::kMin:
      return Fn::kMin;
    case Reducer::kAnd:
      return Fn::kAnd;
    default:
      return Fn::kOr;
  }
}

}  // namespace

uint64_t Emitter::outer_depths(const Reduction& r) const {
  uint64_t depths = 0;
  for (ValueId body : r.bodies) depths |= nest_.values[body].depths;
  return depths & ((uint64_t{1} << loop(r.first_loop).depth) - 1);
}

uint64_t Emitter::own_depths(const Reduction& r) const {
  uint64_t below = (uint64_t{1} << loop(r.first_loop).depth) - 1;
  uint64_t last = uint64_t{1} << loop(r.last_loop).depth;
  return (last | (last - 1)) & ~below;
}

size_t Emitter::accumulator_slot(const Reduction& r) const {
  size_t slot = this->slot(outer_depths(r));
  for (size_t d = 0; d < open_.size(); ++d) {
    // The tail of an unrolled loop continues the first copy's accumulator.
    if (own_depths(r) >> d & 1) slot = slot * idx(loop(open_[d].loop).unroll) + idx(copy_[d]);
  }
  return slot;
}

size_t Emitter::own_copies(const Reduction& r) const {
  size_t copies = 1;
  for (LoopId l = r.last_loop; l != schedule::kNoLoop; l = loop(l).parent) {
    copies *= idx(loop(l).unroll);
    if (l == r.first_loop) break;
  }
  return copies;
}

bool Emitter::is_across(const Reduction& r) const {
  int depth = schedule::vector_depth(nest_, r.last_loop);
  return nest_.lanes > 1 && depth >= loop(r.first_loop).depth;
}

bool Emitter::is_vector(const Reduction& r) const {
  int depth = schedule::vector_depth(nest_, r.last_loop);
  return is_across(r) || (nest_.lanes > 1 && depth >= 0 && (outer_depths(r) >> depth & 1));
}

bool Emitter::sums_floats(ReductionId id) const {
  const Reduction& r = nest_.reductions[id];
  return r.reducer == Reducer::kSum && !r.scan && is_floating(dtype_of(r)) &&
         !is_half_width(dtype_of(r));
}

Value* Emitter::neutral(const Reduction& r) {
  DType dtype = dtype_of(r);
  llvm::Type* type = c_.scalar_type(is_half_width(dtype) ? DType::kFloat32 : dtype);
  bool least = r.reducer == Reducer::kMax || r.reducer == Reducer::kArgMax;
  bool most = r.reducer == Reducer::kMin || r.reducer == Reducer::kArgMin;
  Value* value = nullptr;
  if (type->isFloatingPointTy()) {
    double infinity = std::numeric_limits<double>::infinity();
    double number = r.reducer == Reducer::kProduct ? 1 : least ? -infinity : most ? infinity : 0;
    value = LaneBuilder::real(type, number);
    if (is_half_width(dtype)) value = narrow_half(c_, value, dtype);
  } else {
    unsigned bits = type->getScalarSizeInBits();
    bool is_signed = is_signed_integer(dtype);
    llvm::APInt number(bits, r.reducer == Reducer::kProduct || r.reducer == Reducer::kAnd ? 1 : 0);
    if (least && is_signed) number = llvm::APInt::getSignedMinValue(bits);
    if (most) {
      number = is_signed ? llvm::APInt::getSignedMaxValue(bits) : llvm::APInt::getMaxValue(bits);
    }
    value = llvm::ConstantInt::get(type, number);
  }
  return is_vector(r) ? c_.widen(value, nest_.lanes) : value;
}

Value* Emitter::combine(const Reduction& r, Value* a, Value* b) {
  DType dtype = dtype_of(r);
  if (!is_half_width(dtype)) return emit_function(c_, function_of(r.reducer), dtype, {a, b});
  Value* wide = emit_function(c_, function_of(r.reducer), DType::kFloat32,
                              {widen_half(c_, a, dtype), widen_half(c_, b, dtype)});
  return narrow_half(c_, wide, dtype);
}

// A later element replaces the best if it is better, or if it is NaN and the best is not.
// `tie_by_index`: combines parts of one sequence, in which the smaller index came first.
void Emitter::combine_arg(const Reduction& r, Value*& best, Value*& best_index, Value* value,
                          Value* index, bool tie_by_index) {
  DType dtype = dtype_of(r);
  auto wide = [&](Value* x) { return is_half_width(dtype) ? widen_half(c_, x, dtype) : x; };
  DType compared = is_half_width(dtype) ? DType::kFloat32 : dtype;
  Value *a = wide(best), *b = wide(value);
  bool largest = r.reducer == Reducer::kArgMax;
  Value* better = emit_function(c_, largest ? Fn::kLess : Fn::kGreater, compared, {a, b});
  Value* none = LaneBuilder::integer(index->getType(), kNone);
  Value* equal = nullptr;
  if (tie_by_index) equal = emit_function(c_, Fn::kEqual, compared, {a, b});
  if (is_floating(compared)) {
    Value *nan_a = c_.is_nan(a), *nan_b = c_.is_nan(b);
    better = c_.CreateAnd(c_.CreateOr(better, nan_b), c_.CreateNot(nan_a));
    if (equal) equal = c_.CreateOr(equal, c_.CreateAnd(nan_a, nan_b));
  }
  if (equal) {
    better = c_.CreateOr(better, c_.CreateAnd(equal, c_.CreateICmpSLT(index, best_index)));
    better = c_.CreateAnd(better, c_.CreateICmpNE(index, none));
  }
  better = c_.CreateOr(better, c_.CreateICmpEQ(best_index, none));
  best = c_.CreateSelect(better, value, best);
  best_index = c_.CreateSelect(better, index, best_index);
}

void Emitter::open_reduction(ReductionId id) {
  const Reduction& r = nest_.reductions[id];
  size_t copies = 1;
  for (size_t d = 0; d < open_.size(); ++d) {
    if (outer_depths(r) >> d & 1) copies *= idx(open_[d].copies);
  }
  copies *= own_copies(r);
  Accumulator& accumulator = accumulators_[id];
  accumulator.values.assign(copies, neutral(r));
  accumulator.indices.clear();
  if (is_arg(r)) {
    Value* none = LaneBuilder::integer(c_.getInt64Ty(), kNone);
    accumulator.indices.assign(copies, is_vector(r) ? c_.widen(none, nest_.lanes) : none);
  }
}

// Adds the body; a product by multiply_add, even if something else reads the rounded product.
Value* Emitter::combine_sum(const Reduction& r, Value* accumulator) {
  ValueId body = r.bodies[0];
  const schedule::Value& value = nest_.values[body];
  if (r.reducer != Reducer::kSum || !is_product(body)) {
    return combine(r, accumulator, widened(body));
  }
  return c_.multiply_add(widened(value.operands[0]), widened(value.operands[1]), accumulator);
}

void Emitter::emit_item(ReductionId id) {
  const Reduction& r = nest_.reductions[id];
  Accumulator& accumulator = accumulators_[id];
  lanes_ = is_vector(r) ? nest_.lanes : 1;
  for_each_copy(outer_depths(r) | own_depths(r), [&] {
    size_t slot = accumulator_slot(r);
    Value* before = accumulator.values[slot];
    Value*& value = accumulator.values[slot];
    Value* mask = is_across(r) ? lane_mask(nullptr) : nullptr;
    if (!is_arg(r)) {
      value = combine_sum(r, value);
    } else {
      Value*& index = accumulator.indices[slot];
      Value* index_before = index;
      combine_arg(r, value, index, widened(r.bodies[0]), widened(r.bodies[1]), false);
      if (mask) index = c_.CreateSelect(mask, index, index_before);
    }
    if (mask) value = c_.CreateSelect(mask, value, before);
  });
}

// Combines the lanes of an accumulator, in halves.
void Emitter::across_lanes(const Reduction& r, Value*& value, Value*& index) {
  for (int half = nest_.lanes / 2; half >= 1; half /= 2) {
    Value *low = c_.slice(value, 0, half), *high = c_.slice(value, half, half);
    if (index) {
      Value *low_index = c_.slice(index, 0, half), *high_index = c_.slice(index, half, half);
      combine_arg(r, low, low_index, high, high_index, true);
      index = low_index;
      value = low;
    } else {
      value = combine(r, low, high);
    }
  }
}

// Combines the copies of the reduction's own loops, then the lanes, to one result per copy of the
// loops around it.
void Emitter::close_reduction(ReductionId id) {
  const Reduction& r = nest_.reductions[id];
  Accumulator& accumulator = accumulators_[id];
  size_t own = own_copies(r);
  Accumulator closed;
  for (size_t first = 0; first < accumulator.values.size(); first += own) {
    std::vector<Value*> values(accumulator.values.begin() + static_cast<int64_t>(first),
                               accumulator.values.begin() + static_cast<int64_t>(first + own));
    std::vector<Value*> indices(own, nullptr);
    for (size_t k = 0; k < own && is_arg(r); ++k) indices[k] = accumulator.indices[first + k];
    for (size_t half = own / 2; half >= 1; half /= 2) {
      for (size_t k = 0; k < half; ++k) {
        if (indices[k]) {
          combine_arg(r, values[k], indices[k], values[k + half], indices[k + half], true);
        } else {
          values[k] = combine(r, values[k], values[k + half]);
        }
      }
    }
    if (is_across(r)) across_lanes(r, values[0], indices[0]);
    if (indices[0]) {
      Value* none = LaneBuilder::integer(indices[0]->getType(), kNone);
      Value* zero = LaneBuilder::integer(indices[0]->getType(), 0);
      closed.indices.push_back(
          c_.CreateSelect(c_.CreateICmpEQ(indices[0], none), zero, indices[0]));
    }
    closed.values.push_back(values[0]);
  }
  accumulator = std::move(closed);
}

}  // namespace mycel::codegen
