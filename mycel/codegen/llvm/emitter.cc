#include "mycel/codegen/llvm/emitter.h"

#include <bit>

#include "mycel/base/error.h"
#include "mycel/codegen/llvm/functions.h"
#include "mycel/codegen/llvm/kernel_abi.h"

namespace mycel::codegen {

using llvm::Value;
using Kind = schedule::Value::Kind;

void Emitter::emit(const std::string& name) {
  auto* type = llvm::FunctionType::get(c_.getVoidTy(), {c_.getPtrTy()}, false);
  auto* function = llvm::Function::Create(type, llvm::Function::ExternalLinkage, name, c_.module());
  function->addFnAttr(llvm::Attribute::NoUnwind);
  function->addFnAttr("target-cpu", c_.target_cpu().name);
  function->addFnAttr("target-features", c_.target_cpu().features);
  // Some CPUs' settings prefer narrower vectors than the nest has.
  std::string bits = std::to_string(c_.target_cpu().vector_bits);
  function->addFnAttr("prefer-vector-width", bits);
  function->addFnAttr("min-legal-vector-width", bits);
  call_ = function->getArg(0);
  entry_ = llvm::BasicBlock::Create(c_.getContext(), "entry", function);
  auto* body = llvm::BasicBlock::Create(c_.getContext(), "body", function);
  c_.SetInsertPoint(body);

  arguments_.resize(nest_.arguments.size());
  values_.resize(nest_.values.size());
  addresses_.resize(nest_.values.size());
  accumulators_.resize(nest_.reductions.size());
  emit_body({});
  c_.CreateRetVoid();
  c_.SetInsertPoint(entry_);
  c_.CreateBr(body);
}

void Emitter::emit_items(const std::vector<schedule::Item>& items) {
  for (const schedule::Item& item : items) {
    std::visit([&](auto id) { emit_item(id); }, item);
  }
}

// --- copies ---

size_t Emitter::slot(uint64_t depths) const {
  size_t slot = 0;
  for (size_t d = 0; d < open_.size(); ++d) {
    if (depths >> d & 1) slot = slot * idx(open_[d].copies) + idx(copy_[d]);
  }
  return slot;
}

void Emitter::for_each_copy(uint64_t depths, const std::function<void()>& body) {
  std::vector<size_t> several;
  for (size_t d = 0; d < open_.size(); ++d) {
    copy_[d] = 0;
    if ((depths >> d & 1) && open_[d].copies > 1) several.push_back(d);
  }
  while (true) {
    body();
    size_t i = several.size();
    while (i-- > 0) {
      if (++copy_[several[i]] < open_[several[i]].copies) break;
      copy_[several[i]] = 0;
      if (i == 0) return;
    }
    if (several.empty()) return;
  }
}

bool Emitter::varies(const schedule::Value& value) const {
  int depth = schedule::vector_depth(nest_, value.level);
  return nest_.lanes > 1 && depth >= 0 && (value.depths >> depth & 1);
}

// --- values ---

void Emitter::emit_item(ValueId id) {
  const schedule::Value& value = nest_.values[id];
  lanes_ = varies(value) ? nest_.lanes : 1;
  bool address = value.kind == Kind::kBase || value.kind == Kind::kOffset;
  std::vector<Value*> values;
  std::vector<Address> addresses;
  for_each_copy(value.depths, [&] {
    if (address)
      addresses.push_back(value.kind == Kind::kBase ? base_address(value) : offset_address(value));
    else
      values.push_back(make_value(value));
  });
  values_[id] = std::move(values);
  addresses_[id] = std::move(addresses);
}

Value* Emitter::make_value(const schedule::Value& value) {
  switch (value.kind) {
    case Kind::kConstant:
      return constant(value);
    case Kind::kArgument:
      return argument(value.argument, value.dtype);
    case Kind::kIndex:
      return index_of(value);
    case Kind::kChunk:
      return call_field(offsetof(NestCall, chunk));
    case Kind::kLoad:
      return load(value);
    case Kind::kCheck:
      return check(value);
    case Kind::kReduced:
    case Kind::kScanned: {
      const Accumulator& accumulator = accumulators_[value.reduction];
      const auto& list = value.result == 0 ? accumulator.values : accumulator.indices;
      return list[slot(value.depths)];
    }
    case Kind::kCall:
      break;
    default:
      fail_internal("code generator: an address is used as a value");
  }
  std::vector<Value*> operands;
  for (ValueId o : value.operands) operands.push_back(widened(o));
  DType from = nest_.values[value.operands.back()].dtype;
  if (value.fn == te::Fn::kCast) return emit_cast(c_, operands[0], from, value.dtype);
  if (value.fn == te::Fn::kBitcast) {
    return c_.CreateBitCast(operands[0],
                            LaneBuilder::with_lanes(c_.scalar_type(value.dtype), lanes_));
  }
  return emit_function(c_, value.fn, from, operands);
}

Value* Emitter::first_lane(const schedule::Value& index) {
  size_t depth = idx(loop(index.loop).depth);
  int64_t done = int64_t{copy_[depth]} * lanes_of(index.loop);
  return c_.CreateAdd(open_[depth].index, c_.getInt64(static_cast<uint64_t>(done)));
}

Value* Emitter::index_of(const schedule::Value& value) {
  int step = lanes_of(value.loop);
  Value* first = first_lane(value);
  if (step == 1) return first;
  return c_.CreateAdd(c_.widen(first, step), c_.iota(c_.getInt64Ty(), step));
}

Value* Emitter::constant(const schedule::Value& value) {
  llvm::Type* type = c_.scalar_type(value.dtype);
  if (is_half_width(value.dtype)) {
    Value* wide = LaneBuilder::real(c_.getFloatTy(), std::bit_cast<double>(value.bits));
    return narrow_half(c_, wide, value.dtype);
  }
  if (is_floating(value.dtype)) return LaneBuilder::real(type, std::bit_cast<double>(value.bits));
  return LaneBuilder::integer(type, value.bits);
}

// Loaded once, at the entry.
Value* Emitter::argument(ArgumentId id, DType dtype) {
  Value*& known = arguments_[id];
  if (known) return known;
  llvm::IRBuilderBase::InsertPointGuard guard(c_);
  c_.SetInsertPoint(entry_);
  Value* list = c_.CreateLoad(c_.getPtrTy(), advance(call_, c_.getInt64(0)));
  Value* address = advance(list, c_.getInt64(static_cast<uint64_t>(id) * 8));
  return known = from_memory(c_, c_.CreateLoad(c_.memory_type(dtype), address), dtype);
}

Value* Emitter::call_field(size_t field) {
  llvm::IRBuilderBase::InsertPointGuard guard(c_);
  c_.SetInsertPoint(entry_);
  return c_.CreateLoad(c_.getInt64Ty(), advance(call_, c_.getInt64(field)));
}

bool Emitter::is_product(ValueId value) const {
  const schedule::Value& v = nest_.values[value];
  bool wide = v.dtype == DType::kFloat32 || v.dtype == DType::kFloat64;
  return v.kind == Kind::kCall && v.fn == te::Fn::kMul && wide;
}

}  // namespace mycel::codegen
