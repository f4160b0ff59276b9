#include "mycel/passes/passes.h"

#include <string>

namespace mycel::passes {
namespace {

constexpr Pass kPasses[] = {
    {"expand_composites", "opens composites that the target has no kernel for", expand_composites},
    {"fold_constants", "evaluates operations on constants", fold_constants},
    {"simplify_algebra", "applies algebraic identities", simplify_algebra},
    {"eliminate_common_subexpressions", "computes equal operations once",
     eliminate_common_subexpressions},
    {"eliminate_dead_code", "removes what nobody uses", eliminate_dead_code},
    {"fold_transposes", "moves transposes of products to their factors", fold_transposes},
    {"choose_implementation", "chooses the target's kernels", choose_implementation},
    {"choose_layout", "chooses how values lie in memory", choose_layout},
    {"fuse", "groups operations into kernels", fuse},
    {"order", "orders operations to need less memory", order},
};

}  // namespace

std::span<const Pass> all_passes() { return kPasses; }

const Pass& find(std::string_view name) {
  std::string names;
  for (const Pass& pass : kPasses) {
    if (pass.name == name) return pass;
    names += (names.empty() ? "" : ", ") + std::string(pass.name);
  }
  fail(Code::kValue, "there is no pass \"{}\"; there are {}", name, names);
}

}  // namespace mycel::passes
