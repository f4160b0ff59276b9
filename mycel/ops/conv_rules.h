// What the three convolutions share: windows, channels and axis rules.
#pragma once

#include "mycel/ops/conv.h"
#include "mycel/ops/window.h"

namespace mycel {

template <class To, class From>
To same_window(const From& a) {
  To to;
  to.stride = a.stride;
  to.padding = a.padding;
  to.dilation = a.dilation;
  to.groups = a.groups;
  return to;
}

template <class A>
void window_attributes(Definition<A>& definition) {
  definition.attribute(&A::stride, "stride", "the distance of windows, down and right")
      .attribute(&A::padding, "padding", "zeros around the input: top, left, bottom, right")
      .attribute(&A::dilation, "dilation", "the distance of a window's elements")
      .attribute(&A::groups, "groups", "how many blocks the channels are split into");
}

// Raises unless the lists have their lengths and the numbers are positive.
template <class A>
void check_window_attributes(const ir::Call& call, const A& a) {
  bool good = a.stride.size() == 2 && a.padding.size() == 4 && a.dilation.size() == 2;
  for (int64_t s : a.stride) good = good && s > 0;
  for (int64_t p : a.padding) good = good && p >= 0;
  for (int64_t d : a.dilation) good = good && d > 0;
  if (!good || a.groups < 1) {
    call.fail(
        Code::kValue,
        "expects two strides and two dilations of at least 1, four paddings of at least 0 and "
        "groups of at least 1, got stride={}, padding={}, dilation={}, groups={}",
        to_string(a.stride), to_string(a.padding), to_string(a.dilation), a.groups);
  }
}

template <class A>
Dim output_size(const A& a, size_t axis, Dim size, Dim kernel) {
  return window_positions(size, kernel, a.stride[axis], a.padding[axis], a.padding[axis + 2],
                          a.dilation[axis]);
}

template <class A>
bool is_padded(const A& a, size_t axis) {
  return a.padding[axis] != 0 || a.padding[axis + 2] != 0;
}

// The first of the `per_group` channels of the group that `channel` of `channels` belongs to, plus
// `within`.
te::Expr group_channel(const te::Axis& channel, Dim channels, int64_t groups, Dim per_group,
                       const te::Axis& within);

// An axis of a convolution by the dims of operands and result that run along it.
ir::Axis conv_axis(ir::AxisKind kind, Dim extent, std::vector<int> operands, int result);
// A channel axis: of its own kind without groups, else whole.
ir::Axis channel_axis(ir::AxisKind kind, Dim extent, std::vector<int> operands, int result,
                      int64_t groups);

// 2 * the number of multiplications of a convolution with this output and weight.
ir::Cost conv_cost(const Dims& output, const Dims& weight);

}  // namespace mycel
