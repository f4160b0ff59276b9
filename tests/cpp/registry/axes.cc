#include "tests/cpp/registry/axes.h"

#include <gtest/gtest.h>

namespace mycel {

ir::AxisRule axes_of(const Case& c) {
  ir::Types types = c.operand_types();
  return c.op->axes({c.op, types.data(), types.size(), &c.sample->attributes});
}

bool in_float64(DType dtype) { return dtype == DType::kFloat64; }

void for_each_axis(const std::function<void(const Case&, const ir::Axis&)>& visit) {
  for_each_case(operations(), in_float64, [&](const Case& c) {
    for (const ir::Axis& axis : axes_of(c).axes) {
      ASSERT_EQ(axis.operand_dims.size(), c.sample->inputs.size());
      ASSERT_EQ(axis.result_dims.size(), c.op->results.size());
      SCOPED_TRACE(key_of(c, axis));
      visit(c, axis);
    }
  });
}

std::string key_of(const Case& c, const ir::Axis& axis) {
  return fmt::format("{}: {} -> {}", c.op->name, fmt::join(axis.operand_dims, " "),
                     fmt::join(axis.result_dims, " "));
}

ir::Attributes part_attributes(const Case& c, const ir::Axis& axis, int64_t extent) {
  const ir::Attributes& all = c.sample->attributes;
  if (axis.attribute.empty()) return all;
  ir::Attribute value = all.get(axis.attribute);
  auto at = static_cast<size_t>(axis.attribute_index);
  if (auto* dims = std::get_if<Dims>(&value))
    (*dims)[at] = extent;
  else
    std::get<Ints>(value)[at] = extent;
  return all.with(axis.attribute, value);
}

}  // namespace mycel
