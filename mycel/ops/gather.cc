#include "mycel/ops/gather.h"

#include "mycel/define/define.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/index_rules.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Gather {
  int64_t dim = 0;
};
struct ScatterAdd {
  int64_t dim = 0;
};
struct Place {
  int64_t dim = 0;
  Dim size = 1;
};

// x and index have one rank; index is at most as long as x except along the dim.
void check_index_dims(const ir::Call& call, int64_t dim) {
  const ir::Type &x = call.type(0), &index = call.type(1);
  bool fits = x.rank() == index.rank() && x.rank() > 0;
  for (size_t d = 0; fits && d < x.rank(); ++d) {
    bool numbers = x.dim(d).is_constant() && index.dim(d).is_constant();
    bool inside = numbers ? index.dim(d).value() <= x.dim(d).value() : x.dim(d) == index.dim(d);
    fits = d == static_cast<size_t>(dim) || inside;
  }
  if (!fits) {
    call.fail(Code::kValue,
              "expects input and index of the same rank, index at most as long as input except "
              "along dim {}, got input {} and index {}",
              dim, x, index);
  }
}

// Dims other than the indexed one are parallel where input and index are equally long.
te::AxisRule scatter_axes(const ir::Call& call, size_t dim) {
  using te::AxisKind;
  te::AxisRule rule;
  for (size_t k = 0; k < call.type(0).rank(); ++k) {
    int d = static_cast<int>(k);
    Dim extent = call.type(0).dim(k), of_index = call.type(1).dim(k);
    if (k != dim && extent == of_index) {
      rule.axes.push_back(te::rule_axis(AxisKind::kParallel, extent, {d, d, d}, {d}));
      continue;
    }
    AxisKind kind = k == dim ? AxisKind::kIndirect : AxisKind::kWhole;
    rule.axes.push_back(te::rule_axis(kind, extent, {d, -1, -1}, {d}));
    rule.axes.push_back(te::rule_axis(AxisKind::kWhole, of_index, {-1, d, d}, {-1}));
  }
  return rule;
}

void define_gather_along() {
  define<Gather>(
      "gather",
      "The elements of input at the positions that index gives along a dim.\n\n"
      "For dim 0 of a matrix, out[i, j] = input[index[i, j], j]. Raises IndexError for an "
      "index out of range, a negative one among them.")
      .input("input", "any shape of at least one dim")
      .input("index", "as input, but of any length along the dim", integer)
      .dim(&Gather::dim, "dim", "the dim that is indexed")
      .expects([](const ir::Call& call, const Gather& a) { check_index_dims(call, a.dim); })
      .check([](const Tensors& in, const Gather& a) {
        check_range("gather", in[1], 0, in[0].dim(a.dim).value());
      })
      .formula([](te::Formula& f, const ir::Call& call, const Gather& a) {
        std::vector<te::Axis> axes = te::Formula::axes(call.type(1).dims);
        std::vector<te::Expr> indices = te::indices(axes);
        indices[static_cast<size_t>(a.dim)] = te::cast(f.input(1).at(axes), DType::kInt64);
        f.output(call.type(0).dtype, axes, f.input(0).at(indices));
      })
      .vjp([](const Vjp& v, const Gather& a) {
        return scatter_add(zeros_like(v.input(0)), a.dim, v.input(1), v.cotangent());
      })
      .method()
      .order({"input", "dim", "index"})
      .required({"dim"})
      .example(
          ">>> mc.gather(mc.tensor([[1., 2.], [3., 4.]]), 1, mc.tensor([[1], [0]]))\n"
          "tensor([[2.],\n        [3.]])")
      .samples({{{any(3, 5), ints({3, 2}, 5)}, {1}},
                {{any(3, 5), ints({4, 5}, 3)}, {0}},
                {{any(2, 3, 4), ints({2, 3, 1}, 4)}, {-1}},
                {{any(3, 5), ints({2, 5}, 3)}, {0}},
                {{any(4, 3), ints({2, 7}, 3)}, {1}},
                {{any(3), ints({0}, 3)}, {0}}});
}

