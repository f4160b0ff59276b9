// Index expressions as affine functions of axes: "2 * i + k - 1".
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "mycel/te/expr.h"

namespace mycel::te {

// floordiv(offset + the sum of coefficient * axis, divisor). Axes of extent 1 are left out.
struct AffineIndex {
  struct Term {
    Axis axis;
    Dim coefficient;
    friend bool operator==(const Term&, const Term&) = default;
  };
  std::vector<Term> terms;  // by the axes' ids
  Dim offset = 0;
  int64_t divisor = 1;
  bool is_remainder = false;  // instead of the quotient

  // Whether this is one axis and nothing else.
  bool is_axis() const;
  friend bool operator==(const AffineIndex&, const AffineIndex&) = default;
};

// a - b, if neither is divided.
std::optional<AffineIndex> difference(const AffineIndex& a, const AffineIndex& b);

// Of all expressions below some roots.
class AffineIndices {
 public:
  explicit AffineIndices(const std::vector<const Node*>& post_order);
  // nullptr for an expression that is not affine.
  const AffineIndex* find(const Node* node) const;

 private:
  std::optional<AffineIndex> affine(const Node& node) const;
  std::optional<AffineIndex> affine_call(const Node& node) const;

  std::unordered_map<const Node*, AffineIndex> known_;
};

}  // namespace mycel::te
