// The code that a program's formulas become, as text for people.
#pragma once

#include <string>

#include "mycel/ir/function.h"

namespace mycel::compiler {

struct LoopsOptions {
  int vector_bits = 0;    // the width of vectors; 0: the widest of this machine
  bool assembly = false;  // machine code in place of loop nests
};

// For each operation of the function that a formula computes: the formula, and the loop nests that
// the code generator makes of it for one thread. Operations that a library computes are left out,
// as are views, and what lies in regions of other operations.
std::string loops_of(const ir::Function& function, const LoopsOptions& options = {});

}  // namespace mycel::compiler
