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
  // Whether an index is itself read from data, and so may be out of range.
  bool indirect = false;
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
  bool raises = false;     // for some values
  int weight = 0;          // scalar operations an element
  // Costs nothing where it is read: a view, or a number or index without operands. Written to
  // memory of its own, it would cost what it need not.
  bool free = false;

  bool is_regular() const;  // all links are
  // A few simple scalar operations: may be computed again where it is read.
  bool is_cheap() const { return !reduces && !expensive && weight <= 8; }

  size_t num_loops() const { return dims.size() + reduced.size(); }
  Dim extent(size_t loop) const {
    return loop < dims.size() ? dims[loop] : reduced[loop - dims.size()];
  }
};

// Nothing for an operation that is not computed by a formula, or that groups do not take: one that
// a kernel was chosen for, a prefix scan, results of different dims, a view of other elements than
// a loop would walk (a slice, a reshape), which is better read as the view that it is.
std::optional<FusionFacts> fusion_facts(const ir::Operation& op);

// Whether the loops of the consumer read each element of a value of these dims about once, so that
// computing it where it is read does little work twice.
bool reads_about_once(const FusionFacts& consumer, const Dims& dims);

}  // namespace mycel::passes
