#include "mycel/ops/concatenate.h"

#include "mycel/define/define.h"
#include "mycel/ops/creation.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/slice.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Concatenate {
  int64_t dim = 0;
};
struct Stack {
  int64_t dim = 0;
};

// The operands to join. Empty vectors are skipped, also next to tensors of other ranks, as in
// PyTorch: a list of parts often starts from one.
std::vector<size_t> joined_operands(const ir::Call& call) {
  if (call.num_operands == 0) call.fail(Code::kValue, "expects at least one tensor, got none");
  std::vector<size_t> joined;
  for (size_t i = 0; i < call.num_operands; ++i) {
    if (call.type(i).rank() == 0) {
      call.fail(Code::kValue,
                "expects tensors of at least 1 dim, got {} as number {} of the list; stack joins "
                "0-d ones",
                call.type(i), i);
    }
    if (!(call.type(i).dims == Dims{0})) joined.push_back(i);
  }
  if (joined.empty()) joined.push_back(0);
  return joined;
}

ir::Type concatenated_type(const ir::Call& call, const Concatenate& a) {
  std::vector<size_t> joined = joined_operands(call);
  auto dim = static_cast<size_t>(a.dim);  // of the tensor of most dims
  const ir::Type& first = call.type(joined[0]);
  Dims out = first.dims;
  if (dim < out.size()) out[dim] = 0;
  for (size_t i : joined) {
    const ir::Type& type = call.type(i);
    bool fits = type.rank() == out.size();
    for (size_t d = 0; fits && d < out.size(); ++d) fits = d == dim || type.dim(d) == first.dim(d);
    if (!fits) {
      call.fail(Code::kValue, "expects tensors that differ only along dim {}, got {} and {}", dim,
                first, type);
    }
    if (dim < out.size()) out[dim] = out[dim] + type.dim(dim);
  }
  return ir::Type::tensor(first.dtype, out);
}

// select(i < end of 0, x0[i], select(i < end of 1, x1[i - end of 0], ...))
void concatenate_formula(te::Formula& f, const ir::Call& call, const Concatenate& a) {
  auto dim = static_cast<size_t>(a.dim);
  ir::Type type = concatenated_type(call, a);
  std::vector<size_t> joined = joined_operands(call);
  std::vector<te::Axis> axes = te::Formula::axes(type.dims);
  std::vector<te::Expr> at = te::indices(axes);
  te::Expr i = at[dim], value;
  Dim end = type.dim(dim);
  for (size_t k = joined.size(); k-- > 0;) {
    Dim start = end - call.type(joined[k]).dim(dim);
    te::Expr inside = i < te::extent(end);
    if (k > 0) inside = te::logical_and(inside, i >= te::extent(start));
    at[dim] = k == 0 ? i : i - te::extent(start);
    te::Operand operand = f.input(joined[k]);
    te::Expr here = joined.size() == 1 ? operand.at(at) : operand.at_if(inside, at);
    value = value ? te::select(i < te::extent(end), here, value) : here;
    end = start;
  }
  f.output(type.dtype, axes, value);
}

void define_join() {
  define<Concatenate>("concatenate",
                      "The tensors one after the other along a dim.\n\n"
                      "They are promoted to a common dtype. An empty vector beside others counts "
                      "for its dtype alone. Raises ValueError where another dim differs, and for "
                      "0-d tensors.")
      .variadic_input("tensors", "shapes that agree but for the dim")
      .promotes()
      .dim(&Concatenate::dim, "dim", "the dim that grows")
      .formula(concatenate_formula)
      .vjp([](const Vjp& v, const Concatenate& a) {
        Tensors out(v.num_inputs());
        Dim start = 0;
        for (size_t i = 0; i < out.size(); ++i) {
          const Tensor& x = v.input(i);
          if (x.dims() == Dims{0}) {
            if (v.needs(i)) out[i] = zeros_like(x);
            continue;
          }
          Dim end = start + x.dim(a.dim);
          if (v.needs(i)) out[i] = slice_dim(v.cotangent(), a.dim, start, end);
          start = end;
        }
        return out;
      })
      .alias("cat")
      .alias("concat")
      .example(">>> mc.cat([mc.tensor([1., 2.]), mc.tensor([3.])])\ntensor([1., 2., 3.])")
      .samples({{{any(3, 5), any(2, 5)}, {}},
                {{any(2, 3, 1), any(2, 3, 4), any(2, 3, 2)}, {-1}},
                {{any(3, 5)}, {1}},
                {{any(3, 0), any(3, 2)}, {1}},
                {{any(0), any(3, 2), any(0), any(3, 1)}, {-1}}});
}

}  // namespace

Tensor concatenate(const Tensors& tensors, int64_t dim) { return call(Concatenate{dim}, tensors); }

Tensor stack(const Tensors& tensors, int64_t dim) {
  Tensors rows;
  for (const Tensor& tensor : tensors) {
    if (!(tensor.dims() == tensors[0].dims())) {
      fail(Code::kValue, "[stack] expects tensors of one shape, got {} and {}", tensors[0].type(),
           tensor.type());
    }
    rows.push_back(unsqueeze(tensor, dim));
  }
  if (rows.empty()) fail(Code::kValue, "[stack] expects at least one tensor, got none");
  return concatenate(rows, normalize_axis(dim, rows[0].rank(), "stack"));
}

void define_concatenate() {
  define_join();
  define_function<Stack>("stack", "Tensors of one shape along a new dim.")
      .variadic_input("tensors", "of one shape")
      .promotes()
      .new_dim(&Stack::dim, "dim", "where the new dim comes")
      .body(stack, &Stack::dim)
      .example(
          ">>> mc.stack([mc.tensor([1., 2.]), mc.tensor([3., 4.])])\n"
          "tensor([[1., 2.],\n        [3., 4.]])")
      .samples({{{any(3, 5), any(3, 5)}, {}}, {{any(3), any(3), any(3)}, {-1}}});
}

}  // namespace mycel
