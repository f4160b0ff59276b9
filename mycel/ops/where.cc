#include "mycel/ops/where.h"

#include "mycel/define/define.h"
#include "mycel/ops/float_class.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/subscript.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/op_rules.h"

namespace mycel {
namespace {

struct Where {};
struct Clip {};

Tensor nothing_like(const Tensor& x) { return scalar_like(x, int64_t{0}, x.dtype()); }

// The positions of the elements that are not 0, one tensor for each dim.
Tensors true_positions(const Tensor& condition) {
  Tensor mask = cast_to(condition, DType::kBool);
  return nonzero(mask.rank() == 0 ? reshape(mask, {1}) : mask);
}

void define_where() {
  auto definition =
      define<Where>(
          "where",
          "input where the condition is true, other elsewhere.\n\n"
          "where(condition) alone gives the positions that are true (not 0), one int64 tensor "
          "for each dim, which only an eager program knows. "
          "The gradient of the value that is not taken is 0, also where that value is inf or "
          "NaN.")
          .input("condition", "a shape that broadcasts with the others", boolean)
          .input("input", "any shape")
          .input("other", "any shape that broadcasts")
          .promotes(2)
          .elementwise([](te::Expr condition, te::Expr x, te::Expr y) {
            return te::select(condition, x, y);
          })
          .vjp(
              nullptr,
              [](const Vjp& v, Where) {
                const Tensor& g = v.cotangent();
                return sum_to(where(v.input(0), g, nothing_like(g)), v.input(1).dims());
              },
              [](const Vjp& v, Where) {
                const Tensor& g = v.cotangent();
                return sum_to(where(v.input(0), nothing_like(g), g), v.input(2).dims());
              })
          .example(
              ">>> mc.where(mc.tensor([True, False]), mc.tensor([1., 2.]), 0)\ntensor([1., 0.])")
          .samples({{{bools({3, 5}), any(3, 5), any(3, 5)}},
                    {{bools({4, 1}), any(1, 3), any()}},
                    {{bools({}), any(2, 3), any(3)}},
                    {{bools({0}), any(0), any(1)}}});
  rules(definition.op())
      .call.overloads.push_back(
          {{"condition"}, [](const Tensors& in) { return true_positions(in[0]); }, true});
}

Tensor either(const Tensor& a, const Tensor& b) { return a.defined() ? logical_or(a, b) : b; }

// One bound of a clip, and where the input is beyond it or equal to it.
struct Bound {
  Tensor value;  // undefined if absent
  Tensor beyond;
  Tensor tied;

  // PyTorch's rule: an element equal to a bound takes no gradient if the bound is a number, and
  // half of it if the bound is a tensor.
  bool is_number() const { return value.rank() == 0 && !value.requires_grad(); }
};

struct ClipBounds {
  Bound low, high;
  Tensor crossed;  // undefined if one is absent

  explicit ClipBounds(const Vjp& v) {
    const Tensor& x = v.input(0);
    if (v.num_inputs() > 1 && v.input(1).defined()) {
      low = {v.input(1), x < v.input(1), x == v.input(1)};
    }
    if (v.num_inputs() > 2 && v.input(2).defined()) {
      high = {v.input(2), x > v.input(2), x == v.input(2)};
    }
    if (low.value.defined() && high.value.defined()) crossed = low.value > high.value;
  }
};

Tensor shared(const Tensor& g, const Tensor& all, const Tensor& half, const Tensor& like) {
  Tensor rest = where(half, g * 0.5, nothing_like(g));
  return sum_to(where(all, g, rest), like.dims());
}

Tensor clip_gradient_of_input(const Vjp& v, const ClipBounds& bounds) {
  const Tensor &x = v.input(0), &g = v.cotangent();
  Tensor none = bounds.crossed, half;
  for (const Bound* bound : {&bounds.low, &bounds.high}) {
    if (!bound->value.defined()) continue;
    none = either(none, bound->beyond);
    if (bound->is_number()) {
      none = either(none, logical_or(bound->tied, isnan(x)));
    } else {
      half = half.defined() ? not_equal(half, bound->tied) : bound->tied;
    }
  }
  Tensor inside = half.defined() ? where(half, g * 0.5, g) : g;
  return none.defined() ? sum_to(where(none, nothing_like(g), inside), x.dims())
                        : sum_to(inside, x.dims());
}

// Where the bounds are crossed, the upper one counts; where the input equals both, the input keeps
// the gradient.
Tensors clip_gradients(const Vjp& v) {
  const Tensor& g = v.cotangent();
  ClipBounds bounds(v);
  const Bound &low = bounds.low, &high = bounds.high;
  Tensors out(v.num_inputs());
  if (v.needs(0)) out[0] = clip_gradient_of_input(v, bounds);
  if (low.value.defined() && v.needs(1)) {
    Tensor all = low.beyond, half = low.tied;
    if (bounds.crossed.defined()) {
      all = logical_and(all, logical_not(bounds.crossed));
      half = logical_and(half, logical_not(logical_or(bounds.crossed, high.tied)));
    }
    out[1] = shared(g, all, half, low.value);
  }
  if (high.value.defined() && v.needs(2)) {
    Tensor all = high.beyond, half = high.tied;
    if (bounds.crossed.defined()) {
      all = logical_or(all, bounds.crossed);
      half = logical_and(half, logical_not(low.tied));
    }
    out[2] = shared(g, all, half, high.value);
  }
  return out;
}

void define_clip() {
  define<Clip>("clip",
               "input limited to [min, max]: minimum(maximum(input, min), max).\n\n"
               "One bound may be absent. A bound is a number or a tensor that broadcasts. NaN "
               "stays NaN. The "
               "gradient passes where min < input < max; an element that equals a bound which "
               "is a tensor shares it with the bound.")
      .input("input", "any shape", numeric)
      .optional_input("min", "the smallest value", numeric)
      .optional_input("max", "the largest value", numeric)
      .promotes(3)
      .elementwise([](te::Expr x, te::Expr low, te::Expr high) {
        if (low) x = te::max(x, low);
        return high ? te::min(x, high) : x;
      })
      .expects([](const ir::Call& call, Clip) {
        if (call.has(1) || call.has(2)) return;
        call.fail(Code::kValue, "expects min, max or both, got none");
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
