// A region as a function of its own.
#pragma once

#include <memory>
#include <vector>

#include "mycel/ir/function.h"

namespace mycel::compiler {

// Values that the region (and the regions in it) use but do not define, in order of first use.
std::vector<const ir::Value*> captures(const ir::Region& region);

// A function with the region's arguments, then one per capture, and the region's results.
std::unique_ptr<ir::Function> outline(const ir::Region& region,
                                      const std::vector<const ir::Value*>& captured,
                                      const std::string& name);

}  // namespace mycel::compiler
