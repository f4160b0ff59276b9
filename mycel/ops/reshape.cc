#include "mycel/ops/reshape.h"

#include <algorithm>

#include "mycel/ops/axes.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape_rules.h"
#include "mycel/ops/te_number.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/row_major_views.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel {
namespace {

// Stated by hand: the formula's index arithmetic shows no longer which dims are split or merged.
te::AxisRule reshape_axes(const ir::Call& call, const Reshape& a) {
  Dims from = call.type(0).dims, to = resolve_shape(call, from, a.shape);
  te::AxisRule rule{.axes = {}, .polynomials = {te::input_polynomial(0)}};
  for (const DimGroup& group : group_dims(from, to)) {
    auto add = [&](int operand, int result) {
      Dim extent =
          operand >= 0 ? from[static_cast<size_t>(operand)] : to[static_cast<size_t>(result)];
      te::AxisKind kind = group.is_same() ? te::AxisKind::kParallel : te::AxisKind::kGrouped;
      rule.axes.push_back(te::rule_axis(kind, extent, {operand}, {result}));
    };
    if (group.is_same()) {
      add(static_cast<int>(group.from[0]), static_cast<int>(group.to[0]));
    } else {
      for (size_t d : group.from) add(static_cast<int>(d), -1);
      for (size_t d : group.to) add(-1, static_cast<int>(d));
    }
  }
  return rule;
}

void define_reshape() {
  define<Reshape>("reshape",
                  "The same elements in row-major order under another shape.\n\n"
                  "One extent may be -1: what is left. The result is a view where its elements "
                  "lie at regular distances in the input, and a copy else (of x.T). Raises "
                  "ValueError if the number of elements differs.")
      .input("input", "any shape")
      .extents(&Reshape::shape, "shape", "the new shape")
      .infer([](const ir::Call& call, const Reshape& a) {
        return ir::Type::tensor(call.type(0).dtype,
                                resolve_shape(call, call.type(0).dims, a.shape));
      })
      .axes(reshape_axes)
      .view([](const Reshape&, const Dims& out, const NDArray& in, NDArray& view) {
        Shape shape = to_shape(out);
        Strides strides;
        if (!reshaped_strides(in, shape, strides)) return false;
        view = in.view(shape, strides, in.offset());
        return true;
      })
      .put([](const Tensor& base, const Tensor& values, const Reshape&) {
        return reshape(values, base.dims());
      })
      .formula([](te::Formula& f, const ir::Call& call, const Reshape& a) {
        const Dims& from = call.type(0).dims;
        std::vector<te::Axis> axes = te::Formula::axes(resolve_shape(call, from, a.shape));
        bool empty = product(from) == Dim(0);  // then there is no element to read
        te::Expr element =
            empty ? te_zero(call.type(0).dtype) : f.input(0).at(reshaped_index(from, axes));
        f.output(call.type(0).dtype, axes, element);
      })
      .vjp([](const Vjp& v, const Reshape&) { return reshape(v.cotangent(), v.input().dims()); })
      .method()
      .loose_ints()
      .example(
          ">>> mc.reshape(mc.tensor([1., 2., 3., 4.]), (2, -1))\n"
          "tensor([[1., 2.],\n        [3., 4.]])")
      .samples({{{any(4, 6)}, {{2, 12}}},
                {{any(4, 6)}, {{4, 2, 3}}},
                {{any(2, 3, 5)}, {{6, -1}}},
                {{any(3, 1, 4)}, {{1, 3, 4, 1}}},
                {{any(2, 0)}, {{0, 5}}},
                {{any()}, {{1, 1}}}});
}

Ints inverse_of(const Ints& dims) {
  Ints inverse(dims.size(), 0);
  for (size_t d = 0; d < dims.size(); ++d) {
    inverse[static_cast<size_t>(dims[d])] = static_cast<int64_t>(d);
  }
  return inverse;
}

void define_permute() {
  define<Permute>("permute",
                  "The tensor with its dims in another order: result dim i is input dim dims[i]. A "
                  "view.")
      .input("input", "any shape")
      .dim_order(&Permute::dims, "dims", "each dim once, in the new order")
      .infer([](const ir::Call& call, const Permute& a) {
        const ir::Type& x = call.type(0);
        if (a.dims.size() != x.rank()) {
          call.fail(Code::kValue, "expects each of the {} dims once, got {}", x.rank(), a.dims);
        }
        Dims out;
        for (int64_t d : a.dims) out.push_back(x.dim(static_cast<size_t>(d)));
        return ir::Type::tensor(x.dtype, out);
      })
      .view([](const Permute& a, const Dims&, const NDArray& in, NDArray& view) {
        Shape shape;
        Strides strides;
        for (int64_t d : a.dims) {
          shape.push_back(in.shape()[static_cast<size_t>(d)]);
          strides.push_back(in.strides()[static_cast<size_t>(d)]);
        }
        view = in.view(shape, strides, in.offset());
        return true;
      })
      .put([](const Tensor&, const Tensor& values, const Permute& a) {
        return permute(values, inverse_of(a.dims));
      })
      .formula([](te::Formula& f, const ir::Call& call, const Permute& a) {
        std::vector<te::Axis> in = te::Formula::axes(call.type(0).dims), out;
        for (int64_t d : a.dims) out.push_back(in[static_cast<size_t>(d)]);
        f.output(call.type(0).dtype, out, f.input(0).at(in));
      })
      .vjp(
          [](const Vjp& v, const Permute& a) { return permute(v.cotangent(), inverse_of(a.dims)); })
      .method()
      .loose_ints()
      .example(">>> mc.permute(mc.zeros(2, 3), (1, 0)).shape\n(3, 2)")
      .samples({{{any(3, 5)}, {{1, 0}}},
                {{any(2, 3, 4)}, {{2, 0, 1}}},
                {{any(2, 1, 4)}, {{-1, 1, 0}}},
                {{any(0, 3)}, {{1, 0}}},
                {{any()}, {{}}}});
}

Dims expanded_dims(const ir::Call& call, const Dims& shape) {
  const Dims& from = call.type(0).dims;
  if (shape.size() < from.size()) {
    call.fail(Code::kValue, "expects a shape of at least {} dims, got input {} and shape {}",
              from.size(), call.type(0), shape);
  }
  Dims out = shape;
  size_t leading = shape.size() - from.size();
  for (size_t d = 0; d < out.size(); ++d) {
    bool keep = out[d] == Dim(-1);
    Dim extent = d < leading ? Dim(1) : from[d - leading];
    if (keep && d >= leading) out[d] = extent;
    bool negative = out[d].is_constant() && out[d].value() < 0;
    if (negative || (!(out[d] == extent) && !(extent == Dim(1)))) {
      call.fail(Code::kValue,
                "expects a shape in which only dims of extent 1 change, got input {} and shape {}",
                call.type(0), shape);
    }
  }
  return out;
}

void define_expand() {
  define<Expand>("expand",
                 "The tensor with dims of extent 1 repeated, and new dims in front. A view.\n\n"
                 "-1 keeps an extent. Raises ValueError where another extent would change.")
      .input("input", "any shape")
      .broadcast_extents(&Expand::shape, "shape", "the new shape")
      .infer([](const ir::Call& call, const Expand& a) {
        return ir::Type::tensor(call.type(0).dtype, expanded_dims(call, a.shape));
      })
      .view([](const Expand&, const Dims& out, const NDArray& in, NDArray& view) {
        Shape shape = to_shape(out);
        Strides strides(shape.size(), 0);
        size_t leading = shape.size() - in.rank();
        for (size_t d = leading; d < shape.size(); ++d) {
          if (in.shape()[d - leading] == shape[d]) strides[d] = in.strides()[d - leading];
        }
        view = in.view(shape, strides, in.offset());
        return true;
      })
      .put([](const Tensor& base, const Tensor& values, const Expand&) {
        Dims shape = values.dims();
        bool empty = std::find(shape.begin(), shape.end(), Dim(0)) != shape.end();
        return empty ? base : reshape(values, base.dims());  // else the new dims have extent 1
      })
      .formula([](te::Formula& f, const ir::Call& call, const Expand& a) {
        std::vector<te::Axis> axes = te::Formula::axes(expanded_dims(call, a.shape));
        f.output(call.type(0).dtype, axes, f.input(0).broadcast_at(axes));
      })
      .vjp([](const Vjp& v, const Expand&) { return sum_to(v.cotangent(), v.input().dims()); })
      .method()
      .alias("broadcast_to")
      .loose_ints()
      .example(
          ">>> mc.expand(mc.tensor([1., 2.]), (2, 2))\n"
          "tensor([[1., 2.],\n        [1., 2.]])")
      .samples({{{any(3, 1)}, {{3, 4}}},
                {{any(5)}, {{2, 3, 5}}},
                {{any(1, 4)}, {{3, -1}}},
                {{any()}, {{2, 2}}},
                {{any(1, 3)}, {{0, 3}}}});
}

void define_shape_functions() {
  define_function<View>("view",
                        "A view: the same elements in row-major order under another shape.\n\n"
                        "One extent may be -1: what is left. Raises ValueError if the number of "
                        "elements differs, and RuntimeError where reshape would make a copy.")
      .input("input", "any shape")
      .extents(&View::shape, "shape", "the new shape")
      .body(view, &View::shape)
      .method()
      .loose_ints()
      .example(
          ">>> x = mc.zeros(2, 2)\n>>> x.view(-1)[0] = 1\n>>> x\n"
          "tensor([[1., 0.],\n        [0., 0.]])")
      .samples({{{any(4, 6)}, {{2, 12}}}, {{any(3, 1, 4)}, {{-1}}}, {{any()}, {{1}}}});
  define_function<Transpose>("transpose", "The tensor with two dims swapped. A view.")
      .input("input", "any shape")
      .dim(&Transpose::dim0, "dim0", "one dim")
      .dim(&Transpose::dim1, "dim1", "the other")
      .required({"dim0", "dim1"})
      .body(transpose, &Transpose::dim0, &Transpose::dim1)
      .method()
      .example(">>> mc.transpose(mc.zeros(2, 3), 0, 1).shape\n(3, 2)")
      .samples({{{any(3, 5)}, {}}, {{any(2, 3, 4)}, {-1, 0}}});
  define_function<Flatten>("flatten", "The dims from start_dim to end_dim joined into one.")
      .input("input", "any shape")
      .dim(&Flatten::start_dim, "start_dim", "the first dim to join")
      .dim(&Flatten::end_dim, "end_dim", "the last one")
      .body(flatten, &Flatten::start_dim, &Flatten::end_dim)
      .method()
      .example(">>> mc.flatten(mc.zeros(2, 3, 4), 1).shape\n(2, 12)")
      .samples({{{any(2, 3, 4)}, {}}, {{any(2, 3, 4)}, {1, -1}}, {{any()}, {}}});
  define_function<Squeeze>(
      "squeeze",
      "The tensor without its dims of extent 1, or without those of `dim` that "
      "have it. A view.")
      .input("input", "any shape")
      .dims(&Squeeze::dim, "dim", "the dims to drop; all by default")
      .body(squeeze, &Squeeze::dim)
      .method()
      .example(">>> mc.squeeze(mc.zeros(2, 1, 3)).shape\n(2, 3)")
      .samples({{{any(2, 1, 3, 1)}, {}}, {{any(2, 1, 3, 1)}, {Ints{-1, 0}}}});
  define_function<Unsqueeze>("unsqueeze", "The tensor with a new dim of extent 1. A view.")
      .input("input", "any shape")
      .new_dim(&Unsqueeze::dim, "dim", "where the new dim comes")
      .required({"dim"})
      .body(unsqueeze, &Unsqueeze::dim)
      .method()
      .example(">>> mc.unsqueeze(mc.zeros(3), 0).shape\n(1, 3)")
      .samples({{{any(2, 3)}, {0}}, {{any(2, 3)}, {-1}}});
}

}  // namespace

