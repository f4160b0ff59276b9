#include "mycel/ops/pool_rules.h"

#include <limits>

#include "mycel/te/functions.h"

namespace mycel {
namespace {

// A place in a window must fit an int32.
constexpr int64_t kMostElements = std::numeric_limits<int32_t>::max();

// Raises unless these are pairs of numbers that a window can have: a program parsed from text may
// hold others.
void check_window(const ir::Call& call, const PoolWindow& window) {
  auto is_pair = [](const Ints& numbers, int64_t least) {
    return numbers.size() == 2 && numbers[0] >= least && numbers[1] >= least;
  };
  bool good = is_pair(window.kernel, 1) && is_pair(window.stride, 1) &&
              is_pair(window.padding, 0) && is_pair(window.dilation, 1);
  if (good && window.kernel[0] <= kMostElements / window.kernel[1]) return;
  call.fail(Code::kValue,
            "expects pairs of numbers, a window of 1 to {} elements, strides and dilations of at "
            "least 1 and padding of at least 0, got kernel={}, stride={}, padding={}, dilation={}",
            kMostElements, window.kernel, window.stride, window.padding, window.dilation);
}

// The extent of a window along an axis, minus 1.
Dim reach(const PoolWindow& window, size_t axis) {
  return (Dim(window.kernel[axis]) - 1) * Dim(window.dilation[axis]);
}

}  // namespace

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
    if ((Dim(window.padding[d]) * 2).value() > reach(window, d).value() + 1) {
      fail(Code::kValue,
           "[{}] expects padding of at most half the kernel, got padding={} and "
           "kernel_size={}",
           op, window.padding, window.kernel);
    }
  }
  return window;
}

Dim pool_positions(const PoolWindow& window, size_t axis, Dim size) {
  int64_t pad = window.padding[axis], stride = window.stride[axis];
  if (!window.ceil_mode) {
    return window_positions(size, window.kernel[axis], stride, pad, pad, window.dilation[axis]);
  }
  Dim room = size + Dim(pad) * 2 - reach(window, axis) - 1;
  // The last window starts before size + pad.
  return min(ceildiv(room, stride) + 1, ceildiv(size + Dim(pad), stride));
}

Dims pooled_dims(const ir::Call& call, const PoolWindow& window) {
  check_window(call, window);
  const ir::Type& x = call.type(0);
  if (x.rank() != 4) {
    call.fail(Code::kValue, "expects input (N, C, H, W), got {}", x);
  }
  Dims out{x.dim(0), x.dim(1), pool_positions(window, 0, x.dim(2)),
           pool_positions(window, 1, x.dim(3))};
  for (size_t d = 2; d < 4; ++d) {
    if (out[d].is_constant() && out[d].value() < 1) {
      call.fail(Code::kValue,
                "expects a window that fits into the padded input, got input {}, kernel_size={}, "
                "padding={}",
                x, window.kernel, window.padding);
    }
  }
  return out;
}

Dims pool_gradient_dims(const ir::Call& call, const PoolWindow& window, const Dims& size) {
  check_window(call, window);
  const ir::Type& grad = call.type(0);
  bool fits = grad.rank() == 4 && size.size() == 2 &&
              pool_positions(window, 0, size[0]) == grad.dim(2) &&
              pool_positions(window, 1, size[1]) == grad.dim(3);
  if (!fits) {
    call.fail(Code::kValue, "expects grad of the pooled shape of size {}, got {}", size, grad);
  }
  return {grad.dim(0), grad.dim(1), size[0], size[1]};
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
