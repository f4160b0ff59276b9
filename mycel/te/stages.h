// A computation as a list of plain loop nests.
#pragma once

#include <vector>

#include "mycel/te/computation.h"

namespace mycel::te {

// bodies[...] for every index of `free`, reduced over `reduced` by `reducer` if there is one,
// stored in the arrays `targets` at the index of `free`. A scan stores what is reduced so far at
// every index of (reduced, free). Bodies hold no reductions.
struct Stage {
  enum class Kind { kMap, kReduce, kScan } kind = Kind::kMap;
  Reducer reducer = Reducer::kSum;
  std::vector<Axis> free, reduced;
  std::vector<Expr> bodies;
  std::vector<int> targets;
};

// Arrays are numbered: inputs, outputs, temporaries. Loads use these numbers.
struct Stages {
  std::vector<Stage> stages;  // in an order in which they can be run
  std::vector<Input> temporaries;
};

// Every reduction and scan becomes a stage over the axes that it depends on, with a temporary for
// its result: it is computed once for each of their indices wherever it stands, and a scan in
// linear time. Outputs with the same axes share a stage.
Stages split_into_stages(const Computation& computation);

}  // namespace mycel::te
