#include "mycel/ops/index.h"

#include <algorithm>

#include "mycel/define/define.h"
#include "mycel/ops/compare.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/index_rules.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"
#include "mycel/tensor/context.h"

namespace mycel {
namespace {

bool contains(const Ints& dims, size_t d) {
  return std::find(dims.begin(), dims.end(), static_cast<int64_t>(d)) != dims.end();
}

// The position of the dims of the index arrays in the result.
size_t position_of(const Ints& dims, const std::optional<int64_t>& position) {
  if (position) return static_cast<size_t>(*position);
  bool neighbours = dims.back() - dims.front() + 1 == static_cast<int64_t>(dims.size());
  return neighbours ? static_cast<size_t>(dims.front()) : 0;
}

// The common shape of the index arrays, which are the operands from `first` on. Raises unless they
// fit.
Dims broadcast_indices(const ir::Call& call, size_t first, const Ints& dims,
                       const std::optional<int64_t>& position) {
  const ir::Type& x = call.type(0);
  auto rank = static_cast<int64_t>(x.rank());
  bool good = !dims.empty() && dims.size() == call.num_operands - first;
  for (size_t k = 0; good && k < dims.size(); ++k) {
    good = dims[k] >= (k == 0 ? 0 : dims[k - 1] + 1) && dims[k] < rank;
  }
  auto kept = rank - static_cast<int64_t>(dims.size());
  if (!good || (position && (*position < 0 || *position > kept))) {
    call.fail(Code::kValue,
              "expects one index array for each of some dims of input {} in increasing order, got "
              "{} for dims {}",
              x, call.num_operands - first, dims);
  }
  Dims out;
  for (size_t i = first; i < call.num_operands; ++i) {
    const ir::Type& type = call.type(i);
    if (!is_integer(type.dtype)) {
      call.fail(Code::kType, "expects integer indices, got {}", type);
    }
    out = i == first ? type.dims : broadcast_dims(out, type.dims, call);
  }
  return out;
}

struct IndexLoops {
  std::vector<te::Axis> out;       // of the result
  std::vector<te::Axis> of_index;  // those that run over the index arrays
  std::vector<te::Axis> kept;      // those of the other dims of x, in order
};

IndexLoops index_loops(const Dims& result, const Dims& of_index, size_t position) {
  IndexLoops loops;
  loops.out = te::Formula::axes(result);
  for (size_t d = 0; d < loops.out.size(); ++d) {
    bool indexed = d >= position && d < position + of_index.size();
    (indexed ? loops.of_index : loops.kept).push_back(loops.out[d]);
  }
  return loops;
}

// Of index_put, whose operands are input, values and index arrays: kept dims are parallel.
te::AxisRule index_put_axes(const ir::Call& call, const Ints& dims,
                            const std::optional<int64_t>& at) {
  constexpr size_t kFirstArray = 2;
  Dims of_index = broadcast_indices(call, kFirstArray, dims, at);
  size_t position = position_of(dims, at), kept = 0;
  const ir::Type& x = call.type(0);
  te::AxisRule rule;
  for (size_t d = 0; d < x.rank(); ++d) {
    bool indexed = contains(dims, d);
    std::vector<int> operand_dims(call.num_operands, -1);
    operand_dims[0] = static_cast<int>(d);
    if (!indexed) {
      operand_dims[1] = static_cast<int>(kept + (kept >= position ? of_index.size() : 0));
      ++kept;
    }
    rule.axes.push_back(te::rule_axis(indexed ? te::AxisKind::kIndirect : te::AxisKind::kParallel,
                                      x.dim(d), std::move(operand_dims), {static_cast<int>(d)}));
  }
  for (size_t d = 0; d < of_index.size(); ++d) {
    std::vector<int> operand_dims(call.num_operands, -1);
    operand_dims[1] = static_cast<int>(position + d);
    for (size_t i = kFirstArray; i < call.num_operands; ++i) {
      const Dims& array = call.type(i).dims;
      int own = static_cast<int>(d) - static_cast<int>(of_index.size() - array.size());
      bool runs = own >= 0 && array[static_cast<size_t>(own)] == of_index[d];
      operand_dims[i] = runs ? own : -1;
    }
    rule.axes.push_back(
        te::rule_axis(te::AxisKind::kWhole, of_index[d], std::move(operand_dims), {-1}));
  }
  return rule;
}

void index_formula(te::Formula& f, const ir::Call& call, const Index& a) {
  const ir::Type& x = call.type(0);
  Dims of_index = broadcast_indices(call, 1, a.dims, a.position);
  Dims result = indexed_dims(x.dims, of_index, a.dims, a.position);
  IndexLoops loops = index_loops(result, of_index, position_of(a.dims, a.position));
  std::vector<te::Expr> at;
  size_t next_kept = 0, next_index = 0;
  for (size_t d = 0; d < x.rank(); ++d) {
    if (contains(a.dims, d)) {
      te::Expr element = f.input(1 + next_index++).broadcast_at(loops.of_index);
      at.push_back(a.from_end ? wrap_index(element, x.dim(d)) : te::cast(element, DType::kInt64));
    } else {
      at.push_back(te::index(loops.kept[next_kept++]));
    }
  }
  f.output(x.dtype, loops.out, f.input(0).at(at));
}

Tensors arrays_of(const Tensors& in, size_t first) { return {in.begin() + first, in.end()}; }

template <class A>
void check_arrays(const Tensors& in, size_t first, const A& a, std::string_view op,
                  bool from_end = true) {
  for (size_t k = 0; k < a.dims.size(); ++k) {
    int64_t extent = in[0].dim(a.dims[k]).value();
    check_range(op, in[first + k], from_end ? -extent : 0, extent);
  }
}

// Whether each value of an index_put remains: of several at one position, the last does. Writes
// each value's number to its position and tests whether it is still there. The shape broadcasts
// with the values.
Tensor remaining(const Tensor& x, const Tensor& values, const Tensors& indices, const IndexPut& a) {
  DeviceScope scope(x.device());
  Dims extents, shape = values.dims();
  for (int64_t d : a.dims) extents.push_back(x.dim(d));
  size_t at = position_of(a.dims, a.position), rank = shape.size() + a.dims.size() - x.rank();
  Dims of_index(shape.begin() + at, shape.begin() + at + rank);
  Tensor number = reshape(arange(product(of_index)), of_index);
  Ints all;
  for (size_t k = 0; k < a.dims.size(); ++k) all.push_back(static_cast<int64_t>(k));
  Tensor owner = index_put(zeros(extents, DType::kInt64), number, indices, {all, 0, false, true});
  for (size_t d = 0; d < shape.size(); ++d) {
    if (d < at || d >= at + rank) shape[d] = 1;
  }
  return reshape(equal(index(owner, indices, {all, 0, true, true}), number), shape);
}

Tensor gradient_of_values(const Vjp& v, const IndexPut& a) {
  const Tensor& g = v.cotangent();
  Tensors indices = arrays_of(v.inputs(), 2);
  Tensor read = index(g, indices, {a.dims, a.position, true, true});
  bool repeats = !a.accumulate && !a.unique && !(product(v.input(1).dims()) == Dim(1));
  if (!repeats) return read;
  Tensor zero = scalar_like(g, int64_t{0}, g.dtype());
  return where(remaining(v.input(0), v.input(1), indices, a), read, zero);
}

void define_index_by() {
  define<Index>("index",
                "The elements at the positions that integer arrays give along some dims.\n\n"
                "Negative positions count from the end. Raises IndexError for one out of range.")
      .input("input", "any shape")
      .variadic_input("indices", "integers, of shapes that broadcast")
      .no_gradient()
      .fixes_dims()
      .dims(&Index::dims, "dims", "which dim each array indexes, in increasing order")
      .attribute(&Index::position, "position", "where their dims come in the result")
      .attribute(&Index::from_end, "from_end", "whether negative positions count from the end")
      .attribute(&Index::in_range, "in_range", "whether the positions were checked before")
      .check([](const Tensors& in, const Index& a) {
        if (!a.in_range) check_arrays(in, 1, a, "index", a.from_end);
      })
      .formula(index_formula)
      .vjp([](const Vjp& v, const Index& a) {
        return index_put(zeros_like(v.input(0)), v.cotangent(), arrays_of(v.inputs(), 1),
                         {a.dims, a.position, true, true});
      })
      .internal()
      .example(">>> mc.tensor([1., 2., 3.])[mc.tensor([2, 0])]\ntensor([3., 1.])")
      .samples({{{any(4, 5), ints({3}, 4)}, {{0}, {}}},
                {{any(4, 5), ints({2}, 4)}, {{0}, {}, false}},
                {{any(4, 5, 2), ints({3, 1}, 4), ints({2}, 5)}, {{0, 1}, {}}},
                {{any(4, 2, 5), ints({3}, 4), ints({3}, 5)}, {{0, 2}, {}}},
                {{any(4, 2, 5), {{}, DType::kInt64, -2, 2}}, {{1}, {}}},
                {{any(2, 4), ints({0}, 4)}, {{1}, 0}}});
}

void define_index_put() {
  define<IndexPut>(
      "index_put",
      "The input with the elements at the positions that integer arrays give replaced, "
      "or added to.\n\n"
      "Where a position repeats, the last of its values remains and takes the gradient, or with "
      "accumulate all are added. Raises IndexError for a position out of range.")
      .input("input", "any shape")
      .input("values", "the shape that indexing gives")
      .variadic_input("indices", "integers, of shapes that broadcast")
      .no_gradient()
      .fixes_dims()
      .dims(&IndexPut::dims, "dims", "which dim each array indexes, in increasing order")
      .attribute(&IndexPut::position, "position", "where their dims come in values")
      .attribute(&IndexPut::accumulate, "accumulate", "whether to add")
      .attribute(&IndexPut::in_range, "in_range", "whether the positions were checked before")
      .attribute(&IndexPut::unique, "unique", "whether no position repeats")
      .infer([](const ir::Call& call, const IndexPut& a) {
        const ir::Type &x = call.type(0), &values = call.type(1);
        Dims of_index = broadcast_indices(call, 2, a.dims, a.position);
        ir::Type expected =
            ir::Type::tensor(x.dtype, indexed_dims(x.dims, of_index, a.dims, a.position));
        if (!(values == expected)) {
          call.fail(Code::kValue, "expects values {}, got {}", expected, values);
        }
        return x;
      })
      .axes([](const ir::Call& call, const IndexPut& a) {
        return index_put_axes(call, a.dims, a.position);
      })
      .check([](const Tensors& in, const IndexPut& a) {
        if (!a.in_range) check_arrays(in, 2, a, "index_put");
      })
      .kernel_primitive()
      .vjp(
          [](const Vjp& v, const IndexPut& a) {
            if (a.accumulate) return v.cotangent();
            return index_put(v.cotangent(), zeros_like(v.input(1)), arrays_of(v.inputs(), 2),
                             {a.dims, a.position, false, true, a.unique});
          },
          gradient_of_values)
      .internal()
      .example(">>> x = mc.zeros(3)\n>>> x[mc.tensor([2, 0])] = 5\n>>> x\ntensor([5., 0., 5.])")
      .samples({{{any(4, 5), any(2, 5), ints({2}, 2)}, {{0}, {}, true}},
                {{any(4, 5), any(3, 2), ints({3, 1}, 4), ints({2}, 5)}, {{0, 1}, {}, true}},
                {{any(4, 2, 5), any(3, 2), ints({3}, 4), ints({3}, 5)}, {{0, 2}, {}, true}},
                {{any(4, 5), any(1, 5), ints({1}, 4)}, {{0}, {}, false}},
                {{any(2, 3), any(2, 5), ints({5}, 3)}, {{1}, {}, false}},
                {{any(3, 2, 4), any(4, 3, 2), ints({4, 1}, 3), ints({3}, 4)}, {{0, 2}, {}, false}},
                {{any(3), any(0), ints({0}, 3)}, {{0}, {}, false}}});
}

}  // namespace

Dims indexed_dims(const Dims& x, const Dims& of_index, const Ints& dims,
                  const std::optional<int64_t>& position) {
  Dims kept;
  for (size_t d = 0; d < x.size(); ++d) {
    if (!contains(dims, d)) kept.push_back(x[d]);
  }
  size_t at = position_of(dims, position);
  Dims out(kept.begin(), kept.begin() + at);
  for (Dim dim : of_index) out.push_back(dim);
  for (size_t d = at; d < kept.size(); ++d) out.push_back(kept[d]);
  return out;
}

Tensor index(const Tensor& x, const Tensors& indices, const Index& where) {
  Tensors operands{x};
  operands.insert(operands.end(), indices.begin(), indices.end());
  return call(where, operands);
}

Tensor index_put(const Tensor& x, const Tensor& values, const Tensors& indices,
                 const IndexPut& where) {
  Tensors operands{x, values};
  operands.insert(operands.end(), indices.begin(), indices.end());
  return call(where, operands);
}

void define_index() {
  define_index_by();
  define_index_put();
}

}  // namespace mycel
