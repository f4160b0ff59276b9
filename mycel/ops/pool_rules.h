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

// The shape of the gradient of an input whose last dims are `size`. Operand 0 is the gradient of
// the pooled result; raises ValueError if the two do not fit.
Dims pool_gradient_dims(const ir::Call& call, const PoolWindow& window, const Dims& size);

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

// Declares the last attributes of a window: the distance of its elements, where pooling has one,
// and ceil_mode.
template <class A>
void last_window_attributes(Definition<A>& definition, bool dilated) {
  if constexpr (requires { &A::dilation; }) {
    constexpr const char* kDoc = "the distance of a window's elements";
    if (dilated) definition.per_spatial_dim(&A::dilation, "dilation", kDoc);
  }
  definition.attribute(&A::ceil_mode, "ceil_mode", "whether a last window may be incomplete");
}

// Declares the attributes of a PoolWindow for an operation that has them among others.
template <class A>
void pool_attributes(Definition<A>& definition, bool dilated) {
  definition.fixes_dims()
      .per_spatial_dim(&A::kernel, "kernel", "height and width of the window")
      .per_spatial_dim(&A::stride, "stride", "the distance of windows, down and right")
      .per_spatial_dim(&A::padding, "padding",
                       "how far windows reach beyond the input, on both sides")
      .layout(ir::LayoutRule::kChannelsLast)
      .internal();
  last_window_attributes(definition, dilated);
}

// Declares the options of a pooling function: those that `resolve_window` takes.
template <class A>
Definition<A>& pool_options(Definition<A>& definition, std::string padding_doc) {
  definition.per_spatial_dim(&A::kernel_size, "kernel_size", "height and width of the window")
      .required({"kernel_size"})
      .per_spatial_dim(&A::stride, "stride", "the distance of windows; the kernel's size if None")
      .per_spatial_dim(&A::padding, "padding", std::move(padding_doc))
      .only_functional();
  last_window_attributes(definition, true);
  return definition;
}

}  // namespace mycel
