// Which of the library's implementations serves a description, and in which formats it computes.
#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>

#include "mycel/backends/cpu/onednn/primitive.h"

namespace mycel::backends::onednn {

const dnnl::engine& engine();

// The operands as the caller has them.
struct Given {
  dnnl::memory::desc source, weights, bias, destination;
};
Given given(const Description& description);

// A primitive with the formats that it wants.
struct Choice {
  dnnl::primitive_desc_base desc;
  dnnl::memory::desc source, weights, bias, destination;
};
// Nothing if the library knows only its reference loops, or not even those.
std::optional<Choice> choose(const Description& description, std::string* reason);

}  // namespace mycel::backends::onednn
