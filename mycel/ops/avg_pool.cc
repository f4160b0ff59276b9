#include "mycel/ops/pool.h"
#include "mycel/ops/pool_rules.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct AvgPool : PoolWindow {
  bool count_include_pad = true;
  std::optional<int64_t> divisor_override = {};
};
struct AvgPoolGradient : AvgPool {
  Dims size = {0, 0};
};

// The number of elements along `axis` that the window at `position` counts.
te::Expr counted(const PoolWindow& window, size_t axis, const te::Expr& position, Dim size,
                 bool with_padding) {
  int64_t pad = window.padding[axis];
  te::Expr start = position * te_int(window.stride[axis]) - te_int(pad);
  te::Expr end = start + te_int(window.kernel[axis]);
  te::Expr limit = te::extent(with_padding ? size + Dim(pad) : size);
  if (!with_padding) start = te::max(start, te_int(0));
  return te::min(end, limit) - start;
}

// The divisor of the sum of the window at (row, column).
te::Expr divisor(const AvgPool& a, const te::Expr& row, const te::Expr& column, Dim height,
                 Dim width, DType dtype) {
  if (a.divisor_override) return te::constant(dtype, static_cast<double>(*a.divisor_override));
  bool complete = !a.ceil_mode && (a.count_include_pad || (a.padding[0] == 0 && a.padding[1] == 0));
  if (complete) return te::constant(dtype, static_cast<double>(a.kernel[0] * a.kernel[1]));
  te::Expr count = counted(a, 0, row, height, a.count_include_pad) *
                   counted(a, 1, column, width, a.count_include_pad);
  return te::cast(count, dtype);
}

// Declares how elements are counted.
template <class A>
Definition<A>& count_attributes(Definition<A>& definition) {
  return definition
      .attribute(&A::count_include_pad, "count_include_pad", "whether the mean counts the padding")
      .attribute(&A::divisor_override, "divisor_override", "by what the sum is divided instead");
}

void define_forward() {
  auto definition =
      define<AvgPool>("avg_pool2d", "The mean of each window, zeros around the input.");
  pool_attributes(definition, false);
  count_attributes(definition)
      .input("input", "(N, C, H, W)", floating)
      .expects([](const ir::Call& call, const AvgPool& a) {
        if (a.divisor_override != 0) return;
        call.fail(Code::kValue, "expects a divisor_override other than 0");
      })
      .formula([](te::Formula& f, const ir::Call& call, const AvgPool& a) {
        const ir::Type& x = call.type(0);
        std::vector<te::Axis> out = te::Formula::axes(pooled_dims(call, a));
        te::Axis kh = te::axis(a.kernel[0]), kw = te::axis(a.kernel[1]);
        PoolElement at = pool_element(a, out, kh, kw, x.dim(2), x.dim(3));
        te::Expr value =
            load_inside(f.input(0), both(at.row.inside, at.column.inside),
                        {te::index(out[0]), te::index(out[1]), at.row.index, at.column.index});
        te::Expr sum = te::window_sum({kh, kw}, te::widen(value));
        f.output(
            x.dtype, out,
            sum / divisor(a, te::index(out[2]), te::index(out[3]), x.dim(2), x.dim(3), sum->dtype));
      })
      .vjp([](const Vjp& v, const AvgPool& a) {
        const Tensor& x = v.input();
        return call(AvgPoolGradient{a, {x.dim(2), x.dim(3)}}, v.cotangent());
      })
      .example(">>> F.avg_pool2d(mc.tensor([[[1., 2.], [3., 4.]]]), 2)\ntensor([[[2.5000]]])")
      .samples({{{any(2, 3, 4, 6)}, {}},
                {{any(1, 2, 5, 5)}, {{{3, 2}, {2, 1}, {1, 1}, {1, 1}, false}, false, {}}},
                {{any(2, 1, 5, 6)}, {{{2, 3}, {2, 2}, {1, 1}, {1, 1}, true}, true, {}}},
                {{any(2, 1, 5, 6)}, {{{2, 2}, {2, 2}, {0, 0}, {1, 1}, true}, false, 3}},
                {{any(0, 2, 4, 4)}, {}}});
}

