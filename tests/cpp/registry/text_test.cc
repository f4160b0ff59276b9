// Prints and parses every operation and its formula.
#include <gtest/gtest.h>

#include "mycel/ir/text.h"
#include "mycel/ir/verify.h"
#include "mycel/te/parser.h"
#include "tests/cpp/registry/cases.h"

namespace mycel {
namespace {

std::unique_ptr<ir::Function> function_of(const Case& c) {
  auto function = std::make_unique<ir::Function>("sample");
  std::vector<ir::Value*> operands;
  for (const ir::Type& type : c.operand_types()) {
    operands.push_back(type.is_none() ? nullptr : function->body().add_argument(type));
  }
  ir::Operation* op =
      function->create(function->body(), *c.op, operands, c.sample->attributes.own());
  function->body().set_results({op->results().begin(), op->results().end()});
  return function;
}

TEST(Registry, EveryOperationSurvivesItsText) {
  for_each_case(
      operations(), [](DType) { return true; },
      [](const Case& c) {
        std::unique_ptr<ir::Function> function = function_of(c);
        ir::verify(*function);
        std::string text = ir::print(*function);
        ir::Module module = ir::parse_module(text);
        ir::Function* read = module.find("sample");
        ASSERT_NE(read, nullptr) << text;
        ir::verify(*read);
        EXPECT_EQ(ir::print(*read), text);
        EXPECT_TRUE(read->body().first()->attributes() == c.attributes) << text;
      });
}

TEST(Registry, EveryFormulaSurvivesItsText) {
  for_each_case(
      operations(), [](DType) { return true; },
      [](const Case& c) {
        if (!rules(*c.op).formula) return;
        ir::Types types = c.operand_types();
        ir::Call call{c.op, types.data(), types.size(), &c.attributes};
        te::Computation formula = rules(*c.op).formula(call);
        std::string text = te::to_string(formula);
        te::Computation read = te::parse_computation(text);
        EXPECT_TRUE(te::equal(read, formula)) << text << "\n" << te::to_string(read);
        EXPECT_EQ(te::to_string(read), text);
      });
}

}  // namespace
}  // namespace mycel
