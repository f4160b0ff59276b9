// Outlines a region into a function.
#pragma once

#include <memory>
#include <vector>

#include "mycel/ir/function.h"

namespace mycel::compiler {

// Returns the values that the region and its nested regions use but do not define, in order of
// first use; the values that a region yields come before those its operations use.
std::vector<const ir::Value*> captures(const ir::Region& region);

// Copies the region into a function that takes the region's arguments, then the captured values,
// and returns the region's results.
std::unique_ptr<ir::Function> outline(const ir::Region& region,
                                      const std::vector<const ir::Value*>& captured,
                                      const std::string& name);

}  // namespace mycel::compiler
