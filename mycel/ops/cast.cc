#include "mycel/ops/cast.h"

#include "mycel/define/define.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

te::Expr converted(te::Expr x, DType dtype) {
  return dtype == DType::kBool ? te_truth(std::move(x)) : te::cast(std::move(x), dtype);
}

}  // namespace

Tensor cast(const Tensor& x, DType dtype) { return call(Cast{dtype}, x); }

void define_cast() {
  define<Cast>("cast",
               "The elements in another dtype.\n\n"
               "Floats are rounded to the nearest value of a narrower float and truncated to "
               "integers; a float out of an integer's range gives an unspecified one, an integer "
               "wraps; as bool, everything but 0 is true.")
      .input("input", "any shape")
      .attribute(&Cast::dtype, "dtype", "the result's dtype")
      .layout(ir::LayoutRule::kFollow)
      .formula([](te::Formula& f, const ir::Call& call, const Cast& a) {
        std::vector<te::Axis> axes = te::Formula::axes(call.type(0).dims);
        f.output(a.dtype, axes, converted(f.input(0).at(axes), a.dtype));
      })
      .vjp([](const Vjp& v, const Cast&) { return cast_to(v.cotangent(), v.input().dtype()); })
      .example(">>> mc.cast(mc.tensor([1.7, -1.7]), mc.int64)\ntensor([ 1, -1])")
      .samples({{{any(3, 5)}, {DType::kFloat32}},
                {{any(3, 5)}, {DType::kFloat64}},
                {{any(2, 3)}, {DType::kFloat16}},
                {{any(2, 3)}, {DType::kBFloat16}},
                {{any(7)}, {DType::kInt64}},
                {{any(7)}, {DType::kInt8}},
                {{within({7}, 0, 3)}, {DType::kUInt8}},
                {{any(2, 0)}, {DType::kBool}},
                {{any()}, {DType::kBool}}});
}

}  // namespace mycel
