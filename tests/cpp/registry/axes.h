// Iterates over the axes of every operation.
#pragma once

#include "mycel/define/axis_rule.h"
#include "tests/cpp/registry/cases.h"

namespace mycel {

te::AxisRule axes_of(const Case& c);
// One dtype is enough: axes do not depend on it.
bool in_float64(DType dtype);
void for_each_axis(const std::function<void(const Case&, const te::RuleAxis&)>& visit);
// "conv2d: 2 -1 -1 -> 2": the same axis in all samples of an operation.
std::string key_of(const Case& c, const te::RuleAxis& axis);

}  // namespace mycel
