// The axis rules of operations: which dims may be split, and how parts are put together.
#pragma once

#include "mycel/ir/op_def.h"
#include "mycel/te/axis_rule.h"

namespace mycel {

// The rule of a call: what its definition states (`axes`), else what its formula says, else what
// the operations of its body say together. Of control flow every dim is whole.
te::AxisRule axis_rule(const ir::Call& call);

}  // namespace mycel
