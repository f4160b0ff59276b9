// What fusion must know of one operation, read from its formula.
#pragma once

#include <optional>
#include <vector>

#include "mycel/ir/function.h"

namespace mycel::passes {

// How the loops of an operation read one operand.
struct Link {
  // Whether every dim is read at a loop variable, each at another one, or has extent 1.
  bool regular = true;
  // Per dim of the operand: the loop whose variable is its index, or -1 for a dim of extent 1. The
  // loops are the dims of the result, then the axes that are reduced.
  InlineVector<int, 6> loops;
};

struct FusionFacts {
  Dims dims;                 // of every result
  std::vector<Dim> reduced;  // extents of the axes that are reduced
  std::vector<Link> links;   // one per operand
  bool reduces = false;
  bool expensive = false;  // division, roots, transcendental functions
  int weight = 0;          // scalar operations an element
  // Costs nothing where it is read: a view, or a number or index without operands.
  bool free = false;

  size_t num_loops() const { return dims.size() + reduced.size(); }
  Dim extent(size_t loop) const {
    return loop < dims.size() ? dims[loop] : reduced[loop - dims.size()];
  }
};

// Nothing for an operation that is not computed by a formula, or by one that groups cannot hold: a
// prefix scan, results of different dims, an operation that a kernel was chosen for.
std::optional<FusionFacts> fusion_facts(const ir::Operation& op);

}  // namespace mycel::passes
