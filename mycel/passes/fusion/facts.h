// Facts about an operation that decide its fusion, read from its formula.
#pragma once

#include <variant>
#include <vector>

#include "mycel/ir/function.h"
#include "mycel/passes/fusion/reason.h"

namespace mycel::passes {

// How an operation's loops read one operand. An axis rule (te/axis_rule.h) comes from the same
// te::Loops but does not fit here: it merges all loops along a dim, as they are split together, and
// gives them one kind for all operands. A group keeps the loops i and k of `x[i] / sum(k){x[k]}`
// apart, and asks about one operand.
struct Link {
  // Whether every dim is indexed by a different loop variable, or has extent 1.
  bool regular = true;
  // Whether an index is itself read from data, and so may be out of range.
  bool indirect = false;
  // Per dim of the operand: the loop whose variable is its index, or -1 for a dim of extent 1. The
  // loops are the dims of the result, then the reduced axes.
  InlineVector<int, 6> loops;
};

// The scalar operations that compute one element.
struct Work {
  int weight = 0;  // their number
  bool reduces = false;
  bool expensive = false;  // division, roots, transcendental functions
  bool raises = false;     // for some values

  // A few simple scalar operations: may be recomputed where it is read.
  bool is_cheap() const { return !reduces && !expensive && weight <= 8; }
  void add(const Work& other);
};

struct FusionFacts {
  Dims dims;                 // of every result
  std::vector<Dim> reduced;  // extents of the reduced axes
  std::vector<Link> links;   // one per operand
  Work work;
  // Never worth storing, as it is recomputed for nothing at each reader: a view, or a number or
  // index without operands.
  bool costs_nothing = false;

  bool is_regular() const;  // all links are

  size_t num_loops() const { return dims.size() + reduced.size(); }
  Dim extent(size_t loop) const {
    return loop < dims.size() ? dims[loop] : reduced[loop - dims.size()];
  }
};

// The facts, or why no group takes the operation. No group takes an unused operation: it must run
// because it may raise, and a group would drop it. Nor one that is a slice or a reshape: its
// elements do not follow the loops, so it is better left a view.
using FactsOrReason = std::variant<FusionFacts, FusionReason>;
FactsOrReason fusion_facts(const ir::Operation& op);

// Whether the loops of the consumer read each element of a value of these dims about once, so that
// computing it where it is read repeats little work.
bool reads_about_once(const FusionFacts& consumer, const Dims& dims);

}  // namespace mycel::passes
