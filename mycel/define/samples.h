// Helpers to write the samples of a definition, which the tests run.
#pragma once

#include <utility>
#include <vector>

#include "mycel/tensor/op_rules.h"

namespace mycel {

// A sample input whose dtype is swept over those that the operand takes.
template <class... Extents>
SampleInput any(Extents... extents) {
  SampleInput input;
  input.shape = {static_cast<int64_t>(extents)...};
  return input;
}
// The same for the floating-point dtypes alone.
template <class... Extents>
SampleInput floats(Extents... extents) {
  SampleInput input = any(extents...);
  input.sweep = ir::DTypeSet::kFloating;
  return input;
}
// Integers in [0, high).
inline SampleInput ints(Shape shape, int64_t high) {
  return {std::move(shape), DType::kInt64, 0, static_cast<double>(high)};
}
inline SampleInput bools(Shape shape) { return {std::move(shape), DType::kBool, 0, 2}; }
// Values in [low, high).
inline SampleInput within(Shape shape, double low, double high) {
  return {std::move(shape), std::nullopt, low, high};
}
inline SampleInput distinct(Shape shape) {
  SampleInput input;
  input.shape = std::move(shape);
  input.distinct = true;
  return input;
}
inline SampleInput absent() {
  SampleInput input;
  input.absent = true;
  return input;
}

// A sample of an operation with attributes A.
template <class A>
struct SampleOf {
  std::vector<SampleInput> inputs;
  A attributes = {};
  int check_order = 2;
};

}  // namespace mycel