Tensor reshape(const Tensor& x, const Dims& shape) { return call(Reshape{shape}, x); }
Tensor view(const Tensor& x, const Dims& shape) {
  Tensor result = reshape(x, shape);
  if (result.object()->view) {
    RowMajorViews::note(result);
    return result;
  }
  fail(Code::kRuntime,
       "[view] expects a shape under which the elements lie at regular distances, got input {} and "
       "shape {}: its dims were permuted or expanded; reshape makes a copy",
       x.type(), shape);
}
Tensor permute(const Tensor& x, const Ints& dims) { return call(Permute{dims}, x); }
Tensor expand(const Tensor& x, const Dims& shape) { return call(Expand{shape}, x); }

Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1) {
  Ints order;
  for (size_t d = 0; d < x.rank(); ++d) order.push_back(static_cast<int64_t>(d));
  Ints from = axes_along(dim0, x.rank(), "transpose"), to = axes_along(dim1, x.rank(), "transpose");
  for (size_t k = 0; k < from.size(); ++k) {
    std::swap(order[static_cast<size_t>(from[k])], order[static_cast<size_t>(to[k])]);
  }
  return permute(x, order);
}

Tensor flatten(const Tensor& x, int64_t start_dim, int64_t end_dim) {
  if (x.rank() == 0) return reshape(x, {1});
  auto start = static_cast<size_t>(normalize_axis(start_dim, x.rank(), "flatten"));
  auto end = static_cast<size_t>(normalize_axis(end_dim, x.rank(), "flatten"));
  if (start > end) {
    fail(Code::kValue, "[flatten] expects start_dim at most end_dim, got {} and {}", start_dim,
         end_dim);
  }
  Dims dims = x.dims(), out(dims.begin(), dims.begin() + start);
  out.push_back(product(Dims(dims.begin() + start, dims.begin() + end + 1)));
  for (size_t d = end + 1; d < dims.size(); ++d) out.push_back(dims[d]);
  return reshape(x, out);
}

Tensor squeeze(const Tensor& x, const std::optional<Ints>& dim) {
  Ints axes = reduced_axes(dim, x.rank(), "squeeze");
  Dims dims = x.dims(), out;
  for (size_t d = 0; d < dims.size(); ++d) {
    bool chosen = std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end();
    if (!chosen || !(dims[d] == Dim(1))) out.push_back(dims[d]);
  }
  return reshape(x, out);
}

Tensor unsqueeze(const Tensor& x, int64_t dim) {
  Dims dims = x.dims();
  dims.insert(dims.begin() + normalize_axis(dim, x.rank() + 1, "unsqueeze"), 1);
  return reshape(x, dims);
}

void define_shape() {
  define_reshape();
  define_permute();
  define_expand();
  define_shape_functions();
}

}  // namespace mycel
