// A part of a computation along one axis of its rule, as a computation of its own.
#pragma once

#include <vector>

#include "mycel/te/axis_rule.h"

namespace mycel::te {

struct Piece {
  struct Range {
    int64_t begin = 0, end = 0;
  };
  Computation computation;
  std::vector<Range> inputs;  // the part of its dim along the axis that each input is given as
};

// Indices [begin, end) of the axis: those of the outputs, or of an axis that is reduced. Extents
// must be numbers. Takes axes that are parallel, affine, reduced, ordered or piecewise; a value
// that depends on the index or on an extent is that of the whole.
Piece piece(const Computation& computation, const RuleAxis& axis, int64_t begin, int64_t end);

}  // namespace mycel::te
