#include "mycel/ops/reduce.h"

#include <algorithm>

#include "mycel/ops/cast.h"
#include "mycel/ops/float_class.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce_rules.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/te_number.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Sum : ReduceAs {};
struct Mean : ReduceAs {};
struct Amax : Reduce {};
struct Amin : Reduce {};
struct Any : Reduce {};
struct All : Reduce {};

// Declares the operand and options of a reduction with the fields dim and keepdim.
template <class A>
Definition<A> reduction(std::string_view name, std::string doc, ir::DTypeSet dtypes = any_dtype) {
  Definition<A> definition = define<A>(name, std::move(doc));
  definition.input("input", "any shape", dtypes)
      .dims(&A::dim, "dim", "the dims to reduce; all by default");
  if constexpr (std::is_same_v<A, Var>) {
    definition
        .attribute(&A::correction, "correction", "n - correction is divided by; 1 is unbiased")
        .keyword_only_from("correction");
  }
  definition.attribute(&A::keepdim, "keepdim", "whether reduced dims stay, with extent 1").method();
  return definition;
}

template <class A>
Ints axes_of(const ir::Call& call, const A& a) {
  return reduced_axes(a.dim, call.type(0).rank(), call.def->name);
}
template <class A>
Ints axes_of(const Tensor& x, const A& a) {
  return reduced_axes(a.dim, x.rank(), "reduce");
}
template <class A>
ReduceLoops loops_of(const ir::Call& call, const A& a) {
  return reduce_loops(call.type(0).dims, axes_of(call, a), a.keepdim);
}

DType sum_dtype(DType dtype, const std::optional<DType>& wanted) {
  bool keeps = is_floating(dtype) || dtype == DType::kUInt64;  // int64 does not hold uint64 sums
  return wanted ? *wanted : keeps ? dtype : DType::kInt64;
}

// The sum of the operand's elements, cast to `dtype`, in its accumulator.
te::Expr sum_of(te::Formula& f, const ReduceLoops& loops, DType dtype) {
  te::Expr x = f.input(0).at(loops.in);
  if (dtype == DType::kBool) return reduce_over(te::Reducer::kOr, loops, te::cast(x, dtype));
  te::Expr element = te::cast(te::cast(x, dtype), accumulator(dtype));
  return reduce_over(te::Reducer::kSum, loops, element);
}

void define_sum() {
  reduction<Sum>("sum",
                 "The sum of the elements along some dims.\n\n"
                 "Integers and bools are summed as int64, uint64 as itself, half-width floats in "
                 "float32. With dtype the elements are cast to it first.")
      .attribute(&Sum::dtype, "dtype", "the result's dtype")
      .formula([](te::Formula& f, const ir::Call& call, const Sum& a) {
        ReduceLoops loops = loops_of(call, a);
        DType dtype = sum_dtype(call.type(0).dtype, a.dtype);
        f.output(dtype, loops.out, sum_of(f, loops, dtype));
      })
      .vjp([](const Vjp& v, const Sum& a) {
        const Tensor& x = v.input();
        return spread(cast_to(v.cotangent(), x.dtype()), x.dims(), axes_of(x, a));
      })
      .example(">>> mc.sum(mc.tensor([[1., 2.], [3., 4.]]), dim=0)\ntensor([4., 6.])")
      .samples({{{any(3, 5)}},
                {{any(3, 5)}, {{Ints{1}, true, {}}}},
                {{any(2, 3, 4)}, {{Ints{0, -1}, false, {}}}},
                {{any(2, 0)}, {{Ints{1}, false, {}}}},
                {{any()}, {}},
                {{any(4, 1)}, {{Ints{1}, false, DType::kFloat64}}}});
}

