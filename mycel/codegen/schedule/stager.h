// What a group cannot compute well in one nest, and how formulas look once it is computed before.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "mycel/codegen/schedule/analysis.h"
#include "mycel/codegen/schedule/order.h"
#include "mycel/codegen/schedule/problem.h"

namespace mycel::codegen::schedule {

// Nodes to be computed in an earlier stage.
struct Cut {
  enum class Kind : uint8_t {
    kValues,  // each as an array over `axes`
    kScan,    // the one scan, as an array over `axes` and its own axis
    kChunks,  // reductions over equal loops, each in `chunks` parts as an array over part and
              // `axes`
  };
  Kind kind = Kind::kValues;
  std::vector<const te::Node*> nodes;
  std::vector<te::Axis> axes;
  int chunks = 1;
};

// The first cut that the group needs:
// - scans that do not run along an axis of the group, or not inside what they depend on;
// - reductions of whose free axes and another's neither contains the other: one order of loops
//   cannot hold both;
// - reductions inside others, which would be computed again and again;
// - large reductions to few elements, of which threads get a part each;
// - large reductions to elements that follow each other in the output: rather two passes over
//   memory in its order than one across it.
std::optional<Cut> find_cut(const Problem& problem, const Group& group);

using Replacements = std::unordered_map<const te::Node*, te::Expr>;
te::Expr replace(const te::Expr& expr, const Replacements& replacements);

}  // namespace mycel::codegen::schedule
