// In which inputs an expression is linear.
#pragma once

#include <cstdint>
#include <vector>

#include "mycel/te/expr.h"

namespace mycel::te {

// An expression as a sum of products of its first 64 inputs, as far as it is one.
struct Polynomial {
  std::vector<uint64_t> products;  // each the set of its factors, one bit an input; in order
  uint64_t nonlinear = 0;          // inputs that it depends on otherwise

  // Whether f(s + t) = f(s) + f(t), the inputs of the set changing together and others held.
  bool is_linear_in(uint64_t inputs) const;
};

Polynomial polynomial(const Expr& value);
// An input itself.
Polynomial input_polynomial(size_t input);
// The inputs of `outer` replaced by expressions of other inputs.
Polynomial compose(const Polynomial& outer, const std::vector<Polynomial>& inner);

}  // namespace mycel::te