void define_mean() {
  reduction<Mean>("mean",
                  "The mean of the elements along some dims; NaN of none.\n\n"
                  "Raises TypeError for integers and bools unless a floating-point dtype is given.")
      .attribute(&Mean::dtype, "dtype", "the elements are cast to it first")
      .expects([](const ir::Call& call, const Mean& a) {
        if (is_floating(a.dtype.value_or(call.type(0).dtype))) return;
        call.fail(Code::kType,
                  "expects a floating-point input, or dtype=mc.float32, got input {}{}",
                  call.type(0), a.dtype ? fmt::format(" and dtype={}", name(*a.dtype)) : "");
      })
      .body([](const Tensor& input, const Mean& a) {
        DType dtype = a.dtype.value_or(input.dtype());
        Tensor x = cast_to(cast_to(input, dtype), te::compute_dtype(dtype));
        Ints axes = axes_of(x, a);
        Tensor total = sum(x, {.dim = axes, .keepdim = a.keepdim});
        return cast_to(total / size_along(x, axes), dtype);
      })
      .vjp([](const Vjp& v, const Mean& a) {
        const Tensor& x = v.input();
        Ints axes = axes_of(x, a);
        const Tensor& g = v.cotangent();
        Tensor share = cast_to(g, te::compute_dtype(g.dtype())) / size_along(x, axes);
        return spread(cast_to(share, x.dtype()), x.dims(), axes);
      })
      .example(">>> mc.mean(mc.tensor([[1., 2.], [3., 4.]]))\ntensor(2.5000)")
      .samples({{{floats(3, 5)}},
                {{floats(3, 5)}, {{Ints{1}, true, {}}}},
                {{floats(2, 3, 4)}, {{Ints{0, 2}, false, {}}}},
                {{floats(3, 0)}, {{Ints{0}, false, {}}}},
                {{ints({4}, 9)}, {{{}, false, DType::kFloat32}}}});
}

// Shares the gradient of amax or amin among the elements that are equal to the result.
Tensor extremum_gradient(const Vjp& v, const Ints& axes) {
  const Tensor& x = v.input();
  Tensor mask = equal(x, spread(v.output(), x.dims(), axes));
  // NaN equals nothing, but is the extremum of any elements that contain it.
  if (is_floating(x.dtype())) mask = logical_or(mask, isnan(x));
  Tensor count = sum(cast(mask, te::compute_dtype(x.dtype())), {.dim = axes, .keepdim = true});
  Dims kept = reduced_dims(x.dims(), axes, true);
  Tensor share = cast_to(reshape(v.cotangent(), kept) / count, x.dtype());
  return where(mask, expand(share, x.dims()), scalar_like(x, int64_t{0}, x.dtype()));
}

template <class A>
void define_extremum(std::string_view name, std::string doc, std::string example,
                     te::Reducer reducer, te::Reducer of_bools) {
  reduction<A>(name, std::move(doc))
      .expects([](const ir::Call& call, const A& a) { check_not_empty(call, axes_of(call, a)); })
      .formula([=](te::Formula& f, const ir::Call& call, const A& a) {
        ReduceLoops loops = loops_of(call, a);
        DType dtype = call.type(0).dtype;
        f.output(dtype, loops.out,
                 reduce_over(dtype == DType::kBool ? of_bools : reducer, loops,
                             te::widen(f.input(0).at(loops.in))));
      })
      .vjp([](const Vjp& v, const A& a) { return extremum_gradient(v, axes_of(v.input(), a)); })
      .example(std::move(example))
      .samples({{{any(3, 5)}},
                {{any(3, 5)}, {{Ints{1}, true}}},
                {{any(2, 3, 4)}, {{Ints{0, -1}, false}}},
                {{any(2, 0)}, {{Ints{0}, false}}},
                {{any()}, {}}});
}

template <class A>
void define_logical(std::string_view name, std::string doc, std::string example,
                    te::Reducer reducer) {
  reduction<A>(name, std::move(doc))
      .formula([reducer](te::Formula& f, const ir::Call& call, const A& a) {
        ReduceLoops loops = loops_of(call, a);
        f.output(DType::kBool, loops.out,
                 reduce_over(reducer, loops, te_truth(f.input(0).at(loops.in))));
      })
      .example(std::move(example))
      .samples({{{bools({3, 5})}},
                {{any(3, 5)}, {{Ints{1}, true}}},
                {{ints({2, 3, 4}, 2)}, {{Ints{0, -1}, false}}},
                {{any(2, 0)}, {{Ints{1}, false}}}});
}

// max(n - correction, 0), the divisor of the sum of squares.
Tensor degrees_of_freedom(const Tensor& x, const Ints& axes, double correction) {
  Dim size = 1;
  for (int64_t axis : axes) size = size * x.dim(axis);
  if (size.is_constant()) {
    double freedom = std::max(static_cast<double>(size.value()) - correction, 0.0);
    return scalar_like(x, freedom, x.dtype());
  }
  return maximum(size_along(x, axes) - correction, scalar_like(x, 0.0, x.dtype()));
}

