// Facts about an operation that decide its fusion, read from its formula.
#pragma once

#include <optional>
#include <vector>

#include "mycel/ir/function.h"

namespace mycel::passes {

// The access of an operation's loops to one operand.
struct Link {
  // Whether every dim is indexed by a different loop variable, or has extent 1.
  bool regular = true;
  // Whether an index is itself read from data, and so may be out of range.
  bool indirect = false;
  // Per dim of the operand: the loop whose variable is its index, or -1 for a dim of extent 1. The
  // loops are the dims of the result, then the reduced axes.
  InlineVector<int, 6> loops;
};

struct FusionFacts {
  Dims dims;                 // of every result
  std::vector<Dim> reduced;  // extents of the reduced axes
  std::vector<Link> links;   // one per operand
  bool reduces = false;
  bool expensive = false;  // division, roots, transcendental functions
  bool raises = false;     // for some values
  int weight = 0;          // scalar operations per element
  // Free to recompute at each reader, so never worth storing: a view, or a number or index without
  // operands.
  bool free = false;

  bool is_regular() const;  // all links are
  // A few simple scalar operations: may be recomputed where it is read.
  bool is_cheap() const { return !reduces && !expensive && weight <= 8; }

  size_t num_loops() const { return dims.size() + reduced.size(); }
  Dim extent(size_t loop) const {
    return loop < dims.size() ? dims[loop] : reduced[loop - dims.size()];
  }
};

// Returns nothing for an operation without a formula, or one that no group takes: an unused one,
// one with a chosen implementation, a prefix scan, results of different ranks, or a view of other
// elements than a loop would walk (a slice, a reshape), which is better read as a view.
std::optional<FusionFacts> fusion_facts(const ir::Operation& op);

// Whether the loops of the consumer read each element of a value of these dims about once, so that
// computing it where it is read repeats little work.
bool reads_about_once(const FusionFacts& consumer, const Dims& dims);

}  // namespace mycel::passes
