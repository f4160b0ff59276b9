// The stages of the compiler, in order. Each is one pass in passes/, named as here.
#include "mycel/compiler/pipeline.h"

#include "mycel/base/settings.h"
#include "mycel/ir/text.h"
#include "mycel/passes/passes.h"

namespace mycel::compiler {
namespace {

constexpr std::string_view kStages[] = {
    // What is there, made simpler.
    "expand_composites",
    "fold_constants",
    "simplify_algebra",
    "eliminate_common_subexpressions",
    "eliminate_dead_code",
    "fold_transposes",
    // How it is computed.
    "choose_implementation",
    "choose_layout",
    "fuse",
    "eliminate_dead_code",
    // When.
    "order",
};

}  // namespace

std::span<const std::string_view> pipeline() { return kStages; }

void optimize(ir::Function& function, const ir::Target& target) {
  passes::PassContext context{&target};
  for (std::string_view stage : kStages) {
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
