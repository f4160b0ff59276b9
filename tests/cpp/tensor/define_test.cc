#include "mycel/define/define.h"

#include <gtest/gtest.h>

#include "tests/cpp/tensor/test_ops.h"

namespace mycel {
namespace {

const ir::OpDef& op(std::string_view name) { return *ir::Registry::get().find(name); }

TEST(Define, FillsTheStaticFacts) {
  const ir::OpDef& scale = op("t_scale");
  EXPECT_EQ(scale.kind, ir::OpKind::kPrimitive);
  ASSERT_EQ(scale.results.size(), 1u);
  EXPECT_EQ(scale.results[0].name, "output");
  ASSERT_EQ(scale.attributes.fields.size(), 1u);
  EXPECT_EQ(scale.attributes.fields[0].kind, ir::AttributeKind::kFloat);
  EXPECT_EQ(std::get<double>(scale.attributes.fields[0].default_value), 2.0);
  EXPECT_EQ(op("t_twice").kind, ir::OpKind::kComposite);
}

TEST(Define, ElementwiseBroadcastsAndNamesBothShapesWhereItCannot) {
  Tensor x = tensor(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}),
         y = vector_of<float>({10, 20, 30});
  EXPECT_EQ(values_of<float>(t_add(x, y)), (std::vector<float>{11, 22, 33, 14, 25, 36}));
  std::string message = error_of([&] { t_add(x, vector_of<float>({1, 2})); });
  EXPECT_NE(message.find("[t_add]"), message.npos) << message;
  EXPECT_NE(message.find("[2, 3] and [2]"), message.npos) << message;
}

TEST(Define, OperandsAreCheckedAgainstTheirDTypes) {
  std::string message = error_of([] { t_scale(tensor(std::vector<int64_t>{1}, {1}), 2); });
  EXPECT_NE(message.find("[t_scale] expects"), message.npos) << message;
  EXPECT_NE(message.find("i64[1]"), message.npos) << message;
}

TEST(Define, ABodyGivesTypesAndGradient) {
  Tensor x = vector_of<float>({1, 2});
  EXPECT_EQ(values_of<float>(t_twice(x, 3)), (std::vector<float>{8, 16}));
  ir::Type type = ir::Type::tensor(DType::kFloat32, {Dim::symbol("n"), 4});
  ir::Types results;
  TTwice attributes{2};
  ir::Attributes borrowed = ir::Attributes::borrow(op("t_twice").attributes, &attributes);
  ir::infer_types({&op("t_twice"), &type, 1, &borrowed}, results);
  EXPECT_EQ(results[0], type);
  x.set_requires_grad(true);
  EXPECT_TRUE(t_twice(x, 3).requires_grad());
}

TEST(Define, AFormulaGivesTypes) {
  ir::Type type = ir::Type::tensor(DType::kFloat64, {Dim::symbol("n"), 4});
  ir::Types results;
  ir::Attributes defaults = ir::Attributes::defaults(op("t_scale").attributes);
  ir::infer_types({&op("t_scale"), &type, 1, &defaults}, results);
  EXPECT_EQ(results, ir::Types{type});
}

TEST(Define, WhatAnOperationExpectsIsCheckedBeforeItsFormulaIsMade) {
  Tensor row = vector_of<float>({5, 6});
  std::string message = error_of([&] { call(TRowPut{0}, row, row); });
  EXPECT_NE(message.find("[t_row_put] expects a matrix and a row, got f32[2] and f32[2]"),
            message.npos)
      << message;
}

TEST(Define, AUserFunctionRunsItsBodyAndStandsInNoRegistry) {
  EXPECT_EQ(ir::Registry::get().find("t_apart"), nullptr);
  Tensor x = vector_of<float>({1, 2});
  EXPECT_EQ(values_of<float>(call(TApart{}, x)), (std::vector<float>{2, 4}));
  bool listed = false;
  for (const ir::OpDef* function : user_functions()) listed |= function->name == "t_apart";
  EXPECT_TRUE(listed);
}

TEST(Define, AnOperationWithoutGradientSaysSo) {
  Tensor x = tensor(std::vector<float>{1, 2, 3, 4}, {2, 2});
  x.set_requires_grad(true);
  Tensor row = vector_of<float>({5, 6});
  std::string message = error_of([&] { call(TRowPut{0}, x, row); });
  EXPECT_NE(message.find("[t_row_put] has no gradient; use detach()"), message.npos) << message;
  EXPECT_EQ(values_of<float>(call(TRowPut{0}, x.detach(), row)), (std::vector<float>{5, 6, 3, 4}));
}

}  // namespace
}  // namespace mycel