void define_var() {
  reduction<Var>(
      "var",
      "The variance along some dims: the sum of squared distances from the mean, divided "
      "by max(n - correction, 0).",
      floating)
      .body([](const Tensor& input, const Var& a) {
        Tensor x = cast_to(input, te::compute_dtype(input.dtype()));
        Ints axes = axes_of(x, a);
        Tensor distance = x - mean(x, {.dim = axes, .keepdim = true});
        Tensor squares = sum(distance * distance, {.dim = axes, .keepdim = a.keepdim});
        return cast_to(squares / degrees_of_freedom(x, axes, a.correction), input.dtype());
      })
      .vjp([](const Vjp& v, const Var& a) {
        const Tensor& input = v.input();
        Tensor x = cast_to(input, te::compute_dtype(input.dtype()));
        Ints axes = axes_of(x, a);
        Tensor distance = x - mean(x, {.dim = axes, .keepdim = true});
        Tensor g = cast_to(v.cotangent(), x.dtype());
        g = reshape(g, reduced_dims(x.dims(), axes, true));
        Tensor scale = g * 2 / degrees_of_freedom(x, axes, a.correction);
        return cast_to(distance * scale, input.dtype());
      })
      .example(">>> mc.var(mc.tensor([1., 2., 3.]))\ntensor(1.)")
      .samples({{{any(3, 5)}},
                {{any(3, 5)}, {Ints{1}, 0, true}},
                {{any(2, 3, 4)}, {Ints{0, 2}, 1, false}}});
}

}  // namespace

Tensor sum(const Tensor& x, const ReduceAs& options) { return call(Sum{options}, x); }
Tensor mean(const Tensor& x, const ReduceAs& options) { return call(Mean{options}, x); }
Tensor amax(const Tensor& x, const Reduce& options) { return call(Amax{options}, x); }
Tensor amin(const Tensor& x, const Reduce& options) { return call(Amin{options}, x); }
Tensor any(const Tensor& x, const Reduce& options) { return call(Any{options}, x); }
Tensor all(const Tensor& x, const Reduce& options) { return call(All{options}, x); }
Tensor var(const Tensor& x, const Var& options) { return call(options, x); }

Tensor sum_to(const Tensor& x, const Dims& dims) {
  Dims from = x.dims();
  if (from == dims) return x;
  size_t leading = from.size() - dims.size();
  Ints axes;
  for (size_t d = 0; d < from.size(); ++d) {
    bool repeated = d >= leading && dims[d - leading] == Dim(1) && !(from[d] == Dim(1));
    if (d < leading || repeated) axes.push_back(static_cast<int64_t>(d));
  }
  Tensor y = sum(x, {.dim = axes, .keepdim = leading < axes.size()});
  return y.dims() == dims ? y : reshape(y, dims);
}

void define_reduce() {
  define_sum();
  define_mean();
  define_extremum<Amax>(
      "amax",
      "The largest element along some dims; NaN if there is one.\n\n"
      "Elements that are equal to it, or NaN as it is, share the gradient. Raises ValueError for "
      "no elements.",
      ">>> mc.amax(mc.tensor([[1., 2.], [3., 0.]]), dim=1)\ntensor([2., 3.])", te::Reducer::kMax,
      te::Reducer::kOr);
  define_extremum<Amin>(
      "amin",
      "The smallest element along some dims; NaN if there is one.\n\n"
      "Elements that are equal to it, or NaN as it is, share the gradient. Raises ValueError for "
      "no elements.",
      ">>> mc.amin(mc.tensor([[1., 2.], [3., 0.]]), dim=1)\ntensor([1., 0.])", te::Reducer::kMin,
      te::Reducer::kAnd);
  define_logical<Any>("any", "Whether some element along the dims is true, that is not 0.",
                      ">>> mc.any(mc.tensor([[0, 1], [0, 0]]), dim=1)\ntensor([ True, False])",
                      te::Reducer::kOr);
  define_logical<All>("all", "Whether every element along the dims is true, that is not 0.",
                      ">>> mc.all(mc.tensor([[1, 1], [0, 1]]), dim=1)\ntensor([ True, False])",
                      te::Reducer::kAnd);
  define_var();
}

}  // namespace mycel
