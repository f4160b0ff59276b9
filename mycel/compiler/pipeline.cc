// The stages of the compiler in order, each a pass of this name in passes/.
#include "mycel/compiler/pipeline.h"

#include "mycel/base/settings.h"
#include "mycel/ir/text.h"
#include "mycel/ir/verify.h"
#include "mycel/passes/passes.h"
#include "mycel/tensor/interpreter_lock.h"

namespace mycel::compiler {
namespace {

constexpr std::string_view kStages[] = {
    // Simplify.
    "expand_composites",
    "fold_constants",
    "simplify_algebra",
    "eliminate_common_subexpressions",
    "eliminate_dead_code",
    "fold_transposes",
    // Choose kernels and layouts, fuse.
    "choose_implementation",
    "choose_layout",
    "fuse",
    "eliminate_dead_code",
    // Order for memory.
    "order",
};

// Without it, composites reach backends that have no kernel for them.
bool is_required(std::string_view stage) { return stage == "expand_composites"; }

void check_skipped(std::string_view skipped) {
  std::string names;
  for (std::string_view stage : kStages) {
    if (is_required(stage)) continue;
    if (stage == skipped) return;
    if (names.find(stage) == names.npos) names += (names.empty() ? "" : ", ") + std::string(stage);
  }
  fail(Code::kValue, "MYCEL_SKIP_PASS expects one of {}, got \"{}\"", names, skipped);
}

}  // namespace

std::span<const std::string_view> pipeline() { return kStages; }

void optimize(ir::Function& function, const ir::Target& target) {
  passes::PassContext context{&target};
  std::string skipped = skipped_pass();
  if (!skipped.empty()) check_skipped(skipped);
  for (std::string_view stage : kStages) {
    if (stage == skipped) continue;
    check_interrupt();
    passes::find(stage).run(function, context);
    if (logs("passes")) log("passes", fmt::format("{}\n{}", stage, ir::print(function)));
    if (settings().verify) ir::verify(function);
  }
}

std::shared_ptr<const runtime::Executable> compile(ir::Function& function,
                                                   backends::Backend& backend,
                                                   std::span<const runtime::Spec> inputs,
                                                   const PrepareOptions& options) {
  optimize(function, backend.target());
  return prepare(function, backend, inputs, options);
}

}  // namespace mycel::compiler
