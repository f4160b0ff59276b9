// The identities that simplify_algebra applies, as data.
#pragma once

#include <span>
#include <string_view>

#include "mycel/passes/pattern.h"

namespace mycel::passes {

// Replaces `match` by `replace` if `when` (optional) holds. The result keeps its dtype and dims: a
// replacement of another dtype is not made, one of fewer dims is expanded.
struct AlgebraRule {
  std::string_view match;
  std::string_view replace;
  bool (*when)(const Match&) = nullptr;
  // The attributes of the replacement's first operation, if it has any.
  ir::Attributes (*attributes)(const Match&) = nullptr;
  // The number that "?" stands for.
  double (*number)(const Match&) = nullptr;
};

std::span<const AlgebraRule> algebra_rules();

}  // namespace mycel::passes
