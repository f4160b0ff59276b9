#include "mycel/ops/matmul.h"

#include "mycel/define/define.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct Matmul {};
struct OuterSum {};
struct MatmulFunction {};
struct Linear {};

Dims batch_dims(const Dims& dims) { return {dims.begin(), dims.end() - 2}; }

Dims matmul_dims(const ir::Call& call) {
  const ir::Type &a = call.type(0), &b = call.type(1);
  if (a.rank() < 2 || b.rank() < 2) {
    call.fail(Code::kValue, "expects operands of at least 2 dims, got input {} and other {}", a, b);
  }
  if (!(a.dims.back() == b.dim(b.rank() - 2))) {
    call.fail(Code::kValue,
              "expects the last dim of input and the second to last dim of other to agree, got "
              "input {} and other {}",
              a, b);
  }
  Dims out = broadcast_dims(batch_dims(a.dims), batch_dims(b.dims), call);
  out.push_back(a.dim(a.rank() - 2));
  out.push_back(b.dims.back());
  return out;
}

// The batch axes of `out`, then the given two.
std::vector<te::Axis> with_batch(const std::vector<te::Axis>& out, const te::Axis& row,
                                 const te::Axis& column) {
  std::vector<te::Axis> axes(out.begin(), out.end() - 2);
  axes.push_back(row);
  axes.push_back(column);
  return axes;
}

Tensor transposed(const Tensor& x) { return transpose(x, -2, -1); }

double number_or_one(Dim dim) { return dim.is_constant() ? static_cast<double>(dim.value()) : 1; }

void define_product() {
  define<Matmul>("matmul",
                 "The matrix product of the last two dims, the dims before them broadcast.\n\n"
                 "out[..., m, n] = sum over k of input[..., m, k] * other[..., k, n]. Half-width "
                 "floats are summed in float32; integers wrap.")
      .input("input", "(..., m, k)", numeric)
      .input("other", "(..., k, n)", numeric)
      .promotes(2)
      .cost([](const ir::Call& call, const Matmul&) {
        ir::Cost cost{2 * number_or_one(call.type(0).dims.back()), 0};
        for (Dim dim : matmul_dims(call)) cost.flops *= number_or_one(dim);
        return cost;
      })
      .formula([](te::Formula& f, const ir::Call& call, const Matmul&) {
        std::vector<te::Axis> out = te::Formula::axes(matmul_dims(call));
        te::Axis k = te::axis(call.type(0).dims.back());
        te::Expr a = f.input(0).broadcast_at(with_batch(out, out[out.size() - 2], k));
        te::Expr b = f.input(1).broadcast_at(with_batch(out, k, out.back()));
        f.output(call.type(0).dtype, out,
                 te::reduce(te::Reducer::kSum, {k}, te::widen(a) * te::widen(b)));
      })
      .vjp(
          [](const Vjp& v, Matmul) {
            return sum_to(matmul(v.cotangent(), transposed(v.input(1))), v.input(0).dims());
          },
          [](const Vjp& v, Matmul) {
            const Tensor &a = v.input(0), &b = v.input(1), &g = v.cotangent();
            bool merges = a.rank() > 2 && b.rank() == 2;
            return merges ? call(OuterSum{}, a, g) : sum_to(matmul(transposed(a), g), b.dims());
          })
      .internal()
      .example(
          ">>> a = mc.tensor([[1., 2.], [3., 4.]])\n>>> mc.matmul(a, a)\n"
          "tensor([[ 7., 10.],\n        [15., 22.]])")
      .samples({{{any(3, 5), any(5, 4)}},
                {{any(2, 3, 4), any(2, 4, 5)}},
                {{any(2, 1, 3, 4), any(5, 4, 1)}},
                {{any(2, 3, 4), any(4, 5)}},
                {{any(2, 1, 3, 4), any(4, 1)}},
                {{any(2, 0, 4), any(4, 3)}},
                {{any(2, 2, 3, 4), any(4, 5)}},
                {{any(1, 1, 1), any(1, 1)}},
                {{any(3, 2, 0), any(0, 3)}},
                {{any(1, 7), any(7, 1)}},
                {{any(2, 0), any(0, 3)}},
                {{any(0, 3), any(3, 2)}}});
}

