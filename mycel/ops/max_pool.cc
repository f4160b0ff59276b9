#include <limits>

#include "mycel/ops/creation.h"
#include "mycel/ops/pool.h"
#include "mycel/ops/pool_rules.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct MaxPool : PoolWindow {};
struct MaxPoolGradient : PoolWindow {
  Dims size = {0, 0};
};
struct MaxPoolAt : PoolWindow {};

// The dtype of a place in a window, row * kernel width + column: one byte for all but huge windows.
DType place_dtype(const Ints& kernel) {
  return kernel[0] * kernel[1] <= 256 ? DType::kUInt8 : DType::kInt32;
}

SampleInput places(Shape shape) { return {std::move(shape), DType::kUInt8, 0, 4}; }

te::Expr lowest(DType dtype) {
  if (is_floating(dtype)) return te::constant(dtype, -std::numeric_limits<double>::infinity());
  if (is_unsigned_integer(dtype)) return te::constant(dtype, 0);
  return te::constant(dtype, std::numeric_limits<int64_t>::min() >> (64 - info(dtype).bits));
}

// The window's element `k` along an axis, moved to the nearest inside the input: if a window holds
// only -inf, its padding counts as its first element.
te::Expr place_along(const PoolWindow& window, size_t axis, const te::Axis& position,
                     const te::Axis& k, Dim size, bool padded) {
  if (!padded) return te::index(k);
  te::Expr start = te::index(position) * te_int(window.stride[axis]) - te_int(window.padding[axis]);
  te::Expr first = te_int(0) - start, last = te::extent(size) - te_int(1) - start;
  if (int64_t dilation = window.dilation[axis]; dilation != 1) {
    first = te::floordiv(first + te_int(dilation - 1), te_int(dilation));
    last = te::floordiv(last, te_int(dilation));
  }
  return te::max(te::max(te::min(te::index(k), last), first), te_int(0));
}

void max_pool_formula(te::Formula& f, const ir::Call& call, const MaxPool& a) {
  const ir::Type& x = call.type(0);
  std::vector<te::Axis> out = te::Formula::axes(pooled_dims(call, a));
  te::Axis kh = te::axis(a.kernel[0]), kw = te::axis(a.kernel[1]);
  PoolElement at = pool_element(a, out, kh, kw, x.dim(2), x.dim(3));
  te::Expr inside = both(at.row.inside, at.column.inside);
  te::Expr value = te::widen(load_inside(
      f.input(0), inside, {te::index(out[0]), te::index(out[1]), at.row.index, at.column.index}));
  if (inside) value = te::select(inside, value, lowest(value->dtype));
  bool padded = static_cast<bool>(inside);
  te::Expr row = place_along(a, 0, out[2], kh, x.dim(2), padded);
  te::Expr column = place_along(a, 1, out[3], kw, x.dim(3), padded);
  te::Expr place = row * te_int(a.kernel[1]) + column;
  te::WindowMaximum maximum = te::window_maximum({kh, kw}, value, place, place_dtype(a.kernel));
  f.output(x.dtype, out, maximum.value);
  f.output(place_dtype(a.kernel), out, maximum.place);
}

Tensor max_pool_gradient(const Tensor& grad, const Tensor& places, const Tensor& x,
                         const PoolWindow& window) {
  return call(MaxPoolGradient{window, {x.dim(2), x.dim(3)}}, grad, places);
}

void define_forward() {
  auto definition = define<MaxPool>(
      "max_pool2d",
      "The maximum of each window and its place there: row * kernel width + column. The first of "
      "equal elements is taken and takes the gradient.");
  definition.input("input", "(N, C, H, W)", numeric);
  pool_attributes(definition, true);
  definition.output("output", "(N, C, H', W')")
      .output("places", "uint8; int32 for windows of more than 256 elements", false)
      .formula(max_pool_formula)
      .vjp([](const Vjp& v, const MaxPool& a) {
        return max_pool_gradient(v.cotangent(0), v.output(1), v.input(), a);
      })
      .example(">>> F.max_pool2d(mc.tensor([[[1., 2.], [3., 4.]]]), 2)\ntensor([[[4.]]])")
      .samples({{{distinct({2, 3, 4, 6})}, {}},
                {{distinct({1, 2, 5, 5})}, {{{3, 2}, {2, 1}, {1, 0}, {1, 2}, false}}},
                {{distinct({2, 1, 5, 6})}, {{{2, 2}, {2, 2}, {1, 1}, {1, 1}, true}}},
                {{any(0, 2, 4, 4)}, {}}});
}

