#include "mycel/compiler/control.h"

#include <algorithm>

#include "mycel/compiler/control_kinds.h"
#include "mycel/compiler/outline.h"
#include "mycel/ir/control_flow.h"

namespace mycel::compiler {
namespace {

Captured captured_by(const ir::Operation& op) {
  Captured all;
  for (size_t i = 0; i < op.num_regions(); ++i) {
    for (const ir::Value* value : captures(op.region(i))) {
      if (std::find(all.begin(), all.end(), value) == all.end()) all.push_back(value);
    }
  }
  return all;
}

const ir::Function& callee(const ir::Operation& op, const ControlContext& context) {
  constexpr int kDeepest = 64;
  const std::string& name = op.attributes().as<ir::CallAttributes>().callee;
  const ir::Function* found = context.module ? context.module->find(name) : nullptr;
  if (!found) fail(Code::kValue, "[call] expects a function of the module, got \"{}\"", name);
  if (context.depth > kDeepest) {
    fail(Code::kCompile, "[call] expects calls at most {} deep; does {} call itself?", kDeepest,
         name);
  }
  return *found;
}

}  // namespace

PreparedControl make_control(const ir::Operation& op, const ControlContext& context) {
  if (op.is("call")) {
    return {make_call(op, callee(op, context), context), {}};
  }
  Captured captured = captured_by(op);
  if (op.is("if")) return {make_if(op, captured, context), captured};
  if (op.is("while")) return {make_while(op, captured, context), captured};
  if (op.is("scan")) return {make_scan(op, captured, context), captured};
  fail_internal("no control flow is called {}", op.def().name);
}

}  // namespace mycel::compiler
