// LLVM's IR builder for values that are scalars or vectors of lanes.
#pragma once

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include "mycel/codegen/llvm/target_cpu.h"
#include "mycel/core/dtype.h"

namespace mycel::codegen {

class LaneBuilder : public llvm::IRBuilder<> {
 public:
  LaneBuilder(llvm::Module& module, const TargetCpu& cpu)
      : llvm::IRBuilder<>(module.getContext()), module_(module), cpu_(cpu) {}

  llvm::Module& module() { return module_; }
  const TargetCpu& target_cpu() const { return cpu_; }

  // --- types ---

  // In registers: bool is i1, 16-bit floats are their bits.
  llvm::Type* scalar_type(DType dtype);
  // In memory: bool is a byte.
  llvm::Type* memory_type(DType dtype);
  static llvm::Type* with_lanes(llvm::Type* scalar, int lanes);
  static int lanes(llvm::Value* x) { return lanes(x->getType()); }
  static int lanes(llvm::Type* type);
  // The type with as many lanes as `like`.
  static llvm::Type* shaped(llvm::Type* scalar, llvm::Value* like) {
    return with_lanes(scalar, lanes(like));
  }
  // The integer type of the same width, with as many lanes.
  llvm::Type* integer_like(llvm::Type* type);

  // --- values ---

  llvm::Value* widen(llvm::Value* x, int lanes);  // repeats a scalar in all lanes; keeps a vector
  static llvm::Constant* real(llvm::Type* type, double value);
  static llvm::Constant* integer(llvm::Type* type, int64_t value);
  llvm::Value* iota(llvm::Type* element, int lanes);  // 0, 1, 2, ...
  // Lanes [first, first + count); lanes beyond the end repeat the last one.
  llvm::Value* slice(llvm::Value* x, int first, int count);
  llvm::Value* concatenate(llvm::ArrayRef<llvm::Value*> parts);  // of equal lanes
  llvm::Value* lane(llvm::Value* x, int i);                      // a scalar

  // --- arithmetic ---

  llvm::Value* multiply_add(llvm::Value* a, llvm::Value* b, llvm::Value* c);  // fused if possible
  llvm::Value* is_nan(llvm::Value* x) { return CreateFCmpUNO(x, x); }
  llvm::Value* absolute(llvm::Value* x) { return unary(llvm::Intrinsic::fabs, x); }
  llvm::Value* copy_sign(llvm::Value* magnitude, llvm::Value* sign);
  llvm::Value* unary(llvm::Intrinsic::ID id, llvm::Value* x) { return CreateUnaryIntrinsic(id, x); }
  // Rounds a float to an integral float, halves to even.
  llvm::Value* round_even(llvm::Value* x);
  // Whether any lane of a bool is set; a scalar.
  llvm::Value* any(llvm::Value* x);

 private:
  llvm::Module& module_;
  const TargetCpu& cpu_;
};

}  // namespace mycel::codegen