void define_gradient() {
  auto definition = define<AvgPoolGradient>(
      "avg_pool2d_gradient", "The gradient of avg_pool2d: each cotangent shared by its window.");
  pool_attributes(definition, false);
  count_attributes(definition)
      .input("grad", "(N, C, H', W')", floating)
      .per_spatial_dim(&AvgPoolGradient::size, "size", "H and W of the input")
      .formula([](te::Formula& f, const ir::Call& call, const AvgPoolGradient& a) {
        const Dims& g = call.type(0).dims;
        std::vector<te::Axis> in = te::Formula::axes(pool_gradient_dims(call, a, a.size));
        te::Axis kh = te::axis(a.kernel[0]), kw = te::axis(a.kernel[1]);
        PoolElement at = pool_position(a, in, kh, kw, g[2], g[3]);
        te::Expr inside = both(at.row.inside, at.column.inside);
        te::Expr grad = te::widen(f.input(0).at_if(
            inside, {te::index(in[0]), te::index(in[1]), at.row.index, at.column.index}));
        te::Expr by = divisor(a, at.row.index, at.column.index, a.size[0], a.size[1], grad->dtype);
        // Where there is no window the divisor may be 0.
        te::Expr share = te::select(inside, grad / by, te::constant(grad->dtype, 0.0));
        f.output(f.input(0).dtype(), in, te::window_sum({kh, kw}, share));
      })
      .vjp([](const Vjp& v, const AvgPoolGradient& a) {
        return call(static_cast<const AvgPool&>(a), v.cotangent());
      })
      .example(
          ">>> x = mc.zeros(1, 2, 2, requires_grad=True)\n"
          ">>> F.avg_pool2d(x, 2).sum().backward()\n>>> x.grad\n"
          "tensor([[[0.2500, 0.2500],\n         [0.2500, 0.2500]]])")
      .samples({{{any(2, 3, 2, 2)}, {{{{2, 2}, {2, 2}, {0, 0}, {1, 1}, false}, true, {}}, {4, 5}}},
                {{any(1, 2, 3, 6)}, {{{{3, 2}, {2, 1}, {1, 1}, {1, 1}, false}, false, {}}, {5, 5}}},
                {{any(2, 1, 3, 4)}, {{{{2, 3}, {2, 2}, {1, 1}, {1, 1}, true}, true, {}}, {5, 6}}}});
}

void define_function_avg_pool() {
  auto definition = define_function<AvgPool2d>(
      "avg_pool2d",
      "The mean of each window of the last two dims.\n\n"
      "The result is (N, C, H', W') with H' = (H + 2 * padding - kernel) // stride + 1, rounded up "
      "in ceil_mode.");
  pool_options(definition, "zeros around the input");
  count_attributes(definition)
      .input("input", "(N, C, H, W) or (C, H, W)", floating)
      .body(avg_pool2d)
      .samples({{{any(2, 3, 4, 6)}, {}}, {{any(3, 5, 5)}, {{3}, Ints{2}, {1}, true, false, {}}}});
}

}  // namespace

Tensor avg_pool2d(const Tensor& x, const AvgPool2d& options) {
  if (x.rank() == 3) return squeeze(avg_pool2d(unsqueeze(x, 0), options), Ints{0});
  PoolWindow window = resolve_window("avg_pool2d", options.kernel_size, options.stride,
                                     options.padding, {1}, options.ceil_mode);
  return call(AvgPool{window, options.count_include_pad, options.divisor_override}, x);
}

void define_avg_pool() {
  define_forward();
  define_gradient();
  define_function_avg_pool();
}

}  // namespace mycel
