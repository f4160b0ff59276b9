// Rules of the pooling operations: windows, types, axes and elements.
#pragma once

#include "mycel/ops/window.h"

namespace mycel {

// Attributes: one pair each; padding is the same on both sides.
struct PoolWindow {
  Ints kernel = {2, 2};
  Ints stride = {2, 2};
  Ints padding = {0, 0};
  Ints dilation = {1, 1};
  bool ceil_mode = false;
};

// Resolves the user-facing options; raises ValueError for a number that does not fit.
PoolWindow resolve_window(std::string_view op, const Ints& kernel,
                          const std::optional<Ints>& stride, const Ints& padding,
                          const Ints& dilation, bool ceil_mode);

// The number of windows along one of the two dims. With ceil_mode the last one may reach beyond the
// padded input, but starts inside it.
Dim pool_positions(const PoolWindow& window, size_t axis, Dim size);

// Infers the type of the gradient of an input whose last dims are `size`. Operand 0 is the gradient
// of the pooled result; raises ValueError if the two do not fit.
ir::Type pool_gradient_type(const ir::Call& call, const PoolWindow& window, const Dims& size);

// The shape of the result; raises ValueError for an input that is not (N, C, H, W) or too small.
Dims pooled_dims(const ir::Call& call, const PoolWindow& window);

// The element that window (row, column) reads at (kh, kw).
struct PoolElement {
  WindowElement row, column;
};
PoolElement pool_element(const PoolWindow& window, const std::vector<te::Axis>& out,
                         const te::Axis& kh, const te::Axis& kw, Dim height, Dim width);
// The window that reads element (in[2], in[3]) at (kh, kw).
PoolElement pool_position(const PoolWindow& window, const std::vector<te::Axis>& in,
                          const te::Axis& kh, const te::Axis& kw, Dim rows, Dim columns);

// Declares the attributes of a PoolWindow for an operation that has them among others.
template <class A>
void pool_attributes(Definition<A>& definition, bool dilated) {
  definition.fixes_dims()
      .per_spatial_dim(&A::kernel, "kernel", "height and width of the window")
      .per_spatial_dim(&A::stride, "stride", "the distance of windows, down and right")
      .per_spatial_dim(&A::padding, "padding",
                       "how far windows reach beyond the input, on both sides");
  if (dilated) {
    definition.per_spatial_dim(&A::dilation, "dilation", "the distance of a window's elements");
  }
  definition.attribute(&A::ceil_mode, "ceil_mode", "whether a last window may be incomplete");
}

}  // namespace mycel
