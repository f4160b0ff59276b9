// StateDict: the named tensors of a model or an optimiser, to be saved and loaded.
#pragma once

#include <map>
#include <string>

#include "mycel/tensor/tensor.h"

namespace mycel {

using StateDict = std::map<std::string, Tensor>;

// Returns the current values by name, without gradients: later writes do not change them.
StateDict snapshot(const StateDict& state);
// Returns views by name, without gradients: writes go through to the tensors.
StateDict detached(const StateDict& state);

// Raises ValueError, prefixed "[what]", naming keys that are missing, unexpected or of another
// type.
void check_values(const StateDict& to, const StateDict& values, std::string_view what);

// Assigns each tensor of `to` the value of the same name, moved to its device. Raises as
// check_values does, before any change.
void load_values(const StateDict& to, const StateDict& values, std::string_view what);

}  // namespace mycel
