#include "mycel/ops/softmax.h"

#include "mycel/define/define.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct LogSoftmax : Softmax {};
struct Softmin : Softmax {};

template <class A>
Definition<A> along_dim(Definition<A> definition) {
  definition.input("input", "any shape")
      .dim(&A::dim, "dim", "the dim along which the exponentials sum to 1")
      .attribute(&A::dtype, "dtype", "the input is cast to it first")
      .expects([](const ir::Call& call, const A& a) {
        if (is_floating(a.dtype.value_or(call.type(0).dtype))) return;
        call.fail(Code::kType, "expects a floating-point input, or dtype=mc.float32, got input {}",
                  call.type(0));
      })
      .samples({{{floats(4, 7)}, {}},
                {{floats(2, 3, 5)}, {1, {}}},
                {{floats(3, 1)}, {-1, {}}},
                {{floats(0, 4)}, {0, {}}},
                {{floats()}, {}},
                {{any(3, 5)}, {0, DType::kFloat64}}});
  return definition;
}

// x minus its maximum along the dim, in its compute dtype.
Tensor shifted(const Tensor& input, DType dtype, int64_t dim) {
  Tensor x = cast_to(input, te::compute_dtype(dtype));
  if (x.dim(dim) == Dim(0)) return x;
  return x - amax(x, {.dim = Ints{dim}, .keepdim = true});
}

}  // namespace

Tensor softmax(const Tensor& x, const Softmax& options) { return call(options, x); }
Tensor log_softmax(const Tensor& x, const Softmax& options) { return call(LogSoftmax{options}, x); }

void define_softmax() {
  along_dim(
      define<Softmax>("softmax",
                      "exp(x) / sum(exp(x)) along a dim: positive numbers that sum to 1.\n\n"
                      "Raises TypeError for integers unless a floating-point dtype is given."))
      .method()
      .functional()
      .body([](const Tensor& input, const Softmax& a) {
        DType dtype = a.dtype.value_or(input.dtype());
        if (input.rank() == 0) return exp(cast_to(input, dtype) * 0);
        Tensor e = exp(shifted(input, dtype, a.dim));
        return cast_to(e / sum(e, {.dim = Ints{a.dim}, .keepdim = true}), dtype);
      })
      .vjp([](const Vjp& v, const Softmax& a) {
        DType compute = te::compute_dtype(v.output().dtype());
        Tensor y = cast_to(v.output(), compute), weighted = cast_to(v.cotangent(), compute) * y;
        Tensor total =
            y.rank() == 0 ? weighted : sum(weighted, {.dim = Ints{a.dim}, .keepdim = true});
        return cast_to(weighted - y * total, v.input().dtype());
      })
      .see(
          "Bridle, Probabilistic interpretation of feedforward classification network outputs, "
          "1990")
      .example(">>> mc.softmax(mc.tensor([1., 1.]), dim=0)\ntensor([0.5000, 0.5000])");
  along_dim(
      define<LogSoftmax>("log_softmax",
                         "The logarithm of softmax, x - log(sum(exp(x))) along a dim.\n\n"
                         "Raises TypeError for integers unless a floating-point dtype is given."))
      .method()
      .functional()
      .body([](const Tensor& input, const LogSoftmax& a) {
        DType dtype = a.dtype.value_or(input.dtype());
        if (input.rank() == 0) return cast_to(input, dtype) * 0;
        Tensor x = shifted(input, dtype, a.dim);
        Tensor total = log(sum(exp(x), {.dim = Ints{a.dim}, .keepdim = true}));
        return cast_to(x - total, dtype);
      })
      .vjp([](const Vjp& v, const LogSoftmax& a) {
        DType compute = te::compute_dtype(v.output().dtype());
        Tensor y = cast_to(v.output(), compute), g = cast_to(v.cotangent(), compute);
        Tensor total = y.rank() == 0 ? g : sum(g, {.dim = Ints{a.dim}, .keepdim = true});
        return cast_to(g - exp(y) * total, v.input().dtype());
      })
      .example(">>> mc.log_softmax(mc.tensor([1., 1.]), dim=0)\ntensor([-0.6931, -0.6931])");
  along_dim(
      define_function<Softmin>("softmin",
                               "softmax of -input: positive numbers that sum to 1, the largest for "
                               "the least."))
      .body([](const Tensor& x, const Softmin& a) {
        return softmax(-cast_to(x, a.dtype.value_or(x.dtype())), {.dim = a.dim});
      })
      .only_functional()
      .example(">>> F.softmin(mc.tensor([1., 1.]), dim=0)\ntensor([0.5000, 0.5000])");
}

}  // namespace mycel
