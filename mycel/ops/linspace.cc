#include "mycel/ops/linspace.h"

#include <cmath>

#include "mycel/define/define.h"
#include "mycel/ops/number_operand.h"
#include "mycel/te/functions.h"

namespace mycel {

void define_linspace() {
  define<Linspace>(
      "linspace",
      "Numbers at equal distances from start to end, both included.\n\n"
      "They are computed in float64, from the nearer end, and truncated for an integer "
      "dtype.")
      .attribute(&Linspace::steps, "steps", "how many numbers")
      .attribute(&Linspace::start, "start", "the first")
      .attribute(&Linspace::end, "end", "the last")
      .attribute(&Linspace::dtype, "dtype", "the result's dtype")
      .expects([](const ir::Call& call, const Linspace& a) {
        if (a.steps.is_constant() && a.steps.value() < 0) {
          call.fail(Code::kValue, "expects steps of at least 0, got {}", a.steps.value());
        }
        for (double bound : {a.start, a.end}) {
          if (is_integer(a.dtype)) check_holds("linspace", a.dtype, std::trunc(bound));
        }
      })
      .formula([](te::Formula& f, const ir::Call&, const Linspace& a) {
        te::Axis axis = te::axis(a.steps);
        auto number = [](te::Expr x) { return te::cast(std::move(x), DType::kFloat64); };
        auto constant = [](double x) { return te::constant(DType::kFloat64, x); };
        te::Expr i = number(te::index(axis)), last = number(te::extent(a.steps)) - 1.0;
        te::Expr start = constant(a.start), end = constant(a.end), back = last - i;
        te::Expr step = (end - start) / te::max(last, constant(1.0));
        f.output(a.dtype, {axis}, te::select(i <= back, start + i * step, end - back * step));
      })
      .internal()
      .example(">>> mc.linspace(0, 1, 3)\ntensor([0.0000, 0.5000, 1.0000])")
      .samples({{{}, {5, 0, 10, DType::kInt64}},
                {{}, {4, 0.5, -0.25, DType::kFloat32}},
                {{}, {1, 2, 3, DType::kFloat64}},
                {{}, {0, 0, 1, DType::kFloat16}}});
}

}  // namespace mycel
