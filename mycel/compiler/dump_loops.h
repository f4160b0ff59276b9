// Prints the code generated for a program's formulas.
#pragma once

#include <string>

#include "mycel/ir/function.h"

namespace mycel::compiler {

struct LoopsOptions {
  int vector_bits = 0;    // vector width; 0: the widest of this machine
  bool assembly = false;  // machine code instead of loop nests
};

// Returns, for each operation of the function that is computed by a formula, the formula and its
// loop nests for one thread. Leaves out operations that a library computes, views, and operations
// in nested regions.
std::string loops_of(const ir::Function& function, const LoopsOptions& options = {});

}  // namespace mycel::compiler
