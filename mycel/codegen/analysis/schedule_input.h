// The input of scheduling: buffers of known extents and strides, and formulas over them.
//
// Formulas are partitioned into stages of groups; each group becomes one loop nest.
#pragma once

#include <span>
#include <vector>

#include "mycel/core/shape.h"
#include "mycel/te/computation.h"
#include "mycel/te/formula.h"

namespace mycel::codegen::schedule {

// The concrete memory layout of one input or output; strides in elements.
struct Layout {
  Shape shape;
  Strides strides;
};

// An array in memory. Buffers are the caller's inputs and outputs, in that order, then temporaries.
// A load's `input` is the number of a buffer.
struct Buffer {
  DType dtype;
  Shape shape;
  Strides strides;       // in elements
  bool scratch = false;  // a temporary, in scratch memory
  int64_t offset = 0;    // of a temporary, in bytes
};

// value(axes...) is written to buffer(axes...).
struct Target {
  int buffer;
  std::vector<te::Axis> axes;
  te::Expr value;
};

// Targets over common loops; the axes of each are a subset of the first one's.
struct Group {
  std::vector<Target> targets;
  // > 1: the targets are reductions whose outermost loop is divided into this many chunks; their
  // buffers have an additional first dim, the chunk.
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
  std::vector<DimBinding> bindings;  // values of the symbols in extents
  Machine machine;
  int64_t scratch_bytes = 0;

  const Buffer& buffer(int number) const { return buffers[static_cast<size_t>(number)]; }
  int64_t value(Dim dim) const {
    return dim.is_constant() ? dim.value() : dim.substitute(bindings).value();
  }
};

}  // namespace mycel::codegen::schedule
