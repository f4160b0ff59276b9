#include "mycel/ops/conv.h"

#include "mycel/ops/conv_rules.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

ir::Type forward_type(const ir::Call& call, const Conv2dForward& a) {
  check_window_attributes(call, a);
  const ir::Type &x = call.type(0), &w = call.type(1);
  if (x.rank() != 4 || w.rank() != 4) {
    call.fail(Code::kValue,
              "expects input (N, C, H, W) and weight (out, C / groups, kh, kw), got {} "
              "and {}",
              x, w);
  }
  Dim channels = w.dim(1) * Dim(a.groups);
  if (!(x.dim(1) == channels)) {
    call.fail(Code::kValue,
              "expects the channels of input and weight to agree: input is {}, weight is {} with "
              "groups={}, so input needs {} channel(s)",
              x, w, a.groups, channels);
  }
  if (!(mod(w.dim(0), a.groups) == Dim(0))) {
    call.fail(Code::kValue, "expects a number of output channels that groups={} divides, got {}",
              a.groups, w.dim(0));
  }
  if (call.has(2) && !(call.type(2).dims == Dims{w.dim(0)})) {
    call.fail(Code::kValue, "expects one bias for each of the {} output channels, got {}", w.dim(0),
              call.type(2));
  }
  Dims out{x.dim(0), w.dim(0), output_size(a, 0, x.dim(2), w.dim(2)),
           output_size(a, 1, x.dim(3), w.dim(3))};
  for (size_t d = 2; d < 4; ++d) {
    if (out[d].is_constant() && out[d].value() < 1) {
      call.fail(Code::kValue,
                "expects a window that fits into the padded input: input is {}, weight is {}, "
                "padding={}, dilation={}",
                x, w, a.padding, a.dilation);
    }
  }
  return ir::Type::tensor(x.dtype, out);
}

void forward_formula(te::Formula& f, const ir::Call& call, const Conv2dForward& a) {
  const Dims &x = call.type(0).dims, &w = call.type(1).dims;
  ir::Type type = forward_type(call, a);
  std::vector<te::Axis> out = te::Formula::axes(type.dims);
  te::Axis c = te::axis(w[1]), kh = te::axis(w[2]), kw = te::axis(w[3]);
  WindowElement row =
      window_element(out[2], kh, x[2], a.stride[0], a.padding[0], is_padded(a, 0), a.dilation[0]);
  WindowElement column =
      window_element(out[3], kw, x[3], a.stride[1], a.padding[1], is_padded(a, 1), a.dilation[1]);
  te::Expr channel = group_channel(out[1], w[0], a.groups, w[1], c);
  te::Expr element = load_inside(f.input(0), both(row.inside, column.inside),
                                 {te::index(out[0]), channel, row.index, column.index});
  te::Expr weight = f.input(1).at({out[1], c, kh, kw});
  te::Expr sum = te::reduce(te::Reducer::kSum, {c, kh, kw}, te::widen(element) * te::widen(weight));
  if (call.has(2)) sum = sum + te::widen(f.input(2).at({out[1]}));
  f.output(type.dtype, out, sum);
}

// Declares the operands and attributes of the convolution or of its function.
template <class A, class... Doc>
Definition<A>& convolves(Definition<A>& definition, std::string input_doc, Doc... padding_doc) {
  definition.input("input", std::move(input_doc), numeric)
      .input("weight", "(out, C / groups, kh, kw)", numeric)
      .optional_input("bias", "(out)", numeric)
      .promotes(3);
  return window_attributes(definition, padding_doc...);
}

void define_forward() {
  auto definition = define<Conv2dForward>(
      "conv2d",
      "The convolution of images with a weight, as used in neural networks (cross-correlation).\n\n"
      "out[n, o, i, j] = bias[o] + sum over c, k, l of input[n, c, i * stride + k * dilation - "
      "padding, ...] * weight[o, c, k, l], c over the channels of o's group, elements outside "
      "being 0. Half-width floats are summed in float32.");
  convolves(definition, "(N, C, H, W)")
      .fixes_dims()
      .cost([](const ir::Call& call, const Conv2dForward& a) {
        return conv_cost(forward_type(call, a).dims, call.type(1).dims);
      })
      .layout(ir::LayoutRule::kChannelsLast)
      .formula(forward_formula)
      .vjp(
          [](const Vjp& v, const Conv2dForward& a) {
            return conv2d_input_gradient(v.cotangent(), v.input(1), a, size_of(v.input(0)));
          },
          [](const Vjp& v, const Conv2dForward& a) {
            return conv2d_weight_gradient(v.input(0), v.cotangent(), a, size_of(v.input(1)));
          },
          [](const Vjp& v, const Conv2dForward&) {
            return sum(v.cotangent(), {.dim = Ints{0, 2, 3}});
          })
      .internal()
      .see("Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016")
      .example(">>> F.conv2d(mc.ones(1, 1, 2, 2), mc.ones(1, 1, 2, 2))\ntensor([[[[4.]]]])")
      .samples({{{any(2, 3, 5, 6), any(4, 3, 3, 3), any(4)}, {}},
                {{any(2, 4, 5, 5), any(6, 2, 3, 2), absent()}, {{{2, 1}, {1, 0, 2, 1}, {1, 2}, 2}}},
                {{any(1, 2, 4, 4), any(2, 1, 3, 3)}, {{{1, 1}, {1, 1, 1, 1}, {1, 1}, 2}}},
                {{any(2, 3, 4, 4), any(5, 3, 1, 1)}, {{{2, 2}, {0, 0, 0, 0}, {1, 1}, 1}}},
                {{any(0, 1, 3, 3), any(1, 1, 2, 2)}, {}}});
}

