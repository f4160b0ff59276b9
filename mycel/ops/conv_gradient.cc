// The gradients of the convolution with respect to its input and weight.
#include "mycel/ops/conv.h"
#include "mycel/ops/conv_rules.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

// Raises unless `grad` has the shape of the convolution's result for these sizes.
void check_gradient_type(const ir::Call& call, const ConvWindow& a, const ir::Type& grad,
                         const Dims& x, const Dims& w) {
  Dims out{x[0], w[0], output_size(a, 0, x[2], w[2]), output_size(a, 1, x[3], w[3])};
  if (!(grad.dims == out)) {
    call.fail(Code::kValue, "expects grad of shape {} for input {} and weight {}, got {}", out, x,
              w, grad);
  }
}

void check_ranks(const ir::Call& call, const ConvWindow& a, size_t entries) {
  check_window_attributes(call, a);
  if (call.type(0).rank() != 4 || call.type(1).rank() != 4 || entries != 2) {
    call.fail(Code::kValue, "expects operands of 4 dims and two sizes, got {} and {}", call.type(0),
              call.type(1));
  }
}

ir::Type input_gradient_type(const ir::Call& call, const Conv2dInputGradient& a) {
  check_ranks(call, a, a.size.size());
  const ir::Type &g = call.type(0), &w = call.type(1);
  Dims x{g.dim(0), w.dim(1) * Dim(a.groups), a.size[0], a.size[1]};
  check_gradient_type(call, a, g, x, w.dims);
  return ir::Type::tensor(g.dtype, x);
}

void input_gradient_formula(te::Formula& f, const ir::Call& call, const Conv2dInputGradient& a) {
  const Dims &g = call.type(0).dims, &w = call.type(1).dims;
  ir::Type type = input_gradient_type(call, a);
  std::vector<te::Axis> out = te::Formula::axes(type.dims);
  te::Axis c = te::axis(floordiv(w[0], a.groups)), kh = te::axis(w[2]), kw = te::axis(w[3]);
  WindowElement row = window_position(out[2], kh, g[2], a.stride[0], a.padding[0], a.dilation[0]);
  WindowElement column =
      window_position(out[3], kw, g[3], a.stride[1], a.padding[1], a.dilation[1]);
  te::Expr channel = group_channel(out[1], type.dim(1), a.groups, c.extent, c);
  te::Expr within =
      a.groups == 1 ? te::index(out[1]) : te::rem(te::index(out[1]), te::extent(w[1]));
  te::Expr grad = f.input(0).at_if(both(row.inside, column.inside),
                                   {te::index(out[0]), channel, row.index, column.index});
  te::Expr weight = f.input(1).at({channel, within, te::index(kh), te::index(kw)});
  f.output(type.dtype, out,
           te::reduce(te::Reducer::kSum, {c, kh, kw}, te::widen(grad) * te::widen(weight)));
}

void define_input_gradient() {
  auto definition = define<Conv2dInputGradient>(
      "conv2d_input_gradient",
      "The gradient of conv2d with respect to its input (a transposed convolution).");
  definition.input("grad", "the shape of conv2d's result", numeric)
      .input("weight", "(out, C / groups, kh, kw)", numeric)
      .promotes(2);
  window_attributes(definition)
      .fixes_dims()
      .per_spatial_dim(&Conv2dInputGradient::size, "size", "height and width of the input")
      .cost([](const ir::Call& call, const Conv2dInputGradient&) {
        return conv_cost(call.type(0).dims, call.type(1).dims);
      })
      .layout(ir::LayoutRule::kChannelsLast)
      .formula(input_gradient_formula)
      // Linear in both operands: convolutions with the cotangent in the input's place.
      .vjp(
          [](const Vjp& v, const Conv2dInputGradient& a) {
            return conv2d_forward(v.cotangent(), v.input(1), {}, a);
          },
          [](const Vjp& v, const Conv2dInputGradient& a) {
            return conv2d_weight_gradient(v.cotangent(), v.input(0), a, size_of(v.input(1)));
          })
      .internal()
      .example(
          ">>> x = mc.zeros(1, 1, 2, 2, requires_grad=True)\n"
          ">>> F.conv2d(x, mc.ones(1, 1, 2, 2)).sum().backward()\n"
          ">>> x.grad\ntensor([[[[1., 1.],\n          [1., 1.]]]])")
      .samples({{{any(2, 4, 3, 4), any(4, 3, 3, 3)}, {{{1, 1}, {0, 0, 0, 0}, {1, 1}, 1}, {5, 6}}},
                {{any(2, 6, 3, 4), any(6, 2, 3, 2)}, {{{2, 1}, {1, 0, 2, 1}, {1, 2}, 2}, {5, 5}}},
                {{any(1, 2, 2, 2), any(2, 1, 1, 1)}, {{{2, 2}, {0, 0, 0, 0}, {1, 1}, 2}, {4, 4}}},
                {{any(2, 2, 4, 4), any(2, 2, 3, 3)}, {{{1, 1}, {1, 1, 1, 1}, {1, 1}, 1}, {4, 4}}}});
}

