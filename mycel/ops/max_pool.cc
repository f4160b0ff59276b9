#include <limits>

#include "mycel/ops/gather.h"
#include "mycel/ops/pool.h"
#include "mycel/ops/pool_rules.h"
#include "mycel/ops/shape.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct MaxPool {
  Ints kernel = {2, 2};
  Ints stride = {2, 2};
  Ints padding = {0, 0};
  Ints dilation = {1, 1};
  bool ceil_mode = false;
};
struct MaxPoolGradient {
  Ints kernel = {2, 2};
  Ints stride = {2, 2};
  Ints padding = {0, 0};
  Ints dilation = {1, 1};
  bool ceil_mode = false;
  Dims size = {0, 0};
};

Tensor max_pool_gradient(const Tensor& grad, const Tensor& indices, const MaxPoolGradient& a) {
  return call(a, grad, indices);
}

te::Expr lowest(DType dtype) {
  if (is_floating(dtype)) return te::constant(dtype, -std::numeric_limits<double>::infinity());
  if (is_unsigned_integer(dtype)) return te::constant(dtype, 0);
  return te::constant(dtype, std::numeric_limits<int64_t>::min() >> (64 - info(dtype).bits));
}

// A position outside is moved to the nearest one inside: where a window holds nothing but -inf, its
// padding counts as its first element.
te::Expr clamped(const WindowElement& element, Dim size) {
  if (!element.inside) return element.index;
  te::Expr last = te::extent(size) - te::constant(DType::kInt64, 1);
  return te::max(te::min(element.index, last), te::constant(DType::kInt64, 0));
}

void max_pool_formula(te::Formula& f, const ir::Call& call, const MaxPool& a) {
  PoolWindow window = pool_window(a);
  const ir::Type& x = call.type(0);
  std::vector<te::Axis> out = te::Formula::axes(pooled_dims(call, window));
  te::Axis kh = te::axis(a.kernel[0]), kw = te::axis(a.kernel[1]);
  PoolElement at = pool_element(window, out, kh, kw, x.dim(2), x.dim(3));
  te::Expr inside = both(at.row.inside, at.column.inside);
  te::Expr value = te::widen(load_inside(
      f.input(0), inside, {te::index(out[0]), te::index(out[1]), at.row.index, at.column.index}));
  if (inside) value = te::select(inside, value, lowest(value->dtype));
  te::Expr index = clamped(at.row, x.dim(2)) * te::extent(x.dim(3)) + clamped(at.column, x.dim(3));
  for (int result = 0; result < 2; ++result) {
    f.output(result == 0 ? x.dtype : DType::kInt64, out,
             te::arg_reduce(te::Reducer::kArgMax, {kh, kw}, value, index, result));
  }
}

MaxPoolGradient gradient_of(const MaxPool& a, const Tensor& x) {
  return {a.kernel, a.stride, a.padding, a.dilation, a.ceil_mode, {x.dim(2), x.dim(3)}};
}

void define_forward() {
  auto definition = define<MaxPool>(
      "max_pool2d",
      "The maximum of each window and where it stands: row * W + column. The first of equal "
      "elements is taken and takes the gradient.");
  definition.input("input", "(N, C, H, W)", numeric);
  pool_attributes(definition);
  definition.output("output", "(N, C, H', W')")
      .output("indices", "int64", false)
      .infer([](const ir::Call& call, const MaxPool& a) {
        Dims out = pooled_dims(call, pool_window(a));
        return ir::Types{ir::Type::tensor(call.type(0).dtype, out),
                         ir::Type::tensor(DType::kInt64, out)};
      })
      .axes([](const ir::Call& call, const MaxPool& a) {
        return pool_axes(call, pooled_dims(call, pool_window(a)), 2);
      })
      .layout(ir::LayoutRule::kChannelsLast)
      .formula(max_pool_formula)
      .vjp([](const Vjp& v, const MaxPool& a) {
        return max_pool_gradient(v.cotangent(0), v.output(1), gradient_of(a, v.input()));
      })
      .internal()
      .example(">>> F.max_pool2d(mc.tensor([[[1., 2.], [3., 4.]]]), 2)\ntensor([[[4.]]])")
      .samples({{{distinct({2, 3, 4, 6})}, {}},
                {{distinct({1, 2, 5, 5})}, {{3, 2}, {2, 1}, {1, 0}, {1, 2}, false}},
                {{distinct({2, 1, 5, 6})}, {{2, 2}, {2, 2}, {1, 1}, {1, 1}, true}},
                {{any(0, 2, 4, 4)}, {}}});
}

