#include "mycel/define/define.h"
#include "mycel/ops/index.h"
#include "mycel/ops/index_rules.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/ops/where.h"
#include "mycel/te/functions.h"

namespace mycel {
namespace {

struct OneHotOf {
  Dim num_classes = 1;
};
struct OneHot {
  int64_t num_classes = -1;
};
struct Embedding {
  std::optional<int64_t> padding_idx = {};
};

void define_one_hot_of() {
  define<OneHotOf>("one_hot", "A new last dim that is 1 at the index and 0 elsewhere.")
      .input("input", "any shape", integer)
      .new_extent(&OneHotOf::num_classes, "num_classes", "the extent of the new dim")
      .check([](const Tensors& in, const OneHotOf& a) {
        check_range("one_hot", in[0], 0, a.num_classes.value());
      })
      .formula([](te::Formula& f, const ir::Call& call, const OneHotOf& a) {
        std::vector<te::Axis> in = te::Formula::axes(call.type(0).dims), out = in;
        out.push_back(te::axis(a.num_classes));
        te::Expr element = te::cast(f.input(0).at(in), DType::kInt64);
        f.output(DType::kInt64, out, te::is_equal(element, te::index(out.back())));
      })
      .internal()
      .example(">>> F.one_hot(mc.tensor([1, 0]), 2)\ntensor([[0, 1],\n        [1, 0]])")
      .samples({{{ints({3}, 4)}, {4}}, {{ints({2, 3}, 2)}, {2}}, {{ints({}, 1)}, {1}}});
}

// The largest index plus one. Reads values, so that it works in eager mode only.
Dim classes_of(const Tensor& index) {
  if (product(index.dims()) == Dim(0)) {
    fail(Code::kValue, "[one_hot] expects num_classes for an index without elements");
  }
  if (index.is_traced()) {
    fail(Code::kCompile,
         "[one_hot] expects num_classes for an index that is being traced, as a compiled function "
         "knows no values, got {}",
         index.type());
  }
  return cast_to(amax(index), DType::kInt64).item<int64_t>() + 1;
}

void define_one_hot_function() {
  define_function<OneHot>("one_hot",
                          "A new last dim that is 1 at the index and 0 elsewhere, int64.\n\n"
                          "num_classes=-1 takes the largest index plus 1, which only an eager "
                          "program knows. An index that is no class gives zeros in a compiled "
                          "program and raises IndexError in an eager one.")
      .input("input", "any shape", integer)
      .attribute(&OneHot::num_classes, "num_classes", "the extent of the new dim")
      .body([](const Tensor& index, const OneHot& a) {
        if (a.num_classes < -1) {
          fail(Code::kValue, "[one_hot] expects num_classes of at least 0, or -1, got {}",
               a.num_classes);
        }
        return one_hot(index, a.num_classes == -1 ? classes_of(index) : Dim(a.num_classes));
      })
      .only_functional()
      .example(">>> F.one_hot(mc.tensor([1, 0]))\ntensor([[0, 1],\n        [1, 0]])")
      .samples({{{ints({3}, 4)}, {4}}});
}

void define_embedding_of() {
  define_function<Embedding>(
      "embedding",
      "The rows of weight that the input names.\n\n"
      "The row padding_idx takes no gradient; a negative one counts from the end. Raises "
      "IndexError for an index that is no row, a negative one among them, and ValueError for such "
      "a padding_idx.")
      .input("input", "any shape", integer)
      .input("weight", "(n, d)", floating)
      .attribute(&Embedding::padding_idx, "padding_idx", "the row that is not learned")
      .body(embedding, &Embedding::padding_idx)
      .only_functional()
      .example(
          ">>> F.embedding(mc.tensor([1, 0]), mc.tensor([[1., 2.], [3., 4.]]))\n"
          "tensor([[3., 4.],\n        [1., 2.]])")
      .samples({{{ints({3}, 4), any(4, 5)}, {}},
                {{ints({2, 3}, 4), any(4, 5)}, {1}, 0},
                {{ints({2}, 4), any(4, 1)}, {-1}, 0}});
}

void check_padding(int64_t padding, const Tensor& weight) {
  Dim rows = weight.dim(0);
  if (!rows.is_constant() || (padding >= -rows.value() && padding < rows.value())) return;
  fail(Code::kValue, "[embedding] expects padding_idx in [{}, {}), got {}", -rows.value(),
       rows.value(), padding);
}

}  // namespace

Tensor one_hot(const Tensor& index, Dim num_classes) { return call(OneHotOf{num_classes}, index); }

Tensor embedding(const Tensor& index, const Tensor& weight,
                 const std::optional<int64_t>& padding_idx) {
  if (weight.rank() != 2) {
    fail(Code::kValue, "[embedding] expects a weight (n, d), got {}", weight.type());
  }
  if (padding_idx) check_padding(*padding_idx, weight);
  Tensor rows = mycel::index(weight, {index}, {.dims = {0}, .from_end = false});
  if (!padding_idx || !rows.requires_grad()) return rows;
  int64_t padding = *padding_idx;
  if (padding < 0) padding += weight.dim(0).value();
  Tensor is_padding = unsqueeze(cast_to(index, DType::kInt64) == padding, -1);
  return where(is_padding, rows.detach(), rows);
}

void define_embedding() {
  define_one_hot_of();
  define_one_hot_function();
  define_embedding_of();
}

}  // namespace mycel
