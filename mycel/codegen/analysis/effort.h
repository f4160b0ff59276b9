// How hard a scalar function is to compute: what the estimates of cost share.
#pragma once

#include "mycel/te/expr.h"

namespace mycel::codegen::schedule {

enum class Effort { kSimple, kDivision, kTranscendental };

inline Effort effort_of(te::Fn fn) {
  switch (fn) {
    case te::Fn::kPow:
    case te::Fn::kSin:
    case te::Fn::kCos:
    case te::Fn::kErf:
    case te::Fn::kExp:
    case te::Fn::kLog:
    case te::Fn::kLog1p:
    case te::Fn::kExpm1:
    case te::Fn::kTanh:
    case te::Fn::kSigmoid:
      return Effort::kTranscendental;
    case te::Fn::kDiv:
    case te::Fn::kSqrt:
    case te::Fn::kRsqrt:
    case te::Fn::kFloorDiv:
    case te::Fn::kRem:
      return Effort::kDivision;
    default:
      return Effort::kSimple;
  }
}

}  // namespace mycel::codegen::schedule
