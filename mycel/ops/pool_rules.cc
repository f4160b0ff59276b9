#include "mycel/ops/pool_rules.h"

#include "mycel/te/functions.h"

namespace mycel {

PoolWindow resolve_window(std::string_view op, const Ints& kernel,
                          const std::optional<Ints>& stride, const Ints& padding,
                          const Ints& dilation, bool ceil_mode) {
  PoolWindow window;
  window.kernel = pair_of(kernel, op, "kernel_size");
  window.stride = stride && !stride->empty() ? pair_of(*stride, op, "stride") : window.kernel;
  window.padding = pair_of(padding, op, "padding", 0);
  window.dilation = pair_of(dilation, op, "dilation");
  window.ceil_mode = ceil_mode;
  for (size_t d = 0; d < 2; ++d) {
    if (2 * window.padding[d] > window.dilation[d] * (window.kernel[d] - 1) + 1) {
      fail(Code::kValue,
           "[{}] expects padding of at most half the kernel, got padding={} and "
           "kernel_size={}",
           op, to_string(window.padding), to_string(window.kernel));
    }
  }
  return window;
}

Dim pool_positions(const PoolWindow& window, size_t axis, Dim size) {
  int64_t pad = window.padding[axis], stride = window.stride[axis];
  if (!window.ceil_mode) {
    return window_positions(size, window.kernel[axis], stride, pad, pad, window.dilation[axis]);
  }
  Dim room = size + Dim(2 * pad) - Dim((window.kernel[axis] - 1) * window.dilation[axis]) - 1;
  // The last window starts before size + pad.
  return min(ceildiv(room, stride) + 1, ceildiv(size + Dim(pad), stride));
}

Dims pooled_dims(const ir::Call& call, const PoolWindow& window) {
  const ir::Type& x = call.type(0);
  if (x.rank() != 4 || window.kernel.size() != 2 || window.stride.size() != 2 ||
      window.padding.size() != 2 || window.dilation.size() != 2) {
    call.fail(Code::kValue, "expects input (N, C, H, W) and pairs of numbers, got {}",
              ir::to_string(x));
  }
  Dims out{x.dim(0), x.dim(1), pool_positions(window, 0, x.dim(2)),
           pool_positions(window, 1, x.dim(3))};
  for (size_t d = 2; d < 4; ++d) {
    if (out[d].is_constant() && out[d].value() < 1) {
      call.fail(Code::kValue,
                "expects a window that fits into the padded input, got input {}, kernel_size={}, "
                "padding={}",
                ir::to_string(x), to_string(window.kernel), to_string(window.padding));
    }
  }
  return out;
}

ir::AxisRule pool_axes(const ir::Call& call, const Dims& out, size_t num_results) {
  ir::AxisRule rule;
  for (int d = 0; d < 4; ++d) {
    ir::Axis axis;
    axis.kind = d < 2 ? ir::AxisKind::kParallel : ir::AxisKind::kHalo;
    axis.extent = out[static_cast<size_t>(d)];
    axis.operand_dims.assign(call.num_operands, d);
    axis.result_dims.assign(num_results, d);
    rule.axes.push_back(std::move(axis));
  }
  return rule;
}

PoolElement pool_element(const PoolWindow& window, const std::vector<te::Axis>& out,
                         const te::Axis& kh, const te::Axis& kw, Dim height, Dim width) {
  auto padded = [&](size_t axis) { return window.padding[axis] != 0 || window.ceil_mode; };
  return {window_element(out[2], kh, height, window.stride[0], window.padding[0], padded(0),
                         window.dilation[0]),
          window_element(out[3], kw, width, window.stride[1], window.padding[1], padded(1),
                         window.dilation[1])};
}

PoolElement pool_position(const PoolWindow& window, const std::vector<te::Axis>& in,
                          const te::Axis& kh, const te::Axis& kw, Dim rows, Dim columns) {
  return {
      window_position(in[2], kh, rows, window.stride[0], window.padding[0], window.dilation[0]),
      window_position(in[3], kw, columns, window.stride[1], window.padding[1], window.dilation[1])};
}

}  // namespace mycel
