// Removes operations with unused results.
#include "mycel/passes/may_raise.h"
#include "mycel/passes/passes.h"
#include "mycel/passes/rewrite.h"

namespace mycel::passes {
namespace {

// Walks from the last operation to the first, so that one walk removes a chain. Recursion goes as
// deep as regions are nested, which add_region bounds.
void clean(ir::Region& region, const PassContext& context) {
  ir::Function& function = region.function();
  for (ir::Operation *op = region.last(), *before = nullptr; op; op = before) {
    before = op->prev();
    if (!is_used(*op) && !may_raise(*op, context.module)) {
      function.erase(*op);
      continue;
    }
    for (size_t i = 0; i < op->num_regions(); ++i) clean(op->region(i), context);
  }
}

}  // namespace

void eliminate_dead_code(ir::Function& function, const PassContext& context) {
  clean(function.body(), context);
}

}  // namespace mycel::passes
