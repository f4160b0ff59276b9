// Compares what follows from the roles of attributes with what the operations compute.
#include <gtest/gtest.h>

#include <set>

#include "mycel/ops/concatenate.h"
#include "mycel/ops/operators.h"
#include "mycel/tensor/apply.h"
#include "tests/cpp/registry/axes.h"
#include "tests/cpp/registry/cases.h"
#include "tests/cpp/registry/compare.h"

namespace mycel {
namespace {

using ir::AttributeRole;

size_t first_rank(const Case& c) {
  ir::Types types = c.operand_types();
  return ir::rank_of_first(*c.op, types.size(), [&](size_t i) { return types[i].rank(); });
}

// The same attributes with every dim counted from the end.
ir::Attributes counted_from_end(const Case& c) {
  ir::Attributes attributes = c.attributes;
  for (const ir::AttributeField& field : c.op->attributes.fields) {
    if (!ir::holds_dims(field.role)) continue;
    size_t rank = std::max<size_t>(first_rank(c), 1);
    if (field.role == AttributeRole::kNewDim) rank = first_rank(c) + 1;
    ir::Attribute value = field.get(attributes.data());
    if (int64_t* dim = std::get_if<int64_t>(&value)) *dim -= static_cast<int64_t>(rank);
    if (Ints* dims = std::get_if<Ints>(&value)) {
      for (int64_t& dim : *dims) dim -= static_cast<int64_t>(rank);
    }
    attributes = attributes.with(field.name, value);
  }
  return attributes;
}

TEST(AttributeRoles, DimsCountFromTheEnd) {
  int shown = 0;
  for_each_case(definitions(), in_float64, [&](const Case& c) {
    if (!c.op->names_dims) return;
    Tensors inputs = to_tensors(c.arrays());
    std::vector<NDArray> expected = host_arrays(apply(*c.op, inputs, c.attributes));
    EXPECT_EQ(difference(expected, host_arrays(apply(*c.op, inputs, counted_from_end(c))), 1), "");
    ++shown;
  });
  EXPECT_GT(shown, 60);
}

TEST(AttributeRoles, ADimOutOfRangeRaises) {
  for_each_case(definitions(), in_float64, [](const Case& c) {
    for (const ir::AttributeField& field : c.op->attributes.fields) {
      if (!ir::holds_dims(field.role)) continue;
      bool one = field.kind == ir::AttributeKind::kInt;
      ir::Attribute beyond = one ? ir::Attribute(int64_t{9}) : ir::Attribute(Ints{9});
      std::string message;
      try {
        apply(*c.op, to_tensors(c.arrays()), c.attributes.with(field.name, beyond));
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::kIndex) << error.what();
        message = error.what();
      }
      EXPECT_NE(message.find("[" + c.op->name + "] expects dim in ["), std::string::npos)
          << message;
    }
  });
}

bool has_role(const ir::OpDef& op) {
  return std::any_of(op.attributes.fields.begin(), op.attributes.fields.end(),
                     [](const auto& field) { return field.role != AttributeRole::kPlain; });
}

// The operands that get a dim in front: all but the weights of a normalisation, which have the last
// dims alone, and the arrays that index some dims, which broadcast among themselves.
bool gets_front_dim(const Case& c, size_t operand) {
  if (c.op->name == "index" || c.op->name == "layer_norm") return operand == 0;
  return c.op->name != "index_put" || operand < 2;
}

Tensor other_than(const Tensor& x) { return is_floating(x.dtype()) ? x * 0.5 + 0.25 : x; }

TEST(AttributeRoles, ADimInFrontLeavesTheRestAsItIs) {
  std::set<std::string> shown;
  for_each_case(operations(), in_float64, [&](const Case& c) {
    // Random numbers of a larger shape are others; concatenate skips an empty vector only.
    bool skips = c.op->name == "concatenate" && c.operand_types()[0].dims == Dims{0};
    if (!has_role(*c.op) || c.op->name.starts_with("random") || skips) return;
    std::optional<ir::Attributes> attributes =
        ir::with_front_dim(*c.op, first_rank(c), c.attributes, 2);
    if (!attributes) return;
    Tensors one = to_tensors(c.arrays()), other = one, both = one;
    for (size_t i = 0; i < one.size(); ++i) {
      if (!one[i].defined() || !gets_front_dim(c, i)) continue;
      other[i] = other_than(one[i]);
      both[i] = stack({one[i], other[i]}, 0);
    }
    Tensors expected = apply(*c.op, one, c.attributes), second = apply(*c.op, other, c.attributes);
    for (size_t i = 0; i < expected.size(); ++i) {
      expected[i] = stack({expected[i], second[i]}, 0);
    }
    EXPECT_EQ(difference(host_arrays(expected), host_arrays(apply(*c.op, both, *attributes)), 8),
              "");
    shown.insert(c.op->name);
  });
  for (const char* name : {"sum", "softmax", "cumsum", "sort", "gather", "scatter_add", "permute",
                           "expand", "reshape", "slice", "unslice", "slice_put", "pad", "max",
                           "concatenate", "argmax", "place", "layer_norm"}) {
    EXPECT_TRUE(shown.contains(name)) << name;
  }
}

}  // namespace
}  // namespace mycel
