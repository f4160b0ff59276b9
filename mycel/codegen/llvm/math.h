// Elementary functions on float32 lanes, as inline polynomials.
//
// The errors given here hold for all inputs, subnormals, infinities and NaN included
// (tests/cpp/codegen/math_test.cc).
#pragma once

#include "mycel/codegen/llvm/lane_builder.h"

namespace mycel::codegen::math {

// At most 2 ulp.
llvm::Value* exp(LaneBuilder& c, llvm::Value* x);
llvm::Value* expm1(LaneBuilder& c, llvm::Value* x);
llvm::Value* log(LaneBuilder& c, llvm::Value* x);
llvm::Value* tanh(LaneBuilder& c, llvm::Value* x);
llvm::Value* sigmoid(LaneBuilder& c, llvm::Value* x);
// At most 4 ulp.
llvm::Value* erf(LaneBuilder& c, llvm::Value* x);

}  // namespace mycel::codegen::math
