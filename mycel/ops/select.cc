#include "mycel/ops/select.h"

#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/define.h"

namespace mycel {
namespace {

struct Where {};
struct Clip {};

Tensor nothing_like(const Tensor& x) { return scalar_like(x, int64_t{0}, x.dtype()); }

void define_where() {
  define<Where>("where",
                "input where the condition is true, other elsewhere.\n\n"
                "The gradient of the value that is not taken is 0, also where that value is inf or "
                "NaN.")
      .input("condition", "a shape that broadcasts with the others", boolean)
      .input("input", "any shape")
      .promotes()
      .input("other", "any shape that broadcasts")
      .promotes()
      .elementwise(
          [](te::Expr condition, te::Expr x, te::Expr y) { return te::select(condition, x, y); })
      .vjp([](const Vjp& v, Where) {
        const Tensor &condition = v.input(0), &g = v.cotangent();
        Tensors out(3);
        if (v.needs(1)) out[1] = sum_to(where(condition, g, nothing_like(g)), v.input(1).dims());
        if (v.needs(2)) out[2] = sum_to(where(condition, nothing_like(g), g), v.input(2).dims());
        return out;
      })
      .example(">>> mc.where(mc.tensor([True, False]), mc.tensor([1., 2.]), 0)\ntensor([1., 0.])")
      .samples({{{bools({3, 5}), any(3, 5), any(3, 5)}},
                {{bools({4, 1}), any(1, 3), any()}},
                {{bools({}), any(2, 3), any(3)}},
                {{bools({0}), any(0), any(1)}}});
}

// The cotangent where `mask` is true.
Tensor masked(const Tensor& g, const Tensor& mask, const Tensor& like) {
  return sum_to(where(mask, g, nothing_like(g)), like.dims());
}

Tensors clip_gradients(const Vjp& v) {
  const Tensor &x = v.input(0), &g = v.cotangent();
  bool has_low = v.num_inputs() > 1 && v.input(1).defined();
  bool has_high = v.num_inputs() > 2 && v.input(2).defined();
  Tensors out(v.num_inputs());
  if (v.needs(0)) {
    Tensor inside;
    // As in PyTorch, an element that equals a bound takes no gradient.
    if (has_low) inside = x > v.input(1);
    if (has_high) {
      Tensor below = x < v.input(2);
      inside = inside.defined() ? logical_and(inside, below) : below;
    }
    out[0] = inside.defined() ? masked(g, inside, x) : g;
  }
  // Where the bounds are crossed the upper one counts.
  if (has_low && v.needs(1)) {
    Tensor below = x < v.input(1);
    if (has_high) below = logical_and(below, v.input(1) < v.input(2));
    out[1] = masked(g, below, v.input(1));
  }
  if (has_high && v.needs(2)) {
    Tensor above = x > v.input(2);
    if (has_low) above = logical_or(above, v.input(1) > v.input(2));
    out[2] = masked(g, above, v.input(2));
  }
  return out;
}

void define_clip() {
  auto definition =
      define<Clip>("clip",
                   "input limited to [min, max]: minimum(maximum(input, min), max).\n\n"
                   "One bound may be absent. A bound is a number or a tensor that broadcasts. NaN "
                   "stays NaN. The "
                   "gradient passes where min < input < max.")
          .input("input", "any shape", numeric)
          .promotes()
          .optional_input("min", "the smallest value", numeric)
          .promotes()
          .optional_input("max", "the largest value", numeric)
          .promotes()
          .elementwise([](te::Expr x, te::Expr low, te::Expr high) {
            if (low) x = te::max(x, low);
            return high ? te::min(x, high) : x;
          })
          .vjp([](const Vjp& v, Clip) { return clip_gradients(v); })
          .method()
          .alias("clamp")
          .example(
              ">>> mc.clip(mc.tensor([-1., 0.5, 9.]), 0, 1)\n"
              "tensor([0.0000, 0.5000, 1.0000])")
          .samples({{{any(3, 5), within({}, -1, 0), within({}, 0, 1)}},
                    {{any(3, 5), absent(), within({5}, 0, 1)}},
                    {{any(3, 5), within({3, 1}, -1, 0)}},
                    {{any(0), within({}, -1, 0), within({}, 0, 1)}}});
  definition.op().infer = [inner = definition.op().infer](const ir::Call& call, ir::Types& out) {
    if (!call.has(1) && !call.has(2)) call.fail(Code::kValue, "expects min, max or both, got none");
    inner(call, out);
  };
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  return call(Where{}, condition, a, b);
}
Tensor clip(const Tensor& x, const Tensor& low, const Tensor& high) {
  return call(Clip{}, x, low, high);
}

void define_select() {
  define_where();
  define_clip();
}

}  // namespace mycel
