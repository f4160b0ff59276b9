// Emits addresses, loads, stores and index checks.
#include "mycel/codegen/llvm/emitter.h"
#include "mycel/codegen/llvm/functions.h"
#include "mycel/codegen/llvm/kernel_abi.h"

namespace mycel::codegen {

using llvm::Value;
using Kind = schedule::Value::Kind;

Emitter::Address Emitter::base_address(const schedule::Value& value) {
  Value* pointer = nullptr;
  if (value.buffer == schedule::Value::kScratch) {
    Value* field = advance(call_, c_.getInt64(offsetof(NestCall, scratch)));
    pointer = c_.CreateLoad(c_.getPtrTy(), field);
  } else {
    Value* field = advance(call_, c_.getInt64(offsetof(NestCall, buffers)));
    Value* buffers = c_.CreateLoad(c_.getPtrTy(), field);
    Value* number = argument(value.buffer, DType::kInt64);
    pointer = c_.CreateLoad(c_.getPtrTy(), c_.CreateGEP(c_.getPtrTy(), buffers, number));
  }
  return {advance(pointer, argument(value.argument, DType::kInt64)), nullptr, false};
}

Emitter::Address Emitter::offset_address(const schedule::Value& value) {
  const schedule::Value& from = nest_.values[value.operands[0]];
  const schedule::Value& index = nest_.values[value.operands[1]];
  Address address = addresses_[value.operands[0]][slot(from.depths)];
  bool unit = value.argument == schedule::Value::kUnit;
  llvm::Type* element = c_.memory_type(value.dtype);
  Value* size = c_.getInt64(static_cast<uint64_t>(byte_size(value.dtype)));
  Value* stride = unit ? size : argument(value.argument, DType::kInt64);
  auto move = [&](Value* steps) {
    address.pointer = unit ? c_.CreateGEP(element, address.pointer, steps)
                           : advance(address.pointer, c_.CreateMul(steps, stride));
  };
  if (!varies(index)) {
    move(operand(value.operands[1]));
    return address;
  }
  Value* steps = nullptr;  // of each lane
  if (index.kind == Kind::kIndex) {
    move(first_lane(index));
    if (unit && !address.lanes) {
      address.contiguous = true;
      return address;
    }
    steps = c_.iota(c_.getInt64Ty(), nest_.lanes);
  } else {
    steps = operand(value.operands[1]);
  }
  Value* lanes = c_.CreateMul(steps, c_.widen(stride, nest_.lanes));
  if (address.contiguous) {
    Value* elements = c_.iota(c_.getInt64Ty(), nest_.lanes);
    lanes = c_.CreateAdd(lanes, c_.CreateMul(elements, c_.widen(size, nest_.lanes)));
    address.contiguous = false;
  }
  address.lanes = address.lanes ? c_.CreateAdd(address.lanes, lanes) : lanes;
  return address;
}

Value* Emitter::all_lanes() {
  return llvm::Constant::getAllOnesValue(LaneBuilder::with_lanes(c_.getInt1Ty(), nest_.lanes));
}

llvm::Align Emitter::align_of(llvm::Type* element) const {
  return llvm::Align(element->getScalarSizeInBits() / 8);
}

Value* Emitter::lane_mask(Value* predicate) {
  if (predicate) predicate = c_.widen(predicate, nest_.lanes);
  for (const Open& open : open_) {
    if (!open.mask) continue;
    return predicate ? c_.CreateAnd(predicate, open.mask) : open.mask;
  }
  return predicate;
}

Value* Emitter::pointers(const Address& address) {
  return c_.CreateGEP(c_.getInt8Ty(), address.pointer, address.lanes);
}

// --- loads ---

Value* Emitter::load(const schedule::Value& value) {
  const schedule::Value& source = nest_.values[value.operands[0]];
  const Address& address = addresses_[value.operands[0]][slot(source.depths)];
  Value* predicate = value.operands.size() > 1 ? operand(value.operands[1]) : nullptr;
  llvm::Type* type = c_.memory_type(value.dtype);
  bool many = address.contiguous || address.lanes;
  Value* x = many ? load_lanes(type, address, predicate) : load_single(type, address, predicate);
  return from_memory(c_, x, value.dtype);
}

// Loads one element for all lanes. If the predicate is false, it reads zeros from the stack.
Value* Emitter::load_single(llvm::Type* type, const Address& address, Value* predicate) {
  if (!predicate) return c_.CreateAlignedLoad(type, address.pointer, align_of(type));
  if (!zeros_) {
    llvm::IRBuilderBase::InsertPointGuard guard(c_);
    c_.SetInsertPoint(entry_, entry_->begin());
    zeros_ = c_.CreateAlloca(c_.getInt64Ty());
    c_.CreateStore(c_.getInt64(0), zeros_);
  }
  bool several = LaneBuilder::lanes(predicate) > 1;
  Value* wanted = several ? c_.any(lane_mask(predicate)) : predicate;
  Value* pointer = c_.CreateSelect(wanted, address.pointer, zeros_);
  Value* x = c_.CreateAlignedLoad(type, pointer, align_of(type));
  if (!several) return x;
  x = c_.widen(x, nest_.lanes);
  return c_.CreateSelect(predicate, x, llvm::Constant::getNullValue(x->getType()));
}

Value* Emitter::load_lanes(llvm::Type* type, const Address& address, Value* predicate) {
  llvm::Type* vector = LaneBuilder::with_lanes(type, nest_.lanes);
  Value* mask = lane_mask(predicate);
  Value* zero = llvm::Constant::getNullValue(vector);
  if (address.lanes) {
    return c_.CreateMaskedGather(vector, pointers(address), align_of(type),
                                 mask ? mask : all_lanes(), zero);
  }
  if (mask) return c_.CreateMaskedLoad(vector, address.pointer, align_of(type), mask, zero);
  return c_.CreateAlignedLoad(vector, address.pointer, align_of(type));
}

// --- indices read from data ---

Value* Emitter::check(const schedule::Value& value) {
  Value* index = widened(value.operands[0]);
  Value* extent = argument(value.argument, DType::kInt64);
  Value* inside = c_.CreateICmpULT(index, c_.widen(extent, lanes_));
  Value* relevant = value.operands.size() > 1 ? widened(value.operands[1]) : nullptr;
  Value* bad = c_.CreateNot(inside);
  if (lanes_ > 1) {
    if (Value* mask = lane_mask(relevant)) bad = c_.CreateAnd(bad, mask);
  } else if (relevant) {
    bad = c_.CreateAnd(bad, relevant);
  }
  report(bad, index, extent);
  return relevant ? c_.CreateAnd(inside, relevant) : inside;
}

// Stores the first bad lane's index in the call's error, off the hot path.
void Emitter::report(Value* bad, Value* index, Value* extent) {
  llvm::Function* function = c_.GetInsertBlock()->getParent();
  auto* cold = llvm::BasicBlock::Create(c_.getContext(), "out_of_range", function);
  auto* usual = llvm::BasicBlock::Create(c_.getContext(), "in_range", function);
  c_.CreateCondBr(c_.any(bad), cold, usual);
  c_.SetInsertPoint(cold);
  if (LaneBuilder::lanes(bad) > 1) {
    Value* bits =
        c_.CreateBitCast(bad, c_.getIntNTy(static_cast<unsigned>(LaneBuilder::lanes(bad))));
    Value* first =
        c_.CreateIntrinsic(llvm::Intrinsic::cttz, {bits->getType()}, {bits, c_.getInt1(true)});
    index = c_.CreateExtractElement(index, first);
  }
  Value* error =
      c_.CreateLoad(c_.getPtrTy(), advance(call_, c_.getInt64(offsetof(NestCall, error))));
  auto set = [&](size_t field, Value* x) { c_.CreateStore(x, advance(error, c_.getInt64(field))); };
  set(offsetof(IndexError, index), index);
  set(offsetof(IndexError, extent), extent);
  set(offsetof(IndexError, found), c_.getInt64(1));
  c_.CreateBr(usual);
  c_.SetInsertPoint(usual);
}

// --- stores ---

void Emitter::emit_item(StoreId id) {
  const schedule::Store& store = nest_.stores[id];
  const schedule::Value& target = nest_.values[store.address];
  const schedule::Value& source = nest_.values[store.value];
  for_each_copy(target.depths | source.depths, [&] {
    const Address& address = addresses_[store.address][slot(target.depths)];
    Value* x = operand(store.value);
    bool many = address.contiguous || address.lanes;
    if (many) x = c_.widen(x, nest_.lanes);
    x = to_memory(c_, x, store.dtype);
    llvm::Align align = align_of(x->getType());
    if (!many) {
      c_.CreateAlignedStore(c_.lane(x, 0), address.pointer, align);
      return;
    }
    Value* mask = lane_mask(nullptr);
    if (address.lanes) {
      c_.CreateMaskedScatter(x, pointers(address), align, mask ? mask : all_lanes());
    } else if (mask) {
      c_.CreateMaskedStore(x, address.pointer, align, mask);
    } else {
      c_.CreateAlignedStore(x, address.pointer, align);
    }
  });
}

}  // namespace mycel::codegen
