// Compares the axis rules with what the operations compute.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "mycel/ops/concatenate.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/slice.h"
#include "mycel/te/interpreter.h"
#include "mycel/te/piece.h"
#include "mycel/tensor/apply.h"
#include "tests/cpp/registry/axes.h"
#include "tests/cpp/registry/compare.h"

namespace mycel {
namespace {

using te::AxisKind;

Tensor combined(const Tensor& a, const Tensor& b, te::Reducer how) {
  switch (how) {
    case te::Reducer::kSum:
      return a + b;
    case te::Reducer::kProduct:
      return a * b;
    case te::Reducer::kMax:
      return maximum(a, b);
    case te::Reducer::kMin:
      return minimum(a, b);
    case te::Reducer::kAnd:
      return logical_and(a, b);
    case te::Reducer::kOr:
      return logical_or(a, b);
    default:
      fail(Code::kValue, "nothing combines the parts");
  }
}

// The results of the whole from those of two parts.
Tensors put_together(const te::RuleAxis& axis, const Tensors& low, const Tensors& high) {
  Tensors joined;
  for (size_t i = 0; i < low.size(); ++i) {
    int dim = axis.output_dims[i];
    if (dim >= 0) {
      joined.push_back(concatenate({low[i], high[i]}, dim));
    } else {
      joined.push_back(axis.combine ? combined(low[i], high[i], *axis.combine) : low[i]);
    }
  }
  return joined;
}

// --- Formulas: each part is a computation of its own, on the parts of the inputs that the rule
// says it needs. A load beyond them raises.

std::vector<NDArray> interpreted(const te::Computation& computation,
                                 const std::vector<NDArray>& inputs) {
  std::vector<NDArray> outputs;
  for (const te::Output& output : computation.outputs) {
    Shape shape;
    for (const te::Axis& axis : output.axes) shape.push_back(axis.extent.value());
    outputs.push_back(NDArray::empty(output.dtype, shape));
  }
  te::interpret(computation, inputs, outputs);
  return outputs;
}

Tensors run_piece(const Case& c, const te::Computation& computation, const te::RuleAxis& axis,
                  int64_t begin, int64_t end) {
  te::Piece piece = te::piece(computation, axis, begin, end);
  std::vector<NDArray> inputs = c.arrays();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (axis.input_dims[i] < 0) continue;
    te::Piece::Range part = piece.inputs[i];
    inputs[i] =
        host_arrays({slice_dim(Tensor(inputs[i]), axis.input_dims[i], part.begin, part.end)})[0];
  }
  return to_tensors(interpreted(piece.computation, inputs));
}

bool is_cut(const te::RuleAxis& axis) {
  bool cut = axis.kind != AxisKind::kWhole && axis.kind != AxisKind::kGrouped &&
             axis.kind != AxisKind::kIndirect;
  return cut && axis.extent.value() > 1;
}

TEST(AxisRules, PiecesOfFormulasMakeTheWhole) {
  std::map<AxisKind, int> shown;
  for_each_case(operations(), in_float64, [&](const Case& c) {
    const OpRules& rule = rules(*c.op);
    if (!rule.formula || rule.axes) return;
    ir::Types types = c.operand_types();
    te::Computation computation = rule.formula({c.op, types.data(), types.size(), &c.attributes});
    std::vector<NDArray> whole = interpreted(computation, c.arrays());
    for (const te::RuleAxis& axis : te::axis_rule(computation).axes) {
      if (!is_cut(axis)) continue;
      SCOPED_TRACE(key_of(c, axis));
      int64_t extent = axis.extent.value(), middle = extent / 2;
      Tensors joined = put_together(axis, run_piece(c, computation, axis, 0, middle),
                                    run_piece(c, computation, axis, middle, extent));
      EXPECT_EQ(difference(whole, host_arrays(joined), extent), "");
      ++shown[axis.kind];
    }
  });
  for (AxisKind kind : {AxisKind::kParallel, AxisKind::kAffine, AxisKind::kReduced,
                        AxisKind::kOrdered, AxisKind::kPiecewise}) {
    EXPECT_GT(shown[kind], 0) << static_cast<int>(kind);
  }
}

// --- Operations run on parts of their operands, with the attributes for a part.

Tensors parts_of(const te::RuleAxis& axis, const Tensors& inputs, int64_t begin, int64_t end) {
  Tensors parts = inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    int dim = axis.input_dims[i];
    if (dim >= 0) parts[i] = slice_dim(inputs[i], dim, begin, end);
  }
  return parts;
}

Tensors run_part(const Case& c, const te::RuleAxis& axis, const Tensors& inputs, int64_t begin,
                 int64_t end) {
  ir::Attributes attributes = c.attributes;
  if (int dim = axis.input_dims[0]; dim >= 0) {
    attributes = ir::with_extent(*c.op, attributes, static_cast<size_t>(dim), axis.output_dims[0],
                                 end - begin);
  }
  return apply(*c.op, parts_of(axis, inputs, begin, end), attributes);
}

// "" if the results of two parts make the whole, else what differs.
std::string split_difference(const Case& c, const te::RuleAxis& axis) {
  Tensors inputs = to_tensors(c.arrays());
  int64_t extent = axis.extent.value(), middle = extent / 2;
  Tensors joined = put_together(axis, run_part(c, axis, inputs, 0, middle),
                                run_part(c, axis, inputs, middle, extent));
  return difference(host_arrays(run(c, inputs)), host_arrays(joined), extent);
}