// The largest number of windows that reach one element along an axis.
int64_t overlapping(const MaxPoolGradient& a, size_t axis) {
  return (a.kernel[axis] - 1) * a.dilation[axis] / a.stride[axis] + 1;
}

// The last window that starts at or before the element.
te::Expr last_window(const MaxPoolGradient& a, size_t axis, const te::Expr& padded) {
  return te::floordiv(padded, te_int(a.stride[axis]));
}

// The window `back` positions before the last that may reach an element, and the element's place in
// it.
struct Reach {
  te::Expr window, place, inside;
};
Reach reach(const MaxPoolGradient& a, size_t axis, const te::Axis& element, const te::Axis& back,
            Dim windows) {
  int64_t stride = a.stride[axis], dilation = a.dilation[axis], kernel = a.kernel[axis];
  te::Expr padded = te::index(element) + te_int(a.padding[axis]);
  te::Expr window = last_window(a, axis, padded) - te::index(back);
  te::Expr inside = te::logical_and(window >= te_int(0), window < te::extent(windows));
  te::Expr place = padded - window * te_int(stride);
  if (dilation != 1) {
    inside = te::logical_and(inside, te::is_equal(te::rem(place, te_int(dilation)), te_int(0)));
    place = te::floordiv(place, te_int(dilation));
  }
  // `place` needs no check if the element is in reach of even the farthest of these windows.
  bool fits = overlapping(a, axis) * stride - 1 <= (kernel - 1) * dilation;
  return {window, place, fits ? inside : te::logical_and(inside, place < te_int(kernel))};
}

void define_gradient() {
  auto definition = define<MaxPoolGradient>(
      "max_pool2d_gradient", "The gradient of max_pool2d: each cotangent at its maximum's place.");
  definition.input("grad", "(N, C, H', W')", numeric).input("places", "its shape", integer);
  pool_attributes(definition, true);
  definition.per_spatial_dim(&MaxPoolGradient::size, "size", "H and W of the input")
      .formula([](te::Formula& f, const ir::Call& call, const MaxPoolGradient& a) {
        check_one_shape(call, 0, 1);
        const Dims& g = call.type(0).dims;
        std::vector<te::Axis> in = te::Formula::axes(pool_gradient_dims(call, a, a.size));
        // The windows that reach an element are the last one that starts at or before it and a few
        // before that; the stored index tells which of them chose it.
        te::Axis th = te::axis(overlapping(a, 0)), tw = te::axis(overlapping(a, 1));
        Reach row = reach(a, 0, in[2], th, g[2]), column = reach(a, 1, in[3], tw, g[3]);
        te::Expr inside = te::logical_and(row.inside, column.inside);
        std::vector<te::Expr> window{te::index(in[0]), te::index(in[1]), row.window, column.window};
        te::Expr here =
            te::cast(row.place * te_int(a.kernel[1]) + column.place, f.input(1).dtype());
        te::Expr chosen =
            te::logical_and(inside, te::is_equal(f.input(1).at_if(inside, window), here));
        te::Expr grad = te::widen(f.input(0).at_if(chosen, window));
        f.output(f.input(0).dtype(), in, te::window_sum({th, tw}, grad));
      })
      .vjp([](const Vjp& v, const MaxPoolGradient& a) {
        return call(MaxPoolAt{a}, v.cotangent(), v.input(1));
      })
      .example(
          ">>> x = mc.tensor([[[1., 2.], [3., 4.]]], requires_grad=True)\n"
          ">>> F.max_pool2d(x, 2).sum().backward()\n>>> x.grad\n"
          "tensor([[[0., 0.],\n         [0., 1.]]])")
      // Each index lies in its window.
      .samples({{{any(2, 3, 1, 1), places({2, 3, 1, 1})},
                 {{{2, 2}, {2, 2}, {0, 0}, {1, 1}, false}, {2, 3}}},
                {{any(3, 1, 1, 2), places({3, 1, 1, 2})},
                 {{{2, 2}, {1, 1}, {0, 0}, {1, 1}, false}, {2, 3}}},
                {{any(1, 2, 1, 1), {{1, 2, 1, 1}, DType::kUInt8, 2, 3}},
                 {{{3, 2}, {2, 1}, {1, 0}, {1, 2}, false}, {1, 3}}},
                {{any(1, 1, 2, 2), places({1, 1, 2, 2})},
                 {{{2, 2}, {3, 3}, {0, 0}, {1, 1}, false}, {5, 6}}}});
}

