// What is to be scheduled: formulas over buffers of known extents and strides, cut into stages of
// groups, each of which becomes one loop nest.
#pragma once

#include <span>
#include <vector>

#include "mycel/core/shape.h"
#include "mycel/te/computation.h"
#include "mycel/te/formula.h"

namespace mycel::codegen::schedule {

// Where the elements of one input or output lie: concrete, strides in elements.
struct Layout {
  Shape shape;
  Strides strides;
};

// The caller's inputs and outputs, in that order, then temporaries. A load's `input` is the number
// of a buffer.
struct Buffer {
  DType dtype;
  Shape shape;
  Strides strides;       // in elements
  bool scratch = false;  // a temporary, in scratch memory
  int64_t offset = 0;    // in bytes: where a temporary lies
};

// value(axes...) is written to buffer(axes...).
struct Target {
  int buffer;
  std::vector<te::Axis> axes;
  te::Expr value;
};

// Targets over common loops: the axes of each are a subset of those of the first.
struct Group {
  std::vector<Target> targets;
  // More than 1: the targets are reductions, and the outermost loop of these is cut in so many
  // chunks; the buffers have one dim more, the chunk, in front.
  int chunks = 1;

  std::vector<te::Expr> values() const {
    std::vector<te::Expr> values;
    for (const Target& target : targets) values.push_back(target.value);
    return values;
  }
};
// Groups that do not depend on each other.
using Stage = std::vector<Group>;

struct Machine {
  int threads = 1;
  int vector_bits = 128;
};

struct ScheduleInput {
  std::vector<Buffer> buffers;
  std::vector<DimBinding> bindings;  // of the symbols in extents
  Machine machine;
  int64_t scratch_bytes = 0;

  int64_t value(Dim dim) const {
    return dim.is_constant() ? dim.value() : dim.substitute(bindings).value();
  }
};

}  // namespace mycel::codegen::schedule
