// Chooses oneDNN's implementation of a description, and the formats that it computes in.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>

#include "mycel/backends/cpu/onednn/primitive.h"

namespace mycel::backends::onednn {

const dnnl::engine& engine();

// The operands in the caller's layouts.
struct Given {
  dnnl::memory::desc source, weights, bias, destination;
};
Given given(const Description& description);

// A primitive with the formats that it computes in.
struct Choice {
  dnnl::primitive_desc_base desc;
  dnnl::memory::desc source, weights, bias, destination;
};
// Returns nothing, and the reason, if oneDNN has only reference loops, or not even those.
std::optional<Choice> choose(const Description& description, std::string* reason);

}  // namespace mycel::backends::onednn
