// Iterates over the axes that definitions declare.
#pragma once

#include "tests/cpp/registry/cases.h"

namespace mycel {

ir::AxisRule axes_of(const Case& c);
// One dtype is enough: axes do not depend on it.
bool in_float64(DType dtype);
void for_each_axis(const std::function<void(const Case&, const ir::Axis&)>& visit);
// "conv2d: 2 -1 -1 -> 2": the same axis in all samples of an operation.
std::string key_of(const Case& c, const ir::Axis& axis);

// The attributes with the entry that holds the axis's extent set to that of a part.
ir::Attributes part_attributes(const Case& c, const ir::Axis& axis, int64_t extent);

}  // namespace mycel
