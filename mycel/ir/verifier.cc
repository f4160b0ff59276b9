#include "mycel/ir/check.h"
#include "mycel/ir/text.h"

namespace mycel::ir {
namespace {

void raise(const std::optional<Problem>& problem) {
  if (!problem) return;
  std::string where = problem->function->name();
  if (const Operation* op = problem->operation) {
    where += fmt::format(", {} (operation {})", op->def().name, op->id());
    if (op->location().known()) where += " " + to_string(op->location());
  }
  fail_internal("in the function {}: {}", where, problem->text);
}

}  // namespace

void verify(const Function& function, const Module* module) {
  raise(find_problem(function, module));
}
void verify(const Module& module) { raise(find_problem(module)); }

}  // namespace mycel::ir
