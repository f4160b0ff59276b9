// Named tensors: what is saved of a model or an optimiser.
#pragma once

#include <map>
#include <string>

#include "mycel/tensor/tensor.h"

namespace mycel {

using StateDict = std::map<std::string, Tensor>;

// The same names for the values of now, without gradients: later writes leave them alone.
StateDict snapshot(const StateDict& state);
// The same names for views without gradients: they are written through.
StateDict detached(const StateDict& state);

// Raises ValueError, after "[what]", naming keys that are missing, unexpected or of another type.
void check_values(const StateDict& to, const StateDict& values, std::string_view what);

// Every tensor of `to` takes the value of its namesake, moved to its device. Raises as check_values
// does, and then changes nothing.
void load_values(const StateDict& to, const StateDict& values, std::string_view what);

}  // namespace mycel
