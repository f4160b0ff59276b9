// Rules of the three convolutions: windows, channels and axes.
#pragma once

#include "mycel/ops/conv.h"
#include "mycel/ops/window.h"

namespace mycel {

// Declares the attributes of a convolution or of a function that takes the same.
template <class A>
Definition<A>& window_attributes(
    Definition<A>& definition,
    std::string padding_doc = "zeros around the input: top, left, bottom, right") {
  return definition.per_spatial_dim(&A::stride, "stride", "the distance of windows")
      .per_spatial_dim(&A::padding, "padding", std::move(padding_doc))
      .per_spatial_dim(&A::dilation, "dilation", "the distance of a window's elements")
      .groups(&A::groups, "groups", "how many blocks the channels are split into");
}

// Raises unless the lists have their lengths and the numbers are in range.
void check_window_attributes(const ir::Call& call, const ConvWindow& a);

// Height and width of images or of a weight.
inline Dims size_of(const Tensor& x) { return {x.dim(2), x.dim(3)}; }

Dim output_size(const ConvWindow& a, size_t axis, Dim size, Dim kernel);

bool is_padded(const ConvWindow& a, size_t axis);

// The first of the `per_group` channels of the group that contains `channel` (of `channels`), plus
// `within`.
te::Expr group_channel(const te::Axis& channel, Dim channels, int64_t groups, Dim per_group,
                       const te::Axis& within);

// 2 * the number of multiplications of a convolution with this output and weight.
ir::Cost conv_cost(const Dims& output, const Dims& weight);

}  // namespace mycel
