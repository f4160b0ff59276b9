// How the dims of a computation relate: which may be split, and how the parts are put together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mycel/te/computation.h"
#include "mycel/te/linearity.h"

namespace mycel::te {

enum class AxisKind : uint8_t {
  kParallel,   // a part of the outputs needs the same part of the inputs
  kAffine,     // it needs another part, by `reaches` (windows, slices)
  kReduced,    // a part of the inputs gives a partial result, to be combined
  kOrdered,    // a part of the outputs needs the inputs up to its end (prefix scans)
  kIndirect,   // a dim of an input that the values of another input index
  kPiecewise,  // the outputs consist of pieces, each of which needs a part of one input
  kGrouped,    // merged with others in row-major order, or split from one
  kWhole,      // must not be split
};

// Part [begin, end) of an axis needs the elements of an input's dim from floordiv(stride * begin +
// low, divisor) to floordiv(stride * (end - 1) + high, divisor), as far as they exist.
struct Reach {
  Dim stride = 1, low = 0, high = 0;
  int64_t divisor = 1;

  bool is_same_part() const { return *this == Reach{}; }
  friend bool operator==(const Reach&, const Reach&) = default;
};

struct RuleAxis {
  AxisKind kind = AxisKind::kWhole;
  Dim extent = 1;
  // The dim of each input and output that runs along this axis; -1: none, or it is repeated.
  std::vector<int> input_dims, output_dims;
  std::vector<Reach> reaches;      // by input
  std::vector<int64_t> loops;      // the ids of the axes in the computation
  std::optional<Reducer> combine;  // of kReduced
  // Whether the value depends on the index itself (arange, dropout): a part must know where it
  // begins in the whole.
  bool positional = false;
  // Whether the value depends on an extent (a mean): a part must know that of the whole.
  bool sized = false;
};

struct AxisRule {
  std::vector<RuleAxis> axes;
  std::vector<Polynomial> polynomials;  // by output: in which inputs it is linear
};

// An axis along these dims of the inputs and outputs.
RuleAxis rule_axis(AxisKind kind, Dim extent, std::vector<int> input_dims,
                   std::vector<int> output_dims);

// Reads the rule from the formulas. An axis is `sized` if its extent, or that of an input dim along
// it, shares a symbol with a size that is read as a value, or if both are constants, as numbers
// cannot be told apart. With distinct symbols the rule is exact.
AxisRule axis_rule(const Computation& computation);

// "a b, b c -> a c  (b: sum)"
std::string to_string(const AxisRule& rule);

}  // namespace mycel::te
