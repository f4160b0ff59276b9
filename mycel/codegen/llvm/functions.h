// Emits the scalar functions of formulas on lanes; te/expr.h defines their results.
#pragma once

#include "mycel/codegen/llvm/lane_builder.h"
#include "mycel/te/expr.h"

namespace mycel::codegen {

// Applies fn to operands of `dtype` (of a select: its branches) with equal numbers of lanes.
llvm::Value* emit_function(LaneBuilder& c, te::Fn fn, DType dtype,
                           llvm::ArrayRef<llvm::Value*> operands);
llvm::Value* emit_cast(LaneBuilder& c, llvm::Value* x, DType from, DType to);

// The parts of emit_function, by dtype.
llvm::Value* emit_float(LaneBuilder& c, te::Fn fn, llvm::ArrayRef<llvm::Value*> operands);
llvm::Value* emit_integer(LaneBuilder& c, te::Fn fn, DType dtype,
                          llvm::ArrayRef<llvm::Value*> operands);

// Conversions of 16-bit floats, with the same bits as those of core/float16.h.
llvm::Value* widen_half(LaneBuilder& c, llvm::Value* bits, DType dtype);  // to float32
llvm::Value* narrow_half(LaneBuilder& c, llvm::Value* x, DType dtype);    // from float32

// Convert between memory and registers: bool is a byte in memory.
llvm::Value* from_memory(LaneBuilder& c, llvm::Value* x, DType dtype);
llvm::Value* to_memory(LaneBuilder& c, llvm::Value* x, DType dtype);

}  // namespace mycel::codegen
