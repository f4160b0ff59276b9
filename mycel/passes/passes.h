// The passes of the compiler: stateless functions over an ir::Function, in files named after them.
//
// A pass rewrites operations in place and asks the Target for a backend's implementations. Each
// runs alone on text: `python -m mycel opt --passes=fold_constants,fuse file.mir`. Walks do not
// recurse over operations, only over nested regions, whose depth is bounded (add_region).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mycel/ir/function.h"
#include "mycel/ir/target.h"

namespace mycel::passes {

struct PassContext {
  const ir::Target* target = nullptr;  // nullptr: offers nothing
  const ir::Module* module = nullptr;  // has the functions that `call` names; nullptr: unknown
  // fold_constants makes no constant of more elements, and reads at most 16 times as many.
  int64_t max_folded_elements = 4096;
  // fuse puts at most this many operations into one group, and four times as many into a group of
  // independent updates.
  int max_group_operations = 64;
  // fuse adds the lines here that MYCEL_LOG=fusion prints: for each two operations in different
  // groups, one of which reads the other, why they are apart. nullptr: adds none.
  std::vector<std::string>* fusion_reasons = nullptr;
};

// Replaces composites that the target offers no kernel for by their bodies.
void expand_composites(ir::Function& function, const PassContext& context);
// Evaluates operations on constants; a tensor of one repeated value becomes a `full`.
void fold_constants(ir::Function& function, const PassContext& context);
// Applies the table of algebra_rules.cc until no rule matches.
void simplify_algebra(ir::Function& function, const PassContext& context);
// Merges operations with equal operands and attributes.
void eliminate_common_subexpressions(ir::Function& function, const PassContext& context);
// Removes operations with unused results, except those that may raise.
void eliminate_dead_code(ir::Function& function, const PassContext& context);
// Replaces transposed products by products of the transposed factors, which are views.
void fold_transposes(ir::Function& function, const PassContext& context);
// Sets the implementation of each operation to the first that the target offers for it.
void choose_implementation(ir::Function& function, const PassContext& context);
// Sets the layout of 4-d values, channels-last if the target prefers it.
void choose_layout(ir::Function& function, const PassContext& context);
// Groups operations with formulas into `fusion` operations.
void fuse(ir::Function& function, const PassContext& context);
// Orders operations so that less memory is live at once.
void order(ir::Function& function, const PassContext& context);

struct Pass {
  std::string_view name;
  std::string_view doc;
  void (*run)(ir::Function&, const PassContext&);
};
std::span<const Pass> all_passes();
// Raises ValueError, which lists all passes, for an unknown name.
const Pass& find(std::string_view name);

}  // namespace mycel::passes
