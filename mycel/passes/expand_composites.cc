// Replaces composites that the target offers no kernel for by their bodies.
#include "mycel/passes/passes.h"
#include "mycel/passes/rewrite.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/op_rules.h"
#include "mycel/tensor/trace.h"

namespace mycel::passes {
namespace {

// Inserts the operations of the body, with the composite's location, in place of the composite.
// Returns the first of them, or the operation after the composite if there are none.
ir::Operation* open(ir::Operation& op) {
  ir::Region& region = *op.parent();
  ir::Operation* before = op.prev();
  OwnedTrace trace(region.function(), region, &op);
  TraceScope scope(*trace);
  GradMode no_grad(false);
  Tensors inputs;
  for (ir::Value* operand : op.operands()) {
    inputs.push_back(operand ? trace->wrap(operand) : Tensor());
  }
  std::vector<ir::Value*> results;
  for (const Tensor& result : rules(op.def()).body(inputs, op.attributes())) {
    results.push_back(trace->lift(result.state().payload));
  }
  for (const TraceSlot& slot : trace->slots()) {
    if (!slot.written && slot.grad_status == TraceSlot::Grad::kUntouched) continue;
    fail_internal("the body of {} writes to a tensor from outside", op.def().name);
  }
  ir::Operation* first = before ? before->next() : region.first();
  for (ir::Operation* inner = first; inner != &op; inner = inner->next()) {
    inner->set_location(op.location());
  }
  ir::Operation* after = op.next();
  replace(op, results);
  return first == &op ? after : first;
}

// Recursion goes as deep as regions are nested, which add_region bounds.
void expand(ir::Region& region, const PassContext& context) {
  ir::Operation* op = region.first();
  while (op) {
    for (size_t i = 0; i < op->num_regions(); ++i) expand(op->region(i), context);
    bool opens = op->def().kind == ir::OpKind::kComposite && offered(context.target, *op).empty();
    // Visits the opened body next: it may contain composites.
    op = opens ? open(*op) : op->next();
  }
}

}  // namespace

void expand_composites(ir::Function& function, const PassContext& context) {
  expand(function.body(), context);
}

}  // namespace mycel::passes