// The sum is not that of a batch of products, which would first need memory for each of them.
void define_outer_sum() {
  define<OuterSum>(
      "outer_sum",
      "The sum of the outer products of the rows of two tensors: the gradient of a "
      "matrix that multiplied a stack.\n\n"
      "out[k, n] = sum over (..., m) of input[..., m, k] * other[..., m, n]. Half-width "
      "floats are summed in float32; integers wrap.")
      .input("input", "(..., m, k)", numeric)
      .input("other", "(..., m, n)", numeric)
      .promotes(2)
      .expects([](const ir::Call& call, OuterSum) {
        const ir::Type &a = call.type(0), &b = call.type(1);
        bool fits = a.rank() >= 2 && a.rank() == b.rank();
        for (size_t d = 0; fits && d + 1 < a.rank(); ++d) fits = a.dim(d) == b.dim(d);
        if (fits) return;
        call.fail(Code::kValue, "expects operands of equal dims but for the last, got {} and {}", a,
                  b);
      })
      .cost([](const ir::Call& call, OuterSum) {
        ir::Cost cost{2 * number_or_one(call.type(1).dims.back()), 0};
        for (Dim dim : call.type(0).dims) cost.flops *= number_or_one(dim);
        return cost;
      })
      .formula([](te::Formula& f, const ir::Call& call, OuterSum) {
        std::vector<te::Axis> a = te::Formula::axes(call.type(0).dims), b = a;
        b.back() = te::axis(call.type(1).dims.back());
        te::Expr product = te::widen(f.input(0).at(a)) * te::widen(f.input(1).at(b));
        std::vector<te::Axis> rows(a.begin(), a.end() - 1);
        f.output(call.type(0).dtype, {a.back(), b.back()},
                 te::reduce(te::Reducer::kSum, rows, product));
      })
      .vjp([](const Vjp& v, OuterSum) { return matmul(v.input(1), transposed(v.cotangent())); },
           [](const Vjp& v, OuterSum) { return matmul(v.input(0), v.cotangent()); })
      .internal()
      .example(
          ">>> w = mc.ones(2, 1, requires_grad=True)\n>>> (mc.ones(3, 4, 2) @ w).sum().backward()\n"
          ">>> w.grad\ntensor([[12.],\n        [12.]])")
      .samples({{{any(3, 5), any(3, 4)}},
                {{any(2, 3, 4), any(2, 3, 5)}},
                {{any(2, 1, 3, 4), any(2, 1, 3, 1)}},
                {{any(2, 2, 3, 4), any(2, 2, 3, 5)}},
                {{any(1, 1, 1), any(1, 1, 1)}},
                {{any(2, 3, 0), any(2, 3, 4)}},
                {{any(0, 3, 2), any(0, 3, 4)}}});
}

void check_product(const Tensor& a, const Tensor& b) {
  bool fits = a.rank() > 0 && b.rank() > 0;
  if (fits) fits = a.dim(-1) == b.dim(b.rank() == 1 ? 0 : -2);
  if (fits) return;
  fail(Code::kValue,
       "[matmul] expects tensors of at least 1 dim, the last dim of input as long as the second to "
       "last (or only) dim of other, got input {} and other {}",
       a.type(), b.type());
}

void define_matmul_functions() {
  define_function<MatmulFunction>(
      "matmul",
      "The matrix product of two tensors, input @ other.\n\n"
      "Tensors of more than two dims are stacks of matrices whose leading dims broadcast; a 1-d "
      "tensor is a row on the left and a column on the right, and that dim is dropped. Half-width "
      "floats are summed in float32, integers wrap. Raises ValueError where the dims do not "
      "agree.")
      .input("input", "(..., m, k) or (k)", numeric)
      .input("other", "(..., k, n) or (k)", numeric)
      .promotes(2)
      .body([](const Tensor& a, const Tensor& b, MatmulFunction) { return matmul(a, b); })
      .method()
      .alias("mm")
      .alias("bmm")
      .example(
          ">>> mc.matmul(mc.tensor([[1., 2.], [3., 4.]]), mc.tensor([1., 1.]))\n"
          "tensor([3., 7.])")
      .samples({{{any(3, 5), any(5, 4)}},
                {{any(5), any(5)}},
                {{any(5), any(5, 3)}},
                {{any(2, 3, 5), any(5)}},
                {{any(2, 3, 4), any(4, 2)}}});
  define_function<Linear>("linear", "input @ weight.T + bias.")
      .input("input", "(..., in)", floating)
      .input("weight", "(out, in)", floating)
      .optional_input("bias", "(out)", floating)
      .body([](const Tensor& x, const Tensor& weight, const Tensor& bias, Linear) {
        return linear(x, weight, bias);
      })
      .only_functional()
      .example(
          ">>> F.linear(mc.tensor([1., 2.]), mc.tensor([[1., 1.]]), mc.tensor([10.]))\n"
          "tensor([13.])")
      .samples({{{any(3, 5), any(4, 5), any(4)}},
                {{any(2, 3, 5), any(4, 5), absent()}},
                {{any(5), any(1, 5), any(1)}}});
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check_product(a, b);
  Tensor x = a.rank() == 1 ? unsqueeze(a, 0) : a;
  Tensor y = b.rank() == 1 ? unsqueeze(b, 1) : b;
  Tensor out = call(Matmul{}, x, y);
  if (a.rank() == 1) out = squeeze(out, Ints{-2});
  if (b.rank() == 1) out = squeeze(out, Ints{-1});
  return out;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  bool fits = weight.rank() == 2 && x.rank() > 0 && x.dim(-1) == weight.dim(1);
  if (!fits || (bias.defined() && !(bias.dims() == Dims{weight.dim(0)}))) {
    fail(Code::kValue,
         "[linear] expects input (..., in), weight (out, in) and bias (out), got input {}, weight "
         "{} and bias {}",
         ir::to_string(x.type()), ir::to_string(weight.type()),
         bias.defined() ? ir::to_string(bias.type()) : "none");
  }
  Tensor y = matmul(x, transpose(weight, 0, 1));
  return bias.defined() ? y + bias : y;
}

void define_matmul() {
  define_product();
  define_outer_sum();
  define_matmul_functions();
}

}  // namespace mycel
