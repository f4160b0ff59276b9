// Checks axis rules against the operations' results.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "mycel/ops/concatenate.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/slice.h"
#include "mycel/tensor/apply.h"
#include "tests/cpp/registry/axes.h"
#include "tests/cpp/registry/compare.h"

namespace mycel {
namespace {

// The results on the part [start, stop) of the axis.
Tensors run_part(const Case& c, const ir::Axis& axis, const Tensors& inputs, int64_t start,
                 int64_t stop) {
  Tensors parts = inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    int dim = axis.operand_dims[i];
    if (dim >= 0) parts[i] = slice_dim(inputs[i], dim, start, stop);
  }
  return apply(*c.op, parts, part_attributes(c, axis, stop - start));
}

Tensor combined(const Tensor& a, const Tensor& b, ir::Combine how) {
  bool is_bool = a.dtype() == DType::kBool;
  switch (how) {
    case ir::Combine::kSum:
      return a + b;
    case ir::Combine::kProduct:
      return a * b;
    case ir::Combine::kMax:
      return is_bool ? logical_or(a, b) : maximum(a, b);
    case ir::Combine::kMin:
      return is_bool ? logical_and(a, b) : minimum(a, b);
    case ir::Combine::kAnd:
      return logical_and(a, b);
    case ir::Combine::kOr:
      return logical_or(a, b);
    case ir::Combine::kNone:
      break;
  }
  fail(Code::kValue, "nothing combines the parts");
}

// Returns "" if two parts, joined along the results' dims or combined, equal the whole, else the
// difference.
std::string split_difference(const Case& c, const ir::Axis& axis, ir::Combine how) {
  Tensors inputs = to_tensors(c.arrays());
  int64_t extent = axis.extent.value(), middle = extent / 2;
  Tensors whole = run(c, inputs), joined;
  Tensors low = run_part(c, axis, inputs, 0, middle);
  Tensors high = run_part(c, axis, inputs, middle, extent);
  for (size_t i = 0; i < whole.size(); ++i) {
    int dim = axis.result_dims[i];
    if (dim >= 0)
      joined.push_back(concatenate({low[i], high[i]}, dim));
    else
      joined.push_back(combined(low[i], high[i], how));
  }
  return difference(host_arrays(whole), host_arrays(joined), extent);
}

bool is_split_by(const Case& c, const ir::Axis& axis, ir::Combine how) {
  try {
    return split_difference(c, axis, how).empty();
  } catch (const Error&) {
    return false;
  }
}

// Whether an axis that is declared whole would split after all.
bool splits(const Case& c, const ir::Axis& axis) {
  using ir::Combine;
  for (int dim : axis.result_dims) {
    if (dim >= 0) return is_split_by(c, axis, Combine::kNone);
  }
  for (Combine how : {Combine::kSum, Combine::kProduct, Combine::kMax, Combine::kMin, Combine::kAnd,
                      Combine::kOr}) {
    if (is_split_by(c, axis, how)) return true;
  }
  return false;
}

TEST(AxisRules, NameTheirExtents) {
  for_each_axis([](const Case& c, const ir::Axis& axis) {
    bool runs = axis.kind == ir::AxisKind::kParallel || axis.kind == ir::AxisKind::kReduced;
    ir::Types operands = c.operand_types(), results = c.result_types();
    for (size_t i = 0; runs && i < operands.size(); ++i) {
      if (axis.operand_dims[i] < 0) continue;
      EXPECT_TRUE(operands[i].dim(static_cast<size_t>(axis.operand_dims[i])) == axis.extent);
    }
    runs = runs || axis.kind == ir::AxisKind::kHalo;  // whose operands are longer or shorter
    for (size_t i = 0; runs && i < results.size(); ++i) {
      if (axis.result_dims[i] < 0) continue;
      EXPECT_TRUE(results[i].dim(static_cast<size_t>(axis.result_dims[i])) == axis.extent);
    }
  });
}

TEST(AxisRules, CoverEveryDim) {
  for_each_case(operations(), in_float64, [](const Case& c) {
    std::set<std::pair<size_t, int>> operand_dims, result_dims;
    for (const ir::Axis& axis : axes_of(c).axes) {
      for (size_t i = 0; i < axis.operand_dims.size(); ++i) {
        operand_dims.insert({i, axis.operand_dims[i]});
      }
      for (size_t i = 0; i < axis.result_dims.size(); ++i) {
        result_dims.insert({i, axis.result_dims[i]});
      }
    }
    auto check = [](const ir::Types& types, const auto& covered, const char* what) {
      for (size_t i = 0; i < types.size(); ++i) {
        for (size_t d = 0; d < types[i].rank(); ++d) {
          if (types[i].dim(d) == Dim(1)) continue;
          EXPECT_TRUE(covered.contains({i, static_cast<int>(d)}))
              << "dim " << d << " of " << what << " " << i;
        }
      }
    };
    // The state of a random operation belongs to no axis.
    ir::Types operands = c.operand_types(), results = c.result_types();
    for (size_t i = 0; i < operands.size(); ++i) {
      if (c.op->operands[std::min(i, c.op->operands.size() - 1)].name == "state") operands[i] = {};
    }
    for (size_t i = 0; i < results.size(); ++i) {
      if (c.op->results[i].name == "state") results[i] = {};
    }
    check(operands, operand_dims, "operand");
    check(results, result_dims, "result");
  });
}

TEST(AxisRules, ParallelAxesSplitAndJoin) {
  for_each_axis([](const Case& c, const ir::Axis& axis) {
    if (axis.kind != ir::AxisKind::kParallel || axis.extent.value() < 2) return;
    EXPECT_EQ(split_difference(c, axis, ir::Combine::kNone), "");
  });
}

TEST(AxisRules, ReducedAxesSplitAndCombine) {
  for_each_axis([](const Case& c, const ir::Axis& axis) {
    if (axis.kind != ir::AxisKind::kReduced || axis.extent.value() < 2) return;
    EXPECT_NE(axis.combine, ir::Combine::kNone);
    EXPECT_EQ(split_difference(c, axis, axis.combine), "");
  });
}

TEST(AxisRules, WholeAxesFailTheSplitOrSayWhyNot) {
  // By operation and dims: whether some sample shows that the axis does not split.
  std::map<std::string, bool> shown;
  for_each_axis([&](const Case& c, const ir::Axis& axis) {
    bool whole = axis.kind == ir::AxisKind::kWhole && axis.reason.empty();
    if (!whole || axis.extent.value() < 2) return;
    bool& fails = shown[key_of(c, axis)];
    fails = fails || !splits(c, axis);
  });
  for (const auto& [key, fails] : shown) {
    EXPECT_TRUE(fails) << key << " is declared whole, but every sample splits";
  }
}

}  // namespace
}  // namespace mycel
