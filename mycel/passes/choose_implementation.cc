// Chooses the target's implementation of each operation.
#include "mycel/passes/passes.h"
#include "mycel/passes/rewrite.h"

namespace mycel::passes {

void choose_implementation(ir::Function& function, const PassContext& context) {
  ir::walk(function.body(), [&](ir::Operation& op) {
    if (op.def().kind == ir::OpKind::kStructured) return;
    op.set_implementation(offered(context.target, op));
  });
}

}  // namespace mycel::passes
