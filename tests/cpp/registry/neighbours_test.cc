// Tests axes along which a part needs elements of its neighbours: halos and indexed dims.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "mycel/ops/concatenate.h"
#include "mycel/ops/slice.h"
#include "mycel/tensor/apply.h"
#include "tests/cpp/registry/axes.h"
#include "tests/cpp/registry/compare.h"

namespace mycel {
namespace {

enum class End { kFront, kBack };

// The first or last `count` elements of a dim.
Tensor at_end(const Tensor& x, int64_t dim, int64_t count, End end) {
  int64_t length = x.dim(dim).value(), start = end == End::kFront ? 0 : length - count;
  return slice_dim(x, dim, start, start + count);
}

bool same(const Tensor& a, const Tensor& b, int64_t depth) {
  return difference(host_arrays({a}), host_arrays({b}), depth).empty();
}

// --- Halos: windows differ in length from their input, and only the operation knows which element
// belongs to which window, so the tests try every block of the operands.

// The distinct lengths of operands along the axis, and the one that an attribute holds.
std::vector<int64_t> lengths_of(const Case& c, const ir::Axis& axis) {
  std::vector<int64_t> lengths;
  for (size_t i = 0; i < axis.operand_dims.size(); ++i) {
    if (axis.operand_dims[i] < 0) continue;
    int64_t length = c.sample->inputs[i].shape[static_cast<size_t>(axis.operand_dims[i])];
    if (std::find(lengths.begin(), lengths.end(), length) == lengths.end()) {
      lengths.push_back(length);
    }
  }
  if (!axis.attribute.empty()) lengths.push_back(axis.extent.value());
  return lengths;
}

// Runs the operation on the first or last `parts[k]` elements of each dim of length `lengths[k]`;
// returns nothing if it does not take such parts.
Tensors run_block(const Case& c, const ir::Axis& axis, const Tensors& inputs,
                  const std::vector<int64_t>& lengths, const std::vector<int64_t>& parts, End end) {
  Tensors blocks = inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    int dim = axis.operand_dims[i];
    if (dim < 0) continue;
    auto k = std::find(lengths.begin(), lengths.end(), inputs[i].dim(dim).value());
    blocks[i] = at_end(inputs[i], dim, parts[static_cast<size_t>(k - lengths.begin())], end);
  }
  try {
    return apply(*c.op, blocks, part_attributes(c, axis, parts.back()));
  } catch (const Error&) {
    return {};
  }
}

// The number of indices at this end of the axis where the block agrees with the whole, in all
// results.
int64_t agreeing(const ir::Axis& axis, const Tensors& whole, const Tensors& block, End end) {
  for (int64_t count = axis.extent.value(); count > 0 && !block.empty(); --count) {
    bool right = true;
    for (size_t i = 0; right && i < whole.size(); ++i) {
      int64_t dim = axis.result_dims[i];
      right = block[i].dim(dim).value() >= count &&
              same(at_end(whole[i], dim, count, end), at_end(block[i], dim, count, end), 100);
    }
    if (right) return count;
  }
  return 0;
}

// The largest such number over the blocks that are shorter than the whole in every length.
int64_t reached(const Case& c, const ir::Axis& axis, End end) {
  Tensors inputs = to_tensors(c.arrays()), whole = run(c, inputs);
  std::vector<int64_t> lengths = lengths_of(c, axis), parts(lengths.size(), 1);
  if (*std::min_element(lengths.begin(), lengths.end()) < 2) return 0;
  int64_t most = 0;
  for (size_t k = 0; k < parts.size();) {
    most =
        std::max(most, agreeing(axis, whole, run_block(c, axis, inputs, lengths, parts, end), end));
    for (k = 0; k < parts.size() && ++parts[k] == lengths[k]; ++k) parts[k] = 1;
  }
  return most;
}

// Whether two blocks, which may overlap, make up the whole.
bool splits_with_overlap(const Case& c, const ir::Axis& axis) {
  int64_t front = reached(c, axis, End::kFront), back = reached(c, axis, End::kBack);
  return front > 0 && back > 0 && front + back >= axis.extent.value();
}

TEST(AxisRules, HaloAxesSplitWithOverlap) {
  std::map<std::string, bool> shown;  // by operation and dims: whether some sample splits
  for_each_axis([&](const Case& c, const ir::Axis& axis) {
    if (axis.kind != ir::AxisKind::kHalo || axis.extent.value() < 2) return;
    bool& splits = shown[key_of(c, axis)];
    splits = splits || splits_with_overlap(c, axis);
  });
  EXPECT_FALSE(shown.empty());
  for (const auto& [key, splits] : shown) {
    EXPECT_TRUE(splits) << key << " is declared a halo, but no sample splits";
  }
}

// A running sum is right at the front of any part, and nowhere else; the check above must detect
// that.
TEST(AxisRules, WhatReachesFurtherThanAHaloDoesNotSplit) {
  for_each_axis([](const Case& c, const ir::Axis& axis) {
    bool summed = c.op->name == "cumsum" && axis.kind == ir::AxisKind::kWhole;
    if (!summed || axis.extent.value() < 2) return;
    EXPECT_FALSE(splits_with_overlap(c, axis));
  });
}

// --- Indexed dims: the part that the indices point into is enough.

// Whether an operand holds positions along a dim; of several index arrays, only one does.
bool indexes(const Case& c, size_t operand, int64_t dim) {
  const ir::Attributes& attributes = c.sample->attributes;
  for (const ir::AttributeField& field : attributes.schema()->fields) {
    if (field.name != "dims") continue;
    Ints dims = std::get<Ints>(attributes.get("dims"));
    size_t first = c.sample->inputs.size() - dims.size();
    return operand >= first && dims[operand - first] == dim;
  }
  return true;
}

// The operands, with positions along the dim restricted to `count` from `start` on.
Tensors pointing_into(const Case& c, int64_t dim, int64_t start, int64_t count) {
  std::vector<NDArray> arrays = c.arrays();
  for (size_t i = 0; i < arrays.size(); ++i) {
    if (arrays[i].dtype() != DType::kInt64) continue;
    auto* values = arrays[i].mutable_data<int64_t>();
    int64_t shift = indexes(c, i, dim) ? start : 0;
    for (int64_t k = 0; k < arrays[i].size(); ++k) {
      values[k] = std::clamp<int64_t>(values[k], 0, count - 1) + shift;
    }
  }
  return to_tensors(arrays);
}

void expect_part_is_enough(const Case& c, const ir::Axis& axis, End end) {
  int64_t extent = axis.extent.value(), count = extent / 2, dim = axis.operand_dims[0];
  int64_t start = end == End::kFront ? 0 : extent - count;
  Tensors inputs = pointing_into(c, dim, start, count), whole = run(c, inputs);
  Tensors parts = pointing_into(c, dim, 0, count);
  parts[0] = at_end(inputs[0], dim, count, end);
  Tensor part = run(c, parts)[0];
  if (int result_dim = axis.result_dims[0]; result_dim >= 0) {
    // Elsewhere, the result is the operand.
    Tensor rest =
        at_end(inputs[0], dim, extent - count, end == End::kFront ? End::kBack : End::kFront);
    part = concatenate(end == End::kFront ? Tensors{part, rest} : Tensors{rest, part}, result_dim);
  }
  EXPECT_EQ(difference(host_arrays(whole), host_arrays({part}), extent), "");
}

TEST(AxisRules, IndexedAxesNeedThePartThatIsPointedInto) {
  int64_t checked = 0;
  for_each_axis([&](const Case& c, const ir::Axis& axis) {
    if (axis.kind != ir::AxisKind::kIndexed || axis.extent.value() < 2) return;
    for (End end : {End::kFront, End::kBack}) expect_part_is_enough(c, axis, end);
    ++checked;
  });
  EXPECT_GT(checked, 0);
}

}  // namespace
}  // namespace mycel
