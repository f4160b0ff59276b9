#include "mycel/ops/cumsum.h"

#include "mycel/define/define.h"
#include "mycel/ops/slice.h"
#include "mycel/ops/te_number.h"

namespace mycel {
namespace {

DType result_dtype(DType dtype, const Cumsum& a) {
  bool keeps = is_floating(dtype) || dtype == DType::kUInt64;  // int64 does not hold uint64 sums
  return a.dtype ? *a.dtype : keeps ? dtype : DType::kInt64;
}

}  // namespace

Tensor cumsum(const Tensor& x, const Cumsum& options) { return call(options, x); }

void define_scan() {
  define<Cumsum>("cumsum",
                 "The sums of the elements up to each one along a dim.\n\n"
                 "Integers and bools are summed as int64, uint64 as itself, floats in float64. "
                 "With dtype the elements are cast to it first.")
      .input("input", "any shape")
      .dim(&Cumsum::dim, "dim", "the dim to sum along")
      .required({"dim"})
      .attribute(&Cumsum::dtype, "dtype", "the result's dtype")
      .formula([](te::Formula& f, const ir::Call& call, const Cumsum& a) {
        const ir::Type& x = call.type(0);
        DType dtype = result_dtype(x.dtype, a);
        // Long sums of float32 would stop growing.
        DType inner = is_floating(dtype) ? DType::kFloat64 : DType::kInt64;
        std::vector<te::Axis> out = te::Formula::axes(x.dims), in = out;
        if (out.empty()) {
          f.output(dtype, out, te::cast(f.input(0).at(in), dtype));
          return;
        }
        auto d = static_cast<size_t>(a.dim);
        in[d] = te::axis(out[d].extent);
        te::Expr element = te::cast(te::cast(f.input(0).at(in), dtype), inner);
        te::Expr sum = te::scan(te::Reducer::kSum, in[d], element, te::index(out[d]));
        f.output(dtype, out, dtype == DType::kBool ? te_truth(sum) : sum);
      })
      .vjp([](const Vjp& v, const Cumsum& a) {
        Tensor g = cast_to(v.cotangent(), v.input().dtype());
        if (g.rank() == 0) return g;
        return flip(cumsum(flip(g, {a.dim}), {a.dim, {}}), {a.dim});
      })
      .method()
      .example(">>> mc.cumsum(mc.tensor([1., 2., 3.]), 0)\ntensor([1., 3., 6.])")
      .samples({{{any(3, 5)}, {0, {}}},
                {{any(3, 5)}, {-1, {}}},
                {{any(2, 3, 4)}, {1, {}}},
                {{any(4, 1)}, {1, DType::kFloat64}},
                {{any(0, 3)}, {0, {}}},
                {{any()}, {0, {}}}});
}

}  // namespace mycel
