#include "mycel/ops/ternary.h"

#include "mycel/ops/elementwise.h"
#include "mycel/ops/te_number.h"

namespace mycel {
namespace {

struct Lerp {};
struct AddCMul {
  ir::Scalar value = int64_t{1};
};
struct AddCDiv {
  ir::Scalar value = int64_t{1};
};
struct MaskedFill {};
struct ClampMin {};
struct ClampMax {};

// A function and method of three operands in their common dtype, computed as arithmetic is.
template <class A>
Definition<A> ternary(std::string_view name, std::string doc, ir::DTypeSet dtypes,
                      std::vector<std::string> others, double low, double high) {
  Definition<A> definition = define<A>(name, std::move(doc));
  definition.input("input", "any shape", dtypes).promotes();
  for (const std::string& other : others) {
    definition.input(other, "a shape that broadcasts with the others", dtypes).promotes();
  }
  definition.method().samples({
      {{any(3, 5), any(3, 5), within({3, 5}, low, high)}},
      {{any(2, 3, 4), any(3, 1), within({4}, low, high)}},
      {{any(), any(17), within({}, low, high)}},
      {{any(2, 0), any(), within({1, 1}, low, high)}},
  });
  rules(definition.op()).call.keeps_float32 = true;
  return definition;
}

// From the nearer end, so that weights 0 and 1 give the ends exactly.
te::Expr interpolate(te::Expr start, te::Expr end, te::Expr weight) {
  te::Expr way = end - start;
  return te::select(te::abs(weight) < 0.5, start + weight * way, end - way * (1.0 - weight));
}

void define_lerp() {
  ternary<Lerp>("lerp", "input + weight * (end - input), between input and end.", floating,
                {"end", "weight"}, 0, 1)
      .elementwise(interpolate)
      .vjp([](const Vjp& v, Lerp) {
        const Tensor &g = v.cotangent(), &weight = v.input(2);
        return broadcast_gradients(
            v, [&] { return g * (1 - weight); }, [&] { return g * weight; },
            [&] { return g * (v.input(1) - v.input(0)); });
      })
      .example(
          ">>> mc.lerp(mc.tensor([0., 10.]), mc.tensor([4., 20.]), 0.25)\n"
          "tensor([ 1.0000, 12.5000])");
}

void define_scaled_sums() {
  ternary<AddCMul>("addcmul", "input + value * tensor1 * tensor2.", numeric, {"tensor1", "tensor2"},
                   -2, 2)
      .attribute(&AddCMul::value, "value", "the factor of the product")
      .keyword_only_from("value")
      .elementwise([](te::Expr x, te::Expr a, te::Expr b, const AddCMul& attributes) {
        return x + te_number(x->dtype, attributes.value) * a * b;
      })
      .vjp([](const Vjp& v, const AddCMul& a) {
        auto scaled = [&](size_t other) { return v.cotangent() * v.input(other) * a.value; };
        return broadcast_gradients(
            v, [&] { return v.cotangent(); }, [&] { return scaled(2); }, [&] { return scaled(1); });
      })
      .example(
          ">>> mc.addcmul(mc.tensor([1., 2.]), mc.tensor([3., 4.]), mc.tensor([5., 6.]))\n"
          "tensor([16., 26.])");
  ternary<AddCDiv>("addcdiv", "input + value * tensor1 / tensor2.", floating,
                   {"tensor1", "tensor2"}, 0.5, 3)
      .attribute(&AddCDiv::value, "value", "the factor of the quotient")
      .keyword_only_from("value")
      .elementwise([](te::Expr x, te::Expr a, te::Expr b, const AddCDiv& attributes) {
        return x + te_number(x->dtype, attributes.value) * a / b;
      })
      .vjp([](const Vjp& v, const AddCDiv& a) {
        const Tensor &g = v.cotangent(), &below = v.input(2);
        return broadcast_gradients(
            v, [&] { return g; }, [&] { return g * a.value / below; },
            [&] { return -(g * a.value * v.input(1) / (below * below)); });
      })
      .example(
          ">>> mc.addcdiv(mc.tensor([1., 2.]), mc.tensor([3., 4.]), mc.tensor([2., 2.]))\n"
          "tensor([2.5000, 4.0000])");
}

void define_masked_fill() {
  define_function<MaskedFill>("masked_fill",
                              "input with value where the mask is true, in the dtype of input.")
      .input("input", "any shape")
      .input("mask", "a shape that broadcasts with input's", boolean)
      .input("value", "a number or a 0-d tensor")
      .body([](const Tensor& x, const Tensor& mask, const Tensor& value, MaskedFill) {
        return masked_fill(x, mask, value);
      })
      .layout(ir::LayoutRule::kFollow)
      .method()
      .samples({{{any(3, 5), bools({3, 5}), any()}}, {{any(4), bools({2, 1}), any()}}})
      .example(
          ">>> mc.masked_fill(mc.tensor([1., 2.]), mc.tensor([True, False]), 0)\n"
          "tensor([0., 2.])");
}

// clip with one bound.
template <class A, class F>
void define_clamp(std::string_view name, std::string doc, const char* bound, F limited,
                  std::string example) {
  define_function<A>(name, std::move(doc))
      .input("input", "any shape", numeric)
      .promotes()
      .input(bound, "a number, or a tensor that broadcasts", numeric)
      .promotes()
      .body([limited](const Tensor& x, const Tensor& limit, A) { return limited(x, limit); })
      .layout(ir::LayoutRule::kFollow)
      .method()
      .samples({{{any(3, 5), within({}, -1, 1)}}, {{any(3, 5), within({5}, -1, 1)}}})
      .example(std::move(example));
}

}  // namespace

Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) {
  return call(Lerp{}, start, end, weight);
}
Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, const ir::Scalar& value) {
  return call(AddCMul{value}, x, a, b);
}
Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, const ir::Scalar& value) {
  return call(AddCDiv{value}, x, a, b);
}
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  return where(mask, cast_to(value, x.dtype()), x);
}

void define_ternary() {
  define_lerp();
  define_scaled_sums();
  define_masked_fill();
  define_clamp<ClampMin>(
      "clamp_min", "input limited to at least min, as clip(input, min=min).", "min",
      [](const Tensor& x, const Tensor& low) { return clip(x, low, {}); },
      ">>> mc.clamp_min(mc.tensor([-1., 2.]), 0)\ntensor([0., 2.])");
  define_clamp<ClampMax>(
      "clamp_max", "input limited to at most max, as clip(input, max=max).", "max",
      [](const Tensor& x, const Tensor& high) { return clip(x, {}, high); },
      ">>> mc.clamp_max(mc.tensor([-1., 2.]), 0)\ntensor([-1.,  0.])");
}

}  // namespace mycel