void define_scatter_add() {
  define<ScatterAdd>(
      "scatter_add",
      "input with the elements of src added at the positions that index gives along "
      "a dim.\n\n"
      "For dim 0 of a matrix, out[index[i, j], j] += src[i, j]; positions may "
      "repeat. Raises IndexError for an index out of range, a negative one among them.")
      .input("input", "any shape of at least one dim")
      .promotes()
      .input("index", "as input, but of any length along the dim", integer)
      .input("src", "the shape of index")
      .promotes()
      .dim(&ScatterAdd::dim, "dim", "the dim that is indexed")
      .infer([](const ir::Call& call, const ScatterAdd& a) {
        check_index_dims(call, a.dim);
        check_one_shape(call, 1, 2);
        return call.type(0);
      })
      .axes([](const ir::Call& call, const ScatterAdd& a) {
        return scatter_axes(call, static_cast<size_t>(a.dim));
      })
      .check([](const Tensors& in, const ScatterAdd& a) {
        check_range("scatter_add", in[1], 0, in[0].dim(a.dim).value());
      })
      .kernel_primitive()
      .vjp([](const Vjp& v, const ScatterAdd&) { return v.cotangent(); }, nullptr,
           [](const Vjp& v, const ScatterAdd& a) {
             return gather(v.cotangent(), a.dim, v.input(1));
           })
      .method()
      .order({"input", "dim", "index", "src"})
      .required({"dim"})
      .example(
          ">>> mc.scatter_add(mc.zeros(3), 0, mc.tensor([0, 2, 0]), mc.ones(3))\n"
          "tensor([2., 0., 1.])")
      .samples({{{any(3, 5), ints({3, 2}, 5), any(3, 2)}, {1}},
                {{any(3, 5), ints({7, 5}, 3), any(7, 5)}, {0}},
                {{any(2, 3, 4), ints({2, 3, 1}, 4), any(2, 3, 1)}, {-1}},
                {{any(3), ints({0}, 3), any(0)}, {0}}});
}

void define_place() {
  define<Place>("place",
                "A new dim in which each element stands at its index, with zeros around it.\n\n"
                "For dim 1 of a vector, out[i, k] = input[i] if index[i] == k else 0.")
      .input("input", "any shape")
      .input("index", "the shape of input", integer)
      .new_dim(&Place::dim, "dim", "where the new dim comes")
      .new_extent(&Place::size, "size", "its extent")
      .expects([](const ir::Call& call, const Place&) { check_one_shape(call, 0, 1); })
      .formula([](te::Formula& f, const ir::Call& call, const Place& a) {
        std::vector<te::Axis> in = te::Formula::axes(call.type(0).dims), out = in;
        te::Axis added = te::axis(a.size);
        out.insert(out.begin() + a.dim, added);
        te::Expr at = te::cast(f.input(1).at(in), DType::kInt64), value = f.input(0).at(in);
        te::Expr here = te::is_equal(at, te::index(added));
        f.output(value->dtype, out, te::select(here, value, te_zero(value->dtype)));
      })
      .vjp([](const Vjp& v, const Place& a) {
        const Tensor& g = v.cotangent();
        return squeeze(gather(g, a.dim, unsqueeze(v.input(1), a.dim)), Ints{a.dim});
      })
      .internal()
      .example(">>> F.one_hot(mc.tensor([1, 0]), 2)\ntensor([[0, 1],\n        [1, 0]])")
      .samples({{{any(3), ints({3}, 4)}, {1, 4}},
                {{any(3, 5), ints({3, 5}, 4)}, {0, 4}},
                {{any(2, 3), ints({2, 3}, 1)}, {-1, 1}},
                {{any(), ints({}, 4)}, {0, 4}}});
}

}  // namespace

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index) {
  return call(Gather{dim}, x, index);
}
Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index, const Tensor& values) {
  return call(ScatterAdd{dim}, x, index, values);
}
Tensor place(const Tensor& x, const Tensor& index, int64_t dim, Dim size) {
  return call(Place{dim, size}, x, index);
}

void define_gather() {
  define_gather_along();
  define_scatter_add();
  define_place();
}

}  // namespace mycel
