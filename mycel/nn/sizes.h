// Types of layer options that are written `5`, `{5, 3}` or `"same"`.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "mycel/ir/attribute.h"

namespace mycel::nn {

// One number for both spatial dims, or two.
class Size2d : public Ints {
 public:
  Size2d(int64_t both) : Ints{both} {}
  Size2d(std::initializer_list<int64_t> values) : Ints(values) {}
};

// As Size2d, or "same" (as many positions as elements) or "valid" (none).
class Padding : public ir::Padding {
 public:
  Padding(int64_t both) : ir::Padding(Ints{both}) {}
  Padding(std::initializer_list<int64_t> values) : ir::Padding(Ints(values)) {}
  // Takes an array, as a literal 0 would also be a pointer.
  template <size_t N>
  Padding(const char (&name)[N]) : ir::Padding(std::string(name)) {}
};

}  // namespace mycel::nn
