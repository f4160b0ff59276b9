// Definitions and gradients that the elementwise families share.
#pragma once

#include "mycel/define/define.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/where.h"

namespace mycel {

// A function and method of one operand, sampled over values in [low, high).
template <class A>
Definition<A> unary(std::string_view name, std::string doc, ir::DTypeSet dtypes = any_dtype,
                    double low = -2, double high = 2) {
  Definition<A> definition = define<A>(name, std::move(doc));
  definition.input("input", "any shape", dtypes)
      .method()
      .samples({
          {{within({3, 5}, low, high)}},
          {{within({}, low, high)}},
          {{within({1, 33}, low, high)}},
          {{within({2, 0}, low, high)}},
      });
  return definition;
}

// A unary function whose result is a float for any operand.
template <class A, class F>
Definition<A> unary_float(std::string_view name, std::string doc, F f, double low = -2,
                          double high = 2) {
  doc += "\n\nIntegers and bools give float32.";
  Definition<A> definition = unary<A>(name, std::move(doc), any_dtype, low, high);
  definition.elementwise_float(f);
  return definition;
}

// A function and method of two operands in their common dtype; values of `other` in [low, high).
template <class A>
Definition<A> binary(std::string_view name, std::string doc, ir::DTypeSet dtypes = any_dtype,
                     double low = -2, double high = 2) {
  Definition<A> definition = define<A>(name, std::move(doc));
  definition.input("input", "any shape", dtypes)
      .promotes()
      .input("other", "a shape that broadcasts with input's", dtypes)
      .promotes()
      .method()
      .samples({
          {{any(3, 5), within({3, 5}, low, high)}},
          {{any(2, 3, 4), within({3, 1}, low, high)}},
          {{any(1, 7), within({4, 1}, low, high)}},
          {{any(), within({17}, low, high)}},
          {{any(2, 0), within({1, 1}, low, high)}},
      });
  return definition;
}

// One whose formula computes 16-bit floats in float32, with numbers as they are.
template <class A>
Definition<A> arithmetic(std::string_view name, std::string doc, ir::DTypeSet dtypes = any_dtype,
                         double low = -2, double high = 2) {
  Definition<A> definition = binary<A>(name, std::move(doc), dtypes, low, high);
  rules(definition.op()).call.keeps_float32 = true;
  return definition;
}

// One whose result is a float for any operands.
template <class A, class F>
Definition<A> arithmetic_float(std::string_view name, std::string doc, F f, double low = -2,
                               double high = 2) {
  Definition<A> definition = arithmetic<A>(name, std::move(doc), any_dtype, low, high);
  rules(definition.op()).call.integers_become_floats = true;
  definition.elementwise_float(f);
  return definition;
}

// The gradients of operands that were broadcast, one function for each, called only if needed.
template <class... F>
Tensors broadcast_gradients(const Vjp& v, F... gradient_of_operand) {
  Tensors out(sizeof...(F));
  size_t i = 0;
  auto add = [&](auto& gradient) {
    const Tensor& operand = v.input(i);
    if (v.needs(i)) out[i] = cast_to(sum_to(gradient(), operand.dims()), operand.dtype());
    ++i;
  };
  (add(gradient_of_operand), ...);
  return out;
}

inline Tensor zero_gradient(const Tensor& cotangent) { return zeros_like(cotangent); }

// The gradient without the elements where the mask holds, or without the others.
inline Tensor zero_where(const Tensor& mask, const Tensor& gradient) {
  return where(mask, scalar_like(gradient, int64_t{0}, gradient.dtype()), gradient);
}
inline Tensor only_where(const Tensor& mask, const Tensor& gradient) {
  return where(mask, gradient, scalar_like(gradient, int64_t{0}, gradient.dtype()));
}

}  // namespace mycel
