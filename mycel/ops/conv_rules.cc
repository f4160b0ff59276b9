#include "mycel/ops/conv_rules.h"

#include "mycel/te/functions.h"

namespace mycel {

void check_window_attributes(const ir::Call& call, const ConvWindow& a) {
  bool good = a.stride.size() == 2 && a.padding.size() == 4 && a.dilation.size() == 2;
  for (int64_t s : a.stride) good = good && s > 0;
  for (int64_t p : a.padding) good = good && p >= 0;
  for (int64_t d : a.dilation) good = good && d > 0;
  if (!good || a.groups < 1) {
    call.fail(
        Code::kValue,
        "expects two strides and two dilations of at least 1, four paddings of at least 0 and "
        "groups of at least 1, got stride={}, padding={}, dilation={}, groups={}",
        a.stride, a.padding, a.dilation, a.groups);
  }
}

Dim output_size(const ConvWindow& a, size_t axis, Dim size, Dim kernel) {
  return window_positions(size, kernel, a.stride[axis], a.padding[axis], a.padding[axis + 2],
                          a.dilation[axis]);
}

bool is_padded(const ConvWindow& a, size_t axis) {
  return a.padding[axis] != 0 || a.padding[axis + 2] != 0;
}

te::Expr group_channel(const te::Axis& channel, Dim channels, int64_t groups, Dim per_group,
                       const te::Axis& within) {
  if (groups == 1) return te::index(within);
  te::Expr group = te::floordiv(te::index(channel), te::extent(floordiv(channels, groups)));
  return group * te::extent(per_group) + te::index(within);
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
