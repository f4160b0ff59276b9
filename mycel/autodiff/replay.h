// Running a function of the IR through `apply`: now on concrete tensors, or into an open trace.
#pragma once

#include <memory>
#include <vector>

#include "mycel/ir/function.h"
#include "mycel/tensor/tensor.h"

namespace mycel {

// The results of the function's operations on `arguments`, with gradients recorded as for any other
// operation. Fused groups and calls are opened; `if`, `while` and `scan` raise NotImplementedError.
Tensors replay(const ir::Function& function, const Tensors& arguments,
               const ir::Module* module = nullptr);

// A function that returns the results of `function` and then the gradients of the sum of its
// floating-point results with respect to the arguments `wrt`, a zero where there is none.
std::unique_ptr<ir::Function> differentiate(const ir::Function& function,
                                            const std::vector<size_t>& wrt,
                                            const ir::Module* module = nullptr);

}  // namespace mycel
