// Cost classes of scalar functions, common to all cost estimates.
#pragma once

#include "mycel/te/expr.h"

namespace mycel::codegen::schedule {

enum class FunctionCost { kSimple, kDivision, kTranscendental };

inline FunctionCost cost_of_function(te::Fn fn) {
  switch (fn) {
    case te::Fn::kPow:
    case te::Fn::kSin:
    case te::Fn::kCos:
    case te::Fn::kAsin:
    case te::Fn::kAcos:
    case te::Fn::kAtan:
    case te::Fn::kAtan2:
    case te::Fn::kErf:
    case te::Fn::kErfc:
    case te::Fn::kExp2:
    case te::Fn::kLog2:
    case te::Fn::kLog10:
    case te::Fn::kExp:
    case te::Fn::kLog:
    case te::Fn::kLog1p:
    case te::Fn::kExpm1:
    case te::Fn::kTanh:
    case te::Fn::kSigmoid:
      return FunctionCost::kTranscendental;
    case te::Fn::kDiv:
    case te::Fn::kSqrt:
    case te::Fn::kRsqrt:
    case te::Fn::kFloorDiv:
    case te::Fn::kRem:
      return FunctionCost::kDivision;
    default:
      return FunctionCost::kSimple;
  }
}

}  // namespace mycel::codegen::schedule
