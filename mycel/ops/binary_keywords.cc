#include "mycel/ops/binary_keywords.h"

#include "mycel/ops/elementwise.h"
#include "mycel/ops/te_number.h"

namespace mycel {
namespace {

struct AddScaled {
  ir::Scalar alpha = int64_t{1};
};
struct SubtractScaled {
  ir::Scalar alpha = int64_t{1};
};
struct DivideRounded {
  std::optional<Rounding> rounding_mode = {};
};

// Calls of `name` with keywords are those of the definition.
template <class A>
Definition<A> with_keywords_of(std::string_view name, Definition<A> definition) {
  rules(*ir::Registry::get().find(name)).call.with_keywords = &definition.op();
  return definition;
}

template <class A>
ir::Type scaled_type(const ir::Call& call, const A& a) {
  ir::Type type = broadcast_type(call);
  if (!is_floating(type.dtype) && std::holds_alternative<double>(a.alpha)) {
    call.fail(Code::kType, "expects an integer alpha for integers, got {}", number_text(a.alpha));
  }
  return type;
}

// input + sign * alpha * other
template <class A, int Sign>
void define_scaled(std::string_view name, const char* function, std::string doc,
                   std::string example) {
  with_keywords_of(name, arithmetic<A>(function, std::move(doc), numeric))
      .attribute(&A::alpha, "alpha", "the factor of other")
      .keyword_only_from("alpha")
      .elementwise([](te::Expr x, te::Expr y, const A& a) {
        te::Expr scaled = te_number(y->dtype, a.alpha) * y;
        return Sign > 0 ? x + scaled : x - scaled;
      })
      .infer([](const ir::Call& call, const A& a) { return scaled_type(call, a); })
      .vjp([](const Vjp& v, const A& a) {
        auto of_other = [&] {
          Tensor scaled = v.cotangent() * a.alpha;
          return Sign > 0 ? scaled : -scaled;
        };
        return broadcast_gradients(v, [&] { return v.cotangent(); }, of_other);
      })
      .internal()
      .example(std::move(example));
}

void define_divide_rounded() {
  auto rounded = [](const Tensor& x, const Tensor& y, const DivideRounded& a) {
    return a.rounding_mode ? divide_rounded(x, y, *a.rounding_mode) : divide(x, y);
  };
  with_keywords_of("divide", define_function<DivideRounded>(
                                 "divide_rounded", "input / other, rounded to whole numbers."))
      .input("input", "any shape")
      .promotes()
      .input("other", "a shape that broadcasts with input's")
      .promotes()
      .attribute(&DivideRounded::rounding_mode, "rounding_mode",
                 "trunc or floor rounds the quotient, in the operands' common dtype",
                 {"trunc", "floor"})
      .keyword_only_from("rounding_mode")
      .body(rounded)
      .layout(ir::LayoutRule::kFollow)
      .internal()
      .samples({{{any(3, 5), within({3, 5}, 0.5, 3)}, {}},
                {{floats(3, 5), within({5}, 0.5, 3)}, {Rounding::kTrunc}},
                {{floats(3, 5), within({}, 0.5, 3)}, {Rounding::kFloor}}})
      .example(">>> mc.div(mc.tensor([7, -7]), 2, rounding_mode=\"trunc\")\ntensor([ 3, -3])");
}

}  // namespace

Tensor add_scaled(const Tensor& a, const Tensor& b, const ir::Scalar& alpha) {
  return call(AddScaled{alpha}, a, b);
}
Tensor subtract_scaled(const Tensor& a, const Tensor& b, const ir::Scalar& alpha) {
  return call(SubtractScaled{alpha}, a, b);
}
Tensor divide_rounded(const Tensor& a, const Tensor& b, Rounding rounding) {
  if (rounding == Rounding::kFloor) return floor_divide(a, b);
  if (is_floating(a.dtype())) return trunc(a / b);
  return floor_divide(a - fmod(a, b), b);
}

void define_binary_keywords() {
  define_scaled<AddScaled, 1>(
      "add", "add_scaled", "input + alpha * other.",
      ">>> mc.add(mc.tensor([1., 2.]), mc.tensor([3., 4.]), alpha=10)\ntensor([31., 42.])");
  define_scaled<SubtractScaled, -1>(
      "subtract", "subtract_scaled", "input - alpha * other.",
      ">>> mc.sub(mc.tensor([1., 2.]), mc.tensor([3., 4.]), alpha=10)\ntensor([-29., -38.])");
  define_divide_rounded();
}

}  // namespace mycel
