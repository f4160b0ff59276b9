// The passes of the compiler: each one pure function of a function, in a file named after it.
//
// A pass reads and writes operations in place and asks the Target what a backend offers. Each runs
// alone on text: `python -m mycel opt --passes=fold_constants,fuse file.mir`. Walks are iterative
// and linear in the number of operations.
#pragma once

#include <span>
#include <string_view>

#include "mycel/ir/function.h"
#include "mycel/ir/target.h"

namespace mycel::passes {

struct PassContext {
  const ir::Target* target = nullptr;  // nullptr: nothing is offered
  const ir::Module* module = nullptr;  // what `call` refers to; nullptr: not known
  // fold_constants makes no constant of more elements, and reads at most 16 times as many.
  int64_t max_folded_elements = 4096;
  // fuse puts at most as many operations into one group, and four times as many into one of
  // independent updates.
  int max_group_operations = 64;
};

// Opens composites that the target offers no kernel for: their bodies in place of them.
void expand_composites(ir::Function& function, const PassContext& context);
// Evaluates operations on constants; a tensor of one value becomes a `full`.
void fold_constants(ir::Function& function, const PassContext& context);
// Applies the table of algebra_rules.cc until no rule matches.
void simplify_algebra(ir::Function& function, const PassContext& context);
// One operation for those of equal operands and attributes.
void eliminate_common_subexpressions(ir::Function& function, const PassContext& context);
// Removes what nobody uses.
void eliminate_dead_code(ir::Function& function, const PassContext& context);
// A transposed product is the product of the transposed factors, which are views.
void fold_transposes(ir::Function& function, const PassContext& context);
// Writes on each operation the first implementation that the target offers for it.
void choose_implementation(ir::Function& function, const PassContext& context);
// Writes the layout of 4-d values: channels-last where the target prefers it.
void choose_layout(ir::Function& function, const PassContext& context);
// Groups operations that are computed by formulas into `fusion` operations.
void fuse(ir::Function& function, const PassContext& context);
// Orders operations so that less memory is live at once.
void order(ir::Function& function, const PassContext& context);

struct Pass {
  std::string_view name;
  std::string_view doc;
  void (*run)(ir::Function&, const PassContext&);
};
std::span<const Pass> all_passes();
// Raises ValueError that lists the passes there are.
const Pass& find(std::string_view name);

}  // namespace mycel::passes