ir::Type gradient_type(const ir::Call& call, const MaxPoolGradient& a) {
  const ir::Type &g = call.type(0), &indices = call.type(1);
  PoolWindow window = pool_window(a);
  bool fits = g.rank() == 4 && g.dims == indices.dims && a.size.size() == 2;
  fits = fits && pool_positions(window, 0, a.size[0]) == g.dim(2) &&
         pool_positions(window, 1, a.size[1]) == g.dim(3);
  if (!fits) {
    call.fail(Code::kValue,
              "expects grad and indices of the pooled shape of size {}, got {} and {}",
              to_string(a.size), ir::to_string(g), ir::to_string(indices));
  }
  return ir::Type::tensor(g.dtype, {g.dim(0), g.dim(1), a.size[0], a.size[1]});
}

// How many windows at most reach one element along an axis.
int64_t overlapping(const MaxPoolGradient& a, size_t axis) {
  return (a.kernel[axis] - 1) * a.dilation[axis] / a.stride[axis] + 1;
}

// The last window that starts at or before the element.
te::Expr last_window(const MaxPoolGradient& a, size_t axis, const te::Axis& element) {
  te::Expr padded = te::index(element) + te::constant(DType::kInt64, a.padding[axis]);
  return te::floordiv(padded, te::constant(DType::kInt64, a.stride[axis]));
}

te::Expr within(const te::Expr& position, Dim size) {
  return te::logical_and(position >= te::constant(DType::kInt64, 0), position < te::extent(size));
}

void define_gradient() {
  auto definition = define<MaxPoolGradient>(
      "max_pool2d_gradient", "The gradient of max_pool2d: each cotangent at its maximum's place.");
  definition.input("grad", "(N, C, H', W')", numeric).input("indices", "its shape", integer);
  pool_attributes(definition);
  definition.attribute(&MaxPoolGradient::size, "size", "H and W of the input")
      .infer(gradient_type)
      .axes([](const ir::Call& call, const MaxPoolGradient& a) {
        return pool_axes(call, gradient_type(call, a).dims, 1);
      })
      .layout(ir::LayoutRule::kChannelsLast)
      .formula([](te::Formula& f, const ir::Call& call, const MaxPoolGradient& a) {
        const Dims& g = call.type(0).dims;
        ir::Type type = gradient_type(call, a);
        std::vector<te::Axis> in = te::Formula::axes(type.dims);
        // The windows that reach an element are the last one that starts at or before it and a few
        // before that; the stored index tells which of them chose it.
        te::Axis th = te::axis(overlapping(a, 0)), tw = te::axis(overlapping(a, 1));
        te::Expr row = last_window(a, 0, in[2]) - te::index(th);
        te::Expr column = last_window(a, 1, in[3]) - te::index(tw);
        te::Expr inside = te::logical_and(within(row, g[2]), within(column, g[3]));
        std::vector<te::Expr> window{te::index(in[0]), te::index(in[1]), row, column};
        te::Expr here = te::index(in[2]) * te::extent(a.size[1]) + te::index(in[3]);
        te::Expr chosen = te::logical_and(
            inside, te::is_equal(te::cast(f.input(1).at_if(inside, window), DType::kInt64), here));
        te::Expr grad = te::widen(f.input(0).at_if(chosen, window));
        f.output(type.dtype, in, te::reduce(te::Reducer::kSum, {th, tw}, grad));
      })
      .vjp([](const Vjp& v, const MaxPoolGradient&) {
        const Tensor &t = v.cotangent(), &indices = v.input(1);
        Dims dims = indices.dims();
        Tensor flat = gather(flatten(t, 2), 2, flatten(indices, 2));
        return reshape(flat, dims);
      })
      .internal()
      .example(
          ">>> x = mc.tensor([[[1., 2.], [3., 4.]]], requires_grad=True)\n"
          ">>> F.max_pool2d(x, 2).sum().backward()\n>>> x.grad\n"
          "tensor([[[0., 0.],\n         [0., 1.]]])")
      // Each index lies in its window.
      .samples({{{any(2, 3, 1, 1), ints({2, 3, 1, 1}, 2)},
                 {{2, 2}, {2, 2}, {0, 0}, {1, 1}, false, {2, 3}}},
                {{any(3, 1, 1, 2), {{3, 1, 1, 2}, DType::kInt64, 1, 1}},
                 {{2, 2}, {1, 1}, {0, 0}, {1, 1}, false, {2, 3}}},
                {{any(1, 2, 1, 1), {{1, 2, 1, 1}, DType::kInt64, 2, 2}},
                 {{3, 2}, {2, 1}, {1, 0}, {1, 2}, false, {1, 3}}}});
}

