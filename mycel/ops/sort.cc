#include "mycel/ops/sort.h"

#include "mycel/define/define.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/gather.h"

namespace mycel {
namespace {

struct Sort {
  int64_t dim = -1;
  bool descending = false;
  bool stable = true;
};
struct Argsort : Sort {};

// Declares the operand and the options of a sort.
template <class A>
void sorts(Definition<A>& definition) {
  definition.input("input", "any shape")
      .dim(&A::dim, "dim", "the dim to sort along")
      .attribute(&A::descending, "descending", "whether the largest comes first")
      .attribute(&A::stable, "stable", "taken for PyTorch's sake: the order is always stable")
      .method();
}

void define_sort_along() {
  define<Sort>(
      "sort",
      "The elements sorted along a dim, and the indices where they stood.\n\n"
      "Equal elements keep their order, whatever `stable` says. NaN counts as the largest.")
      .with(sorts<Sort>)
      .output("values", "the sorted elements")
      .output("indices", "where they stood, int64", false)
      .infer([](const ir::Call& call, const Sort&) {
        const ir::Type& x = call.type(0);
        return ir::Types{x, ir::Type::tensor(DType::kInt64, x.dims)};
      })
      .axes([](const ir::Call& call, const Sort& a) {
        te::AxisRule rule;
        for (int d = 0; d < static_cast<int>(call.type(0).rank()); ++d) {
          rule.axes.push_back(
              te::rule_axis(d == a.dim ? te::AxisKind::kWhole : te::AxisKind::kParallel,
                            call.type(0).dim(static_cast<size_t>(d)), {d}, {d, d}));
        }
        return rule;
      })
      .kernel_primitive()
      .vjp([](const Vjp& v, const Sort& a) {
        const Tensor& g = v.cotangent(0);
        if (g.rank() == 0) return g;
        return scatter_add(zeros_like(g), a.dim, v.output(1), g);
      })
      .example(">>> mc.sort(mc.tensor([3., 1., 2.])).values\ntensor([1., 2., 3.])")
      .samples({{{distinct({3, 5})}, {}},
                {{distinct({3, 5})}, {0, true, true}},
                {{any(2, 7)}, {}},
                {{any(2, 3, 4)}, {1, true, true}},
                {{any(3, 1)}, {}},
                {{any(0, 3)}, {0, false, true}},
                {{any()}, {}}});
}

void define_argsort() {
  define_function<Argsort>("argsort",
                           "The indices that sort the elements along a dim: sort(...).indices.")
      .with(sorts<Argsort>)
      .body([](const Tensor& x, const Argsort& a) { return argsort(x, a.dim, a.descending); })
      .example(">>> mc.argsort(mc.tensor([3., 1., 2.]))\ntensor([1, 2, 0])")
      .samples({{{distinct({3, 5})}, {}}, {{any(7)}, {{0, true, true}}}});
}

}  // namespace

std::pair<Tensor, Tensor> sort(const Tensor& x, int64_t dim, bool descending) {
  return call_for_two(Sort{dim, descending, true}, x);
}

Tensor argsort(const Tensor& x, int64_t dim, bool descending) {
  return sort(x, dim, descending).second;
}

void define_sort() {
  define_sort_along();
  define_argsort();
}

}  // namespace mycel