// The padding that keeps the size under stride 1; an odd total puts its larger half behind.
Ints same_padding(const Tensor& weight, const Ints& dilation) {
  Ints padding(4, 0);
  for (size_t d = 0; d < 2; ++d) {
    int64_t total = dilation[d] * (weight.dim(static_cast<int64_t>(d) + 2).value() - 1);
    padding[d] = total / 2;
    padding[d + 2] = total - total / 2;
  }
  return padding;
}

Ints resolve_padding(const Conv2d& options, const Tensor& weight, const Ints& stride,
                     const Ints& dilation) {
  if (const auto* numbers = std::get_if<Ints>(&options.padding)) {
    Ints pair = pair_of(*numbers, "conv2d", "padding", 0);
    return {pair[0], pair[1], pair[0], pair[1]};
  }
  const std::string& word = std::get<std::string>(options.padding);
  if (word == "valid") return {0, 0, 0, 0};
  if (word != "same") {
    fail(Code::kValue, "[conv2d] expects padding as numbers, \"same\" or \"valid\", got \"{}\"",
         word);
  }
  if (stride[0] != 1 || stride[1] != 1) {
    fail(Code::kValue, "[conv2d] expects stride 1 with padding=\"same\", got {}", stride);
  }
  return same_padding(weight, dilation);
}

void define_conv2d_function() {
  auto definition = define_function<Conv2d>(
      "conv2d",
      "The convolution of images with a weight, as used in neural networks (cross-correlation).\n\n"
      "The result is (N, out, H', W') with H' = (H + 2 * padding - dilation * (kh - 1) - 1) // "
      "stride + 1. padding=\"same\" keeps H and W (stride 1 only), \"valid\" pads nothing. Raises "
      "ValueError where channels, groups and sizes do not agree.");
  convolves(definition, "(N, C, H, W) or (C, H, W)", "zeros on each side, \"same\" or \"valid\"")
      .body(conv2d)
      .only_functional()
      .example(
          ">>> F.conv2d(mc.ones(1, 1, 3, 3), mc.ones(1, 1, 3, 3), padding='same')\n"
          "tensor([[[[4., 6., 4.],\n          [6., 9., 6.],\n          [4., 6., 4.]]]])")
      .samples({{{any(2, 3, 5, 6), any(4, 3, 3, 3), any(4)}, {{2}, Ints{1}, {1}, 1}},
                {{any(3, 5, 6), any(4, 3, 2, 3), absent()}, {{1}, std::string("same"), {2}, 1}},
                {{any(2, 4, 5, 6), any(4, 1, 3, 3)}, {{1}, std::string("valid"), {1}, 4}}});
}

}  // namespace

Tensor conv2d_forward(const Tensor& x, const Tensor& weight, const Tensor& bias,
                      const ConvWindow& window) {
  if (!bias.defined()) return call(Conv2dForward{window}, x, weight);
  return call(Conv2dForward{window}, x, weight, bias);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2d& options) {
  if (weight.rank() != 4 || (x.rank() != 4 && x.rank() != 3)) {
    fail(Code::kValue,
         "[conv2d] expects input (N, C, H, W) or (C, H, W) and weight (out, C / groups, kh, kw), "
         "got {} and {}",
         x.type(), weight.type());
  }
  if (x.rank() == 3) return squeeze(conv2d(unsqueeze(x, 0), weight, bias, options), Ints{0});
  ConvWindow window;
  window.stride = pair_of(options.stride, "conv2d", "stride");
  window.dilation = pair_of(options.dilation, "conv2d", "dilation");
  window.padding = resolve_padding(options, weight, window.stride, window.dilation);
  window.groups = options.groups;
  return conv2d_forward(x, weight, bias, window);
}

void define_conv() {
  define_forward();
  define_conv_gradients();
  define_conv2d_function();
}

}  // namespace mycel