ir::Type weight_gradient_type(const ir::Call& call, const Conv2dWeightGradient& a) {
  check_ranks(call, a, a.kernel.size());
  const ir::Type &x = call.type(0), &g = call.type(1);
  Dims w{g.dim(1), floordiv(x.dim(1), a.groups), a.kernel[0], a.kernel[1]};
  check_gradient_type(call, a, g, x.dims, w);
  return ir::Type::tensor(x.dtype, w);
}

void weight_gradient_formula(te::Formula& f, const ir::Call& call, const Conv2dWeightGradient& a) {
  const Dims &x = call.type(0).dims, &g = call.type(1).dims;
  ir::Type type = weight_gradient_type(call, a);
  std::vector<te::Axis> out = te::Formula::axes(type.dims);
  te::Axis n = te::axis(g[0]), h = te::axis(g[2]), w = te::axis(g[3]);
  WindowElement row =
      window_element(h, out[2], x[2], a.stride[0], a.padding[0], is_padded(a, 0), a.dilation[0]);
  WindowElement column =
      window_element(w, out[3], x[3], a.stride[1], a.padding[1], is_padded(a, 1), a.dilation[1]);
  te::Expr channel = group_channel(out[0], g[1], a.groups, type.dim(1), out[1]);
  te::Expr element = load_inside(f.input(0), both(row.inside, column.inside),
                                 {te::index(n), channel, row.index, column.index});
  te::Expr grad = f.input(1).at({n, out[0], h, w});
  f.output(type.dtype, out,
           te::reduce(te::Reducer::kSum, {n, h, w}, te::widen(element) * te::widen(grad)));
}

void define_weight_gradient() {
  auto definition = define<Conv2dWeightGradient>(
      "conv2d_weight_gradient", "The gradient of conv2d with respect to its weight.");
  definition.input("input", "(N, C, H, W)", numeric)
      .input("grad", "the shape of conv2d's result", numeric)
      .promotes(2);
  window_attributes(definition)
      .fixes_dims()
      .per_spatial_dim(&Conv2dWeightGradient::kernel, "kernel", "height and width of the weight")
      .cost([](const ir::Call& call, const Conv2dWeightGradient& a) {
        return conv_cost(call.type(1).dims, weight_gradient_type(call, a).dims);
      })
      .formula(weight_gradient_formula)
      .vjp(
          [](const Vjp& v, const Conv2dWeightGradient& a) {
            return conv2d_input_gradient(v.input(1), v.cotangent(), a, size_of(v.input(0)));
          },
          [](const Vjp& v, const Conv2dWeightGradient& a) {
            return conv2d_forward(v.input(0), v.cotangent(), {}, a);
          })
      .internal()
      .example(
          ">>> w = mc.zeros(1, 1, 2, 2, requires_grad=True)\n"
          ">>> F.conv2d(mc.ones(1, 1, 3, 3), w).sum().backward()\n"
          ">>> w.grad\ntensor([[[[4., 4.],\n          [4., 4.]]]])")
      .samples({{{any(2, 3, 5, 6), any(2, 4, 3, 4)}, {{{1, 1}, {0, 0, 0, 0}, {1, 1}, 1}, {3, 3}}},
                {{any(2, 4, 5, 5), any(2, 6, 3, 4)}, {{{2, 1}, {1, 0, 2, 1}, {1, 2}, 2}, {3, 2}}},
                {{any(1, 2, 4, 4), any(1, 2, 2, 2)}, {{{2, 2}, {0, 0, 0, 0}, {1, 1}, 2}, {1, 1}}},
                {{any(0, 2, 4, 4), any(0, 2, 4, 4)}, {{{1, 1}, {1, 1, 1, 1}, {1, 1}, 1}, {3, 3}}}});
}

}  // namespace

Tensor conv2d_input_gradient(const Tensor& grad, const Tensor& weight, const ConvWindow& window,
                             const Dims& size) {
  return call(Conv2dInputGradient{window, size}, grad, weight);
}
Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& grad, const ConvWindow& window,
                              const Dims& kernel) {
  return call(Conv2dWeightGradient{window, kernel}, x, grad);
}

void define_conv_gradients() {
  define_input_gradient();
  define_weight_gradient();
}

}  // namespace mycel
