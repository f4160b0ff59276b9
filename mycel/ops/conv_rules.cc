#include "mycel/ops/conv_rules.h"

#include "mycel/te/functions.h"

namespace mycel {

te::Expr group_channel(const te::Axis& channel, Dim channels, int64_t groups, Dim per_group,
                       const te::Axis& within) {
  if (groups == 1) return te::index(within);
  te::Expr group = te::floordiv(te::index(channel), te::extent(floordiv(channels, groups)));
  return group * te::extent(per_group) + te::index(within);
}

ir::Axis conv_axis(ir::AxisKind kind, Dim extent, std::vector<int> operands, int result) {
  ir::Axis axis;
  axis.kind = kind;
  axis.extent = extent;
  axis.operand_dims = std::move(operands);
  axis.result_dims = {result};
  if (kind == ir::AxisKind::kReduced) axis.combine = ir::Combine::kSum;
  return axis;
}

ir::Axis channel_axis(ir::AxisKind kind, Dim extent, std::vector<int> operands, int result,
                      int64_t groups) {
  ir::Axis axis =
      conv_axis(groups == 1 ? kind : ir::AxisKind::kWhole, extent, std::move(operands), result);
  if (groups != 1) axis.reason = "channels split by whole groups only";
  return axis;
}

ir::Cost conv_cost(const Dims& output, const Dims& weight) {
  ir::Cost cost{2, 0};
  auto times = [&](Dim dim) {
    if (dim.is_constant()) cost.flops *= static_cast<double>(dim.value());
  };
  for (Dim dim : output) times(dim);
  for (size_t d = 1; d < weight.size(); ++d) times(weight[d]);
  return cost;
}

}  // namespace mycel