void define_at() {
  auto definition = define<MaxPoolAt>(
      "max_pool2d_at", "The element of each window at the place that max_pool2d gave.");
  definition.input("input", "(N, C, H, W)", numeric).input("places", "(N, C, H', W')", integer);
  pool_attributes(definition, true);
  definition
      .expects([](const ir::Call& call, const MaxPoolAt& a) {
        Dims out = pooled_dims(call, a);
        if (call.type(1).dims == out) return;
        call.fail(Code::kValue, "expects places of shape {}, got {}", out, call.type(1));
      })
      .formula([](te::Formula& f, const ir::Call& call, const MaxPoolAt& a) {
        std::vector<te::Axis> out = te::Formula::axes(pooled_dims(call, a));
        te::Expr place = te::cast(f.input(1).at(out), DType::kInt64), width = te_int(a.kernel[1]);
        auto element = [&](size_t axis, const te::Expr& k) {
          return te::index(out[2 + axis]) * te_int(a.stride[axis]) + k * te_int(a.dilation[axis]) -
                 te_int(a.padding[axis]);
        };
        te::Expr row = element(0, te::floordiv(place, width));
        te::Expr column = element(1, te::rem(place, width));
        f.output(call.type(0).dtype, out,
                 f.input(0).at({te::index(out[0]), te::index(out[1]), row, column}));
      })
      .vjp([](const Vjp& v, const MaxPoolAt& a) {
        return max_pool_gradient(v.cotangent(), v.input(1), v.input(0), a);
      })
      .example(
          ">>> _, indices = F.max_pool2d(mc.tensor([[[1., 2.], [4., 3.]]]), 2, "
          "return_indices=True)\n>>> indices\ntensor([[[2]]])")
      .samples({{{any(2, 3, 4, 3), places({2, 3, 2, 1})}, {}},
                {{any(3, 1, 2, 3), places({3, 1, 1, 2})}, {{{2, 2}, {1, 1}}}}});
}

void define_function_max_pool() {
  auto definition = define_function<MaxPool2d>(
      "max_pool2d",
      "The maximum of each window of the last two dims.\n\n"
      "The result is (N, C, H', W') with H' = (H + 2 * padding - dilation * (kernel - 1) - 1) // "
      "stride + 1, rounded up in ceil_mode. NaN counts as the largest. The first of equal elements "
      "takes the gradient.");
  pool_options(definition, "-inf around the input")
      .input("input", "(N, C, H, W) or (C, H, W)", numeric)
      .attribute(&MaxPool2d::return_indices, "return_indices", "whether to return both results")
      .output("output", "(N, C, H', W')")
      .output("indices", "row * W + column of each maximum; only if asked for", false)
      .body([](const Tensor& x, const MaxPool2d& a) -> Tensors {
        return a.return_indices ? max_pool2d_with_indices(x, a) : Tensors{max_pool2d(x, a)};
      })
      .samples({{{distinct({2, 3, 4, 6})}, {}},
                {{distinct({3, 5, 5})}, {{3}, Ints{2}, {1}, {1}, true, true}}});
}

PoolWindow resolve(const MaxPool2d& options) {
  return resolve_window("max_pool2d", options.kernel_size, options.stride, options.padding,
                        options.dilation, options.ceil_mode);
}

}  // namespace

Tensors max_pool2d_with_indices(const Tensor& x, const MaxPool2d& options) {
  if (x.rank() == 3) {
    Tensors both = max_pool2d_with_indices(unsqueeze(x, 0), options);
    return {squeeze(both[0], Ints{0}), squeeze(both[1], Ints{0})};
  }
  PoolWindow window = resolve(options);
  Tensors both = call_n(MaxPool{window}, x);
  // The position of each element in its plane, the same for all images and channels.
  Dim height = x.dim(2), width = x.dim(3);
  Tensor here = reshape(arange(height * width), Dims{1, 1, height, width});
  both[1] = call(MaxPoolAt{window}, expand(here, x.dims()), both[1]);
  return both;
}

Tensor max_pool2d(const Tensor& x, const MaxPool2d& options) {
  if (x.rank() == 3) return squeeze(max_pool2d(unsqueeze(x, 0), options), Ints{0});
  return call_n(MaxPool{resolve(options)}, x)[0];
}

void define_max_pool() {
  define_forward();
  define_gradient();
  define_at();
  define_function_max_pool();
}

}  // namespace mycel
