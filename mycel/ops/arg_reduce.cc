#include "mycel/ops/arg_reduce.h"

#include "mycel/ops/binary.h"
#include "mycel/ops/gather.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reduce_rules.h"
#include "mycel/ops/reshape.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/op_rules.h"

namespace mycel {
namespace {

struct Argmax : ArgReduce {};
struct Argmin : ArgReduce {};
struct Max : ArgReduce {};
struct Min : ArgReduce {};
// max and min along one dim, which is static: values and indices.
struct Along {
  int64_t dim = 0;
  bool keepdim = false;
};
struct MaxAlong : Along {};
struct MinAlong : Along {};

ReduceLoops search_loops(const ir::Call& call, std::optional<int64_t> dim, bool keepdim) {
  std::optional<Ints> dims;
  if (dim) dims = Ints{*dim};
  Ints axes = reduced_axes(dims, call.type(0).rank(), call.def->name);
  check_not_empty(call, axes);
  return reduce_loops(call.type(0).dims, axes, keepdim);
}

// Declares the operand and the options of a search.
template <class A>
Definition<A>& searches(Definition<A>& definition, std::string dim_doc) {
  return definition.input("input", "any shape")
      .dim(&A::dim, "dim", std::move(dim_doc))
      .attribute(&A::keepdim, "keepdim", "whether the dim stays, with extent 1");
}

// Bools are compared as 0 and 1, half-width floats as float32.
te::Expr comparable(te::Expr x) {
  return x->dtype == DType::kBool ? te::cast(std::move(x), DType::kUInt8) : te::widen(std::move(x));
}

te::Expr arg_reduce(te::Formula& f, const ReduceLoops& loops, te::Reducer reducer, int result) {
  te::Expr index = te::constant(DType::kInt64, 0);
  for (size_t k = 0; k < loops.reduced.size(); ++k) {
    te::Expr i = te::index(loops.reduced[k]);
    index = k == 0 ? i : index * te::extent(loops.reduced[k].extent) + i;
  }
  te::Expr value = comparable(f.input(0).at(loops.in));
  if (loops.reduced.empty()) return result == 0 ? value : index;
  return te::arg_reduce(reducer, loops.reduced, value, index, result);
}

template <class A>
void define_arg(std::string_view name, std::string doc, std::string example, te::Reducer reducer) {
  auto definition = define<A>(name, std::move(doc));
  searches(definition, "the dim to search; all elements in row-major order by default")
      .formula([reducer](te::Formula& f, const ir::Call& call, const A& a) {
        ReduceLoops loops = search_loops(call, a.dim, a.keepdim);
        f.output(DType::kInt64, loops.out, arg_reduce(f, loops, reducer, 1));
      })
      .method()
      .example(std::move(example))
      .samples({{{distinct({3, 5})}, {{1, false}}},
                {{any(3, 5)}, {{0, true}}},
                {{distinct({2, 3, 4})}, {}},
                {{any(2, 0)}, {{0, false}}},
                {{any()}, {}}});
}

template <class A>
void define_along(std::string_view name, std::string doc, std::string example,
                  te::Reducer reducer) {
  auto definition = define<A>(name, std::move(doc));
  searches(definition, "the dim to search")
      .output("values", "the extrema")
      .output("indices", "where they are along the dim, int64", false)
      .formula([reducer](te::Formula& f, const ir::Call& call, const A& a) {
        ReduceLoops loops = search_loops(call, a.dim, a.keepdim);
        f.output(call.type(0).dtype, loops.out, arg_reduce(f, loops, reducer, 0));
        f.output(DType::kInt64, loops.out, arg_reduce(f, loops, reducer, 1));
      })
      .vjp([](const Vjp& v, const A& a) {
        const Tensor& x = v.input();
        if (x.rank() == 0) return v.cotangent();
        Tensor g = v.cotangent(0), indices = v.output(1);
        if (a.keepdim) {
          g = squeeze(g, Ints{a.dim});
          indices = squeeze(indices, Ints{a.dim});
        }
        return place(g, indices, a.dim, x.dim(a.dim));
      })
      .internal()
      .example(std::move(example))
      .samples({{{distinct({3, 5})}, {{1, false}}},
                {{distinct({2, 3, 4})}, {{0, true}}},
                {{distinct({2, 3, 1})}, {{-1, false}}},
                {{any(0, 3)}, {{1, false}}},
                {{any()}, {{0, false}}}});
}

template <class F, class A>
void define_function_of(std::string_view name, std::string doc, std::string example,
                        Tensor (*of_all)(const Tensor&),
                        Tensor (*of_two)(const Tensor&, const Tensor&)) {
  auto definition = define_function<F>(name, std::move(doc));
  searches(definition, "the dim to search; all elements by default")
      .output("values", "the extrema")
      .output("indices", "where they are; only with a dim", false)
      .body([of_all](const Tensor& x, const F& a) -> Tensors {
        if (a.dim) return call_n(A{{*a.dim, a.keepdim}}, x);
        if (a.keepdim) {
          fail(Code::kValue, "[{}] expects a dim with keepdim=True, got none", OpOf<F>::def->name);
        }
        return {of_all(x)};
      })
      .method()
      .example(std::move(example))
      .samples({{{distinct({3, 5})}, {}}, {{distinct({3, 5})}, {{1, true}}}});
  auto value_of_two = [of_two](const Tensors& in) { return Tensors{of_two(in[0], in[1])}; };
  rules(definition.op()).call.overloads.push_back({{"input", "other"}, value_of_two});
}

}  // namespace

Tensor argmax(const Tensor& x, const ArgReduce& options) { return call(Argmax{options}, x); }
Tensor argmin(const Tensor& x, const ArgReduce& options) { return call(Argmin{options}, x); }

std::pair<Tensor, Tensor> max(const Tensor& x, int64_t dim, bool keepdim) {
  return call_for_two(MaxAlong{{dim, keepdim}}, x);
}
std::pair<Tensor, Tensor> min(const Tensor& x, int64_t dim, bool keepdim) {
  return call_for_two(MinAlong{{dim, keepdim}}, x);
}

void define_arg_reduce() {
  define_arg<Argmax>("argmax",
                     "The index of the first largest element along a dim; NaN counts as the "
                     "largest. Raises ValueError for no elements.",
                     ">>> mc.argmax(mc.tensor([1., 5., 2.]))\ntensor(1)", te::Reducer::kArgMax);
  define_arg<Argmin>("argmin",
                     "The index of the first smallest element along a dim; NaN counts as the "
                     "smallest. Raises ValueError for no elements.",
                     ">>> mc.argmin(mc.tensor([3., 5., 2.]))\ntensor(2)", te::Reducer::kArgMin);
  define_along<MaxAlong>("max",
                         "The largest elements along a dim and their indices: the first of equal "
                         "ones, which also takes the gradient. NaN counts as the largest.",
                         ">>> mc.max(mc.tensor([[1., 2.], [4., 3.]]), dim=1).indices\n"
                         "tensor([1, 0])",
                         te::Reducer::kArgMax);
  define_along<MinAlong>("min",
                         "The smallest elements along a dim and their indices: the first of equal "
                         "ones, which also takes the gradient. NaN counts as the smallest.",
                         ">>> mc.min(mc.tensor([[1., 2.], [4., 3.]]), dim=1).indices\n"
                         "tensor([0, 1])",
                         te::Reducer::kArgMin);
  define_function_of<Max, MaxAlong>(
      "max",
      "The largest of all elements, or with a dim the largest along it and their indices.\n\n"
      "max(a, b) of two tensors is maximum(a, b). "
      "NaN counts as the largest. Equal elements share the gradient without a dim; with one, the "
      "first is taken and takes the gradient. Raises ValueError for no elements.",
      ">>> mc.max(mc.tensor([[1., 2.], [4., 3.]]))\ntensor(4.)",
      [](const Tensor& x) { return amax(x); }, maximum);
  define_function_of<Min, MinAlong>(
      "min",
      "The smallest of all elements, or with a dim the smallest along it and their indices.\n\n"
      "min(a, b) of two tensors is minimum(a, b). "
      "NaN counts as the smallest. Equal elements share the gradient without a dim; with one, the "
      "first is taken and takes the gradient. Raises ValueError for no elements.",
      ">>> mc.min(mc.tensor([[1., 2.], [4., 3.]]))\ntensor(1.)",
      [](const Tensor& x) { return amin(x); }, minimum);
}

}  // namespace mycel
