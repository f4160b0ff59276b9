// Tests indirect axes: the part of an operand that the indices point into is enough.
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

// Whether an operand holds positions along a dim; of several index arrays, only one does.
bool indexes(const Case& c, size_t operand, int64_t dim) {
  const ir::Attributes& attributes = c.attributes;
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

void expect_part_is_enough(const Case& c, const te::RuleAxis& axis, End end) {
  int64_t extent = axis.extent.value(), count = extent / 2, dim = axis.input_dims[0];
  int64_t start = end == End::kFront ? 0 : extent - count;
  Tensors inputs = pointing_into(c, dim, start, count), whole = run(c, inputs);
  Tensors parts = pointing_into(c, dim, 0, count);
  parts[0] = at_end(inputs[0], dim, count, end);
  Tensor part = run(c, parts)[0];
  if (int result_dim = axis.output_dims[0]; result_dim >= 0) {
    // Elsewhere, the result is the operand.
    Tensor rest =
        at_end(inputs[0], dim, extent - count, end == End::kFront ? End::kBack : End::kFront);
    part = concatenate(end == End::kFront ? Tensors{part, rest} : Tensors{rest, part}, result_dim);
  }
  EXPECT_EQ(difference(host_arrays(whole), host_arrays({part}), extent), "");
}

TEST(AxisRules, IndirectAxesNeedThePartThatIsPointedInto) {
  int64_t checked = 0;
  for_each_axis([&](const Case& c, const te::RuleAxis& axis) {
    if (axis.kind != te::AxisKind::kIndirect || axis.extent.value() < 2) return;
    for (End end : {End::kFront, End::kBack}) expect_part_is_enough(c, axis, end);
    ++checked;
  });
  EXPECT_GT(checked, 0);
}

}  // namespace
}  // namespace mycel
