// Moves transposes of matrix products to their factors.
#include "mycel/ops/reshape.h"
#include "mycel/passes/passes.h"
#include "mycel/passes/rewrite.h"
#include "mycel/tensor/apply.h"

namespace mycel::passes {
namespace {

// The order that swaps the last two of `rank` dims.
Ints swapped_order(size_t rank) {
  Ints order;
  for (size_t d = 0; d < rank; ++d) order.push_back(static_cast<int64_t>(d));
  std::swap(order[rank - 2], order[rank - 1]);
  return order;
}

bool swaps_last_two(const ir::Operation& op) {
  size_t rank = op.result()->type().rank();
  if (&op.def() != OpOf<Permute>::def || rank < 2) return false;
  return op.attributes().as<Permute>().dims == swapped_order(rank);
}

// The transposed factor; if the factor is itself a transpose, the value under it.
ir::Value* transposed(ir::Operation& before, ir::Value* factor) {
  ir::Operation* producer = factor->producer();
  if (producer && swaps_last_two(*producer)) return producer->operand(0);
  return insert_permute(before, factor, swapped_order(factor->type().rank()));
}

bool only_transposed(const ir::Value& product) {
  for (const ir::Use& use : product.uses()) {
    if (!use.user || !swaps_last_two(*use.user)) return false;
  }
  return !product.uses().empty();
}

// (a b)^T = b^T a^T, and the transpose of an outer sum is that of its factors in the other order.
// Transposed factors are views that every kernel reads; a transposed result would be a view in an
// order that its users read slowly.
// A stack times one matrix is one product of many rows, which its transpose is not.
void fold(ir::Operation& op) {
  ir::Value *left = op.operand(1), *right = op.operand(0);
  bool stacks = op.is("matmul") && right->type().rank() > 2 && left->type().rank() == 2;
  if (stacks || !only_transposed(*op.result())) return;
  if (op.is("matmul")) {
    left = transposed(op, left);
    right = transposed(op, right);
  }
  ir::Value* product = insert_before(op, op.def(), {left, right}, op.attributes())->result();
  std::vector<ir::Operation*> transposes;
  for (const ir::Use& use : op.result()->uses()) transposes.push_back(use.user);
  for (ir::Operation* transpose : transposes) replace(*transpose, {&product, 1});
  op.parent()->function().erase(op);
}

}  // namespace

void fold_transposes(ir::Function& function, const PassContext&) {
  std::vector<ir::Operation*> products;
  ir::walk(function.body(), [&](ir::Operation& op) {
    if (op.is("matmul") || op.is("outer_sum")) products.push_back(&op);
  });
  for (ir::Operation* op : products) fold(*op);
}

}  // namespace mycel::passes