void define_function_max_pool() {
  define_function<MaxPool2d>(
      "max_pool2d",
      "The maximum of each window of the last two dims.\n\n"
      "The result is (N, C, H', W') with H' = (H + 2 * padding - dilation * (kernel - 1) - 1) // "
      "stride + 1, rounded up in ceil_mode. NaN counts as the largest. The first of equal elements "
      "takes the gradient.")
      .input("input", "(N, C, H, W) or (C, H, W)", numeric)
      .attribute(&MaxPool2d::kernel_size, "kernel_size", "height and width of the window")
      .attribute(&MaxPool2d::stride, "stride", "the distance of windows; the kernel's size if None")
      .attribute(&MaxPool2d::padding, "padding", "-inf around the input")
      .attribute(&MaxPool2d::dilation, "dilation", "the distance of a window's elements")
      .attribute(&MaxPool2d::ceil_mode, "ceil_mode", "whether a last window may be incomplete")
      .attribute(&MaxPool2d::return_indices, "return_indices", "whether to return both results")
      .output("output", "(N, C, H', W')")
      .output("indices", "row * W + column of each maximum; only if asked for", false)
      .body([](const Tensor& x, const MaxPool2d& a) -> Tensors {
        Tensors both = max_pool2d_with_indices(x, a);
        if (!a.return_indices) both.pop_back();
        return both;
      })
      .only_functional()
      .example(">>> F.max_pool2d(mc.tensor([[[1., 2.], [3., 4.]]]), 2)\ntensor([[[4.]]])")
      .samples({{{distinct({2, 3, 4, 6})}, {}},
                {{distinct({3, 5, 5})}, {{3}, Ints{2}, {1}, {1}, true, true}}});
}

}  // namespace

Tensors max_pool2d_with_indices(const Tensor& x, const MaxPool2d& options) {
  if (x.rank() == 3) {
    Tensors both = max_pool2d_with_indices(unsqueeze(x, 0), options);
    return {squeeze(both[0], Ints{0}), squeeze(both[1], Ints{0})};
  }
  PoolWindow w = resolve_window("max_pool2d", options.kernel_size, options.stride, options.padding,
                                options.dilation, options.ceil_mode);
  return call_n(MaxPool{w.kernel, w.stride, w.padding, w.dilation, w.ceil_mode}, x);
}

Tensor max_pool2d(const Tensor& x, const MaxPool2d& options) {
  return max_pool2d_with_indices(x, options)[0];
}

void define_max_pool() {
  define_forward();
  define_gradient();
  define_function_max_pool();
}

}  // namespace mycel
