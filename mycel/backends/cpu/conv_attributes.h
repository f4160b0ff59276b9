// The attributes common to the three convolution operations.
#pragma once

#include "mycel/ir/attribute.h"

namespace mycel::backends::cpu {

struct ConvAttributes {
  Ints stride;
  Ints padding;  // top, left, bottom, right
  Ints dilation;
  int64_t groups;
};

inline ConvAttributes conv_attributes(const ir::Attributes& attributes) {
  return {std::get<Ints>(attributes.get("stride")), std::get<Ints>(attributes.get("padding")),
          std::get<Ints>(attributes.get("dilation")), std::get<int64_t>(attributes.get("groups"))};
}

}  // namespace mycel::backends::cpu
