// Lowers the constants of formulas: into the code, or to arguments of it.
#pragma once

#include <map>
#include <utility>

#include "mycel/codegen/loop_nest/nest_builder.h"

namespace mycel::codegen::schedule {

class Constants {
 public:
  explicit Constants(NestBuilder& draft) : draft_(draft) {}

  // The value of a constant. Constants that algorithms are made of (0, 1, 2, 0.5) stay in the code;
  // others are arguments, so that all learning rates share a kernel signature.
  ValueId value(const te::Node& constant);

 private:
  NestBuilder& draft_;
  std::map<std::pair<DType, int64_t>, ArgumentId> arguments_;
};

}  // namespace mycel::codegen::schedule
