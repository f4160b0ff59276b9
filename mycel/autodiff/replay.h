// Runs a function of the IR through `apply`: on concrete tensors, or into an open trace.
#pragma once

#include <memory>
#include <vector>

#include "mycel/ir/function.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// Runs the function's operations on `arguments`, recording gradients as for any operation. Fused
// groups and calls are inlined; `if`, `while` and `scan` raise NotImplementedError.
Tensors replay(const ir::Function& function, const Tensors& arguments,
               const ir::Module* module = nullptr);

// Builds a function that returns the results of `function` and then the gradients of the sum of its
// floating-point results with respect to the arguments `wrt`, zeros where there is none.
std::unique_ptr<ir::Function> differentiate(const ir::Function& function,
                                            const std::vector<size_t>& wrt,
                                            const ir::Module* module = nullptr);

}  // namespace mycel
