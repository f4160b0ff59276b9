// A formula as the attribute of an operation.
#include <gtest/gtest.h>

#include "mycel/ir/text.h"
#include "mycel/te/parser.h"
#include "tests/cpp/tensor/test_ops.h"

namespace mycel {
namespace {

ir::Module module_with(const std::string& text) {
  ir::Module module;
  auto function = std::make_unique<ir::Function>("f");
  ir::Value* x = function->body().add_argument(ir::Type::tensor(DType::kFloat32, {2}));
  const ir::OpDef& def = *ir::Registry::get().find("t_note");
  ir::Attributes attributes = ir::Attributes::defaults(def.attributes);
  ir::Operation* op = function->create(function->body(), def, {&x, 1},
                                       attributes.with("text", ir::Attribute(text)));
  function->body().set_results({op->result(0)});
  module.add(std::move(function));
  return module;
}

std::string text_in(const ir::Module& module) {
  const ir::Operation* op = module.find("f")->body().first();
  return std::get<std::string>(op->attributes().get("text"));
}

TEST(FormulaText, SurvivesAsAnAttributeOfTheIr) {
  for (std::string text : {
           "(a: f32[n]) -> f32[i < n] = sum(j < n){a[j]} / 2.0",
           "(a: f32[n]) ->\n  t0 = exp(a[i]);\n  f32[i < n] = t0 * t0;\n  f32[i < n] = t0",
           "(a: f32[n]) -> // a \"comment\" \\\n f32[i < n] = a[i]",
       }) {
    std::string printed = ir::print(module_with(text));
    ir::Module read = ir::parse_module(printed);
    EXPECT_EQ(text_in(read), text);
    EXPECT_EQ(ir::print(read), printed);
    EXPECT_TRUE(te::equal(te::parse_computation(text_in(read)), te::parse_computation(text)));
  }
}

}  // namespace
}  // namespace mycel
