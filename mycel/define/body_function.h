// The body of a composite as a function.
#pragma once

#include <memory>

#include "mycel/ir/function.h"

namespace mycel {

// Traces the body on operands of the call's types; absent ones get no argument. The function's
// results are the operation's.
std::unique_ptr<ir::Function> body_function(const ir::Call& call);

}  // namespace mycel
