#include <algorithm>

#include "mycel/compiler/control_kinds.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/loop_carried.h"
#include "mycel/compiler/prepared_region.h"
#include "mycel/passes/memory/pack_arena.h"

namespace mycel::compiler {
namespace {

using backends::Stream;
using runtime::Spec;

// `while(%a = %a0, ...) { cond {...} body {...} }`
class While final : public runtime::Control {
 public:
  While(const ir::Operation& op, const Captured& captured, const ControlContext& context)
      : backend_(*context.backend),
        condition_(op.region(0), captured, context, "cond"),
        body_(op.region(1), captured, context, "body"),
        captured_(captured.size()) {
    for (size_t i = 0; i < op.num_operands(); ++i) {
      carried_.add(backend_, context.spec(op.operand(i)), body_.result(i),
                   dense(op.result(i)->type()));
    }
  }

  int64_t scratch_bytes() const override {
    return carried_.scratch_bytes() + passes::kArenaAlignment + condition_.arena_bytes() +
           body_.arena_bytes();
  }

  void run(char* const* buffers, char* scratch, const Stream& stream) const override {
    size_t n = carried_.size();
    Carried::State state(n);
    carried_.begin(state, buffers, scratch, stream);
    char* predicate = scratch;
    scratch += passes::kArenaAlignment;
    char* body_arena = scratch + condition_.arena_bytes();
    ReusedRow<char*> inputs(n + captured_);
    std::copy(buffers + n, buffers + n + captured_, inputs.begin() + n);
    while (true) {
      std::copy(state.now.begin(), state.now.end(), inputs.begin());
      condition_.run(scratch, inputs, {&predicate, 1}, stream);
      if (!read_bool(backend_, predicate, stream)) break;
      body_.run(body_arena, inputs, state.next, stream);
      carried_.advance(state, stream);
    }
    carried_.end(state, buffers + n + captured_, stream);
  }

 private:
  backends::Backend& backend_;
  PreparedRegion condition_, body_;
  size_t captured_;
  Carried carried_;
};

}  // namespace

ControlPtr make_while(const ir::Operation& op, const Captured& captured,
                      const ControlContext& context) {
  return std::make_shared<While>(op, captured, context);
}

}  // namespace mycel::compiler