// Whether the same part of each operand is enough, wherever it lies in the whole.
bool runs_on_parts(const te::RuleAxis& axis) {
  if (!std::all_of(axis.reaches.begin(), axis.reaches.end(),
                   [](const te::Reach& reach) { return reach.is_same_part(); })) {
    return false;
  }
  bool along_operand =
      std::any_of(axis.input_dims.begin(), axis.input_dims.end(), [](int dim) { return dim >= 0; });
  return along_operand && !axis.positional && !axis.sized;
}

TEST(AxisRules, PartsOfOperationsMakeTheWhole) {
  std::set<std::string> shown;
  for_each_axis([&](const Case& c, const te::RuleAxis& axis) {
    bool parts = axis.kind == AxisKind::kParallel || axis.kind == AxisKind::kReduced;
    if (!parts || !is_cut(axis) || !runs_on_parts(axis)) return;
    EXPECT_EQ(split_difference(c, axis), "");
    shown.insert(c.op->name);
  });
  for (const char* name : {"scatter_add", "reshape", "expand", "slice", "softmax", "mean"}) {
    EXPECT_TRUE(shown.contains(name)) << name;
  }
  EXPECT_GT(shown.size(), 40U);
}

// --- Operations that draw random numbers run on parts, too, if they are told of the whole.

// The attributes for the part [begin, end) of the axis.
ir::Attributes attributes_of_part(const Case& c, const te::RuleAxis& axis, int64_t begin,
                                  int64_t end) {
  ir::Attributes attributes = c.sample->attributes;
  auto dim = static_cast<size_t>(axis.output_dims[0]);
  Dims shape = c.result_types()[0].dims;
  Dims whole = std::get<Dims>(attributes.get("whole"));
  Dims first = std::get<Dims>(attributes.get("begin"));
  if (whole.empty()) whole = shape;
  if (first.empty()) first = Dims(shape.size(), 0);
  shape[dim] = end - begin;
  first[dim] = first[dim] + begin;
  attributes = attributes.with("whole", whole).with("begin", first);
  return attributes.schema()->find("shape") ? attributes.with("shape", shape) : attributes;
}

TEST(AxisRules, PiecesOfRandomNumbersMakeTheWhole) {
  std::set<std::string> shown;
  for_each_axis([&](const Case& c, const te::RuleAxis& axis) {
    if (!c.op->attributes.find("whole") || axis.output_dims[0] < 0 || !is_cut(axis)) return;
    EXPECT_EQ(axis.kind, AxisKind::kParallel);
    EXPECT_TRUE(axis.positional);
    Tensors inputs = to_tensors(c.arrays());
    int64_t extent = axis.extent.value(), middle = extent / 2;
    auto part = [&](int64_t begin, int64_t end) {
      return apply(*c.op, parts_of(axis, inputs, begin, end),
                   attributes_of_part(c, axis, begin, end));
    };
    Tensors low = part(0, middle), high = part(middle, extent), whole = run(c, inputs);
    EXPECT_EQ(difference(host_arrays(whole), host_arrays(put_together(axis, low, high)), 0), "");
    EXPECT_EQ(difference(host_arrays({whole.back()}), host_arrays({high.back()}), 0), "");
    shown.insert(c.op->name);
  });
  EXPECT_EQ(shown,
            (std::set<std::string>{"dropout", "random_bits", "random_normal", "random_uniform"}));
}

// --- All rules.

TEST(AxisRules, NameTheirExtents) {
  for_each_axis([](const Case& c, const te::RuleAxis& axis) {
    if (axis.kind != AxisKind::kParallel && axis.kind != AxisKind::kReduced) return;
    ir::Types operands = c.operand_types(), results = c.result_types();
    for (size_t i = 0; i < operands.size(); ++i) {
      if (axis.input_dims[i] < 0 || !axis.reaches[i].is_same_part()) continue;
      EXPECT_TRUE(operands[i].dim(static_cast<size_t>(axis.input_dims[i])) == axis.extent);
    }
    for (size_t i = 0; i < results.size(); ++i) {
      if (axis.output_dims[i] < 0) continue;
      EXPECT_TRUE(results[i].dim(static_cast<size_t>(axis.output_dims[i])) == axis.extent);
    }
  });
}

TEST(AxisRules, CoverEveryDim) {
  for_each_case(operations(), in_float64, [](const Case& c) {
    std::set<std::pair<size_t, int>> input_dims, output_dims;
    for (const te::RuleAxis& axis : axes_of(c).axes) {
      for (size_t i = 0; i < axis.input_dims.size(); ++i) {
        input_dims.insert({i, axis.input_dims[i]});
      }
      for (size_t i = 0; i < axis.output_dims.size(); ++i) {
        output_dims.insert({i, axis.output_dims[i]});
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
    check(c.operand_types(), input_dims, "operand");
    check(c.result_types(), output_dims, "result");
  });
}

// Rules of a kind that a reader knows from PyTorch or einsum, as text.
TEST(AxisRules, OfKnownOperations) {
  const std::map<std::string, std::string> expected = {
      {"matmul[0]", "a c, c b -> a b  (c: sum)"},
      {"matmul[3]", "a b d, d c -> a b c  (d: sum)"},
      {"outer_sum[1]", "c d a, c d b -> a b  (c: sum; d: sum)"},
      {"softmax[0]", "a b -> a b  (b: whole)"},
      {"cumsum[0]", "a b -> a b  (a: ordered)"},
  };
  std::map<std::string, std::string> found;
  for_each_case(operations(), in_float64, [&](const Case& c) {
    std::string name = c.op->name + "[" + std::to_string(c.number) + "]";
    if (expected.contains(name)) found[name] = to_string(axes_of(c));
  });
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace mycel
