// Stages: a computation split into plain loop nests.
#pragma once

#include <vector>

#include "mycel/te/computation.h"

namespace mycel::te {

// Evaluates `bodies` at every index of `free`, reduces them over `reduced` unless it is a kMap, and
// stores into the arrays `targets` at the index of `free`. A scan stores the running reduction at
// every index of (reduced, free). Bodies contain no reductions.
struct Stage {
  enum class Kind { kMap, kReduce, kScan } kind = Kind::kMap;
  Reducer reducer = Reducer::kSum;
  std::vector<Axis> free, reduced;
  std::vector<Expr> bodies;
  std::vector<int> targets;
};

// Arrays are numbered: inputs, outputs, temporaries. Loads use these numbers.
struct Stages {
  std::vector<Stage> stages;  // in execution order
  std::vector<Input> temporaries;
};

// Turns every reduction and scan into a stage over the axes that it depends on, with a temporary
// for its result: it is computed once per index of these axes, wherever it is used, and a scan in
// linear time. Outputs with the same axes share a stage.
Stages split_into_stages(const Computation& computation);

}  // namespace mycel::te
