#include "mycel/codegen/llvm/lane_builder.h"

namespace mycel::codegen {

llvm::Type* LaneBuilder::scalar_type(DType dtype) {
  switch (dtype) {
    case DType::kBool:
      return getInt1Ty();
    case DType::kFloat32:
      return getFloatTy();
    case DType::kFloat64:
      return getDoubleTy();
    default:
      return getIntNTy(static_cast<unsigned>(info(dtype).bits));
  }
}

llvm::Type* LaneBuilder::memory_type(DType dtype) {
  return dtype == DType::kBool ? getInt8Ty() : scalar_type(dtype);
}

llvm::Type* LaneBuilder::with_lanes(llvm::Type* scalar, int lanes) {
  return lanes == 1 ? scalar : llvm::FixedVectorType::get(scalar, static_cast<unsigned>(lanes));
}

int LaneBuilder::lanes(llvm::Type* type) {
  auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
  return vector ? static_cast<int>(vector->getNumElements()) : 1;
}

llvm::Type* LaneBuilder::integer_like(llvm::Type* type) {
  return with_lanes(getIntNTy(type->getScalarSizeInBits()), lanes(type));
}

llvm::Value* LaneBuilder::widen(llvm::Value* x, int lanes) {
  if (lanes == 1 || x->getType()->isVectorTy()) return x;
  return CreateVectorSplat(static_cast<unsigned>(lanes), x);
}

llvm::Constant* LaneBuilder::real(llvm::Type* type, double value) {
  return llvm::ConstantFP::get(type, value);
}

llvm::Constant* LaneBuilder::integer(llvm::Type* type, int64_t value) {
  return llvm::ConstantInt::get(type, static_cast<uint64_t>(value), true);
}

llvm::Value* LaneBuilder::iota(llvm::Type* element, int lanes) {
  std::vector<llvm::Constant*> values;
  for (int i = 0; i < lanes; ++i) values.push_back(integer(element, i));
  return lanes == 1 ? values[0] : llvm::ConstantVector::get(values);
}

llvm::Value* LaneBuilder::slice(llvm::Value* x, int first, int count) {
  if (lanes(x) == 1) return widen(x, count);
  if (count == 1) return lane(x, first);
  std::vector<int> mask;
  for (int i = 0; i < count; ++i) mask.push_back(std::min(first + i, lanes(x) - 1));
  return CreateShuffleVector(x, mask);
}

llvm::Value* LaneBuilder::concatenate(llvm::ArrayRef<llvm::Value*> parts) {
  std::vector<llvm::Value*> level(parts.begin(), parts.end());
  while (level.size() > 1) {
    std::vector<llvm::Value*> next;
    for (size_t i = 0; i < level.size(); i += 2) {
      int count = lanes(level[i]);
      std::vector<int> mask;
      for (int k = 0; k < 2 * count; ++k) mask.push_back(k);
      next.push_back(CreateShuffleVector(level[i], level[i + 1], mask));
    }
    level = std::move(next);
  }
  return level[0];
}

llvm::Value* LaneBuilder::lane(llvm::Value* x, int i) {
  return lanes(x) == 1 ? x : CreateExtractElement(x, static_cast<uint64_t>(i));
}

llvm::Value* LaneBuilder::multiply_add(llvm::Value* a, llvm::Value* b, llvm::Value* c) {
  if (!cpu_.fma) return CreateFAdd(CreateFMul(a, b), c);
  return CreateIntrinsic(llvm::Intrinsic::fma, {a->getType()}, {a, b, c});
}

llvm::Value* LaneBuilder::copy_sign(llvm::Value* magnitude, llvm::Value* sign) {
  return CreateBinaryIntrinsic(llvm::Intrinsic::copysign, magnitude, sign);
}

llvm::Value* LaneBuilder::round_even(llvm::Value* x) {
  return unary(llvm::Intrinsic::nearbyint, x);
}

llvm::Value* LaneBuilder::any(llvm::Value* x) {
  int count = lanes(x);
  if (count == 1) return x;
  llvm::Value* bits = CreateBitCast(x, getIntNTy(static_cast<unsigned>(count)));
  return CreateICmpNE(bits, integer(bits->getType(), 0));
}

}  // namespace mycel::codegen
