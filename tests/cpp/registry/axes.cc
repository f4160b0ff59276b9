#include "tests/cpp/registry/axes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace mycel {

te::AxisRule axes_of(const Case& c) {
  ir::Types types = c.operand_types();
  return axis_rule({c.op, types.data(), types.size(), &c.attributes});
}

bool in_float64(DType dtype) { return dtype == DType::kFloat64; }

void for_each_axis(const std::function<void(const Case&, const te::RuleAxis&)>& visit) {
  for_each_case(operations(), in_float64, [&](const Case& c) {
    for (const te::RuleAxis& axis : axes_of(c).axes) {
      ASSERT_EQ(axis.input_dims.size(), c.sample->inputs.size());
      ASSERT_EQ(axis.output_dims.size(), c.op->results.size());
      SCOPED_TRACE(key_of(c, axis));
      visit(c, axis);
    }
  });
}

std::string key_of(const Case& c, const te::RuleAxis& axis) {
  return fmt::format("{}: {} -> {}", c.op->name, fmt::join(axis.input_dims, " "),
                     fmt::join(axis.output_dims, " "));
}

}  // namespace mycel
