#include "mycel/compiler/inline_formulas.h"

#include <gtest/gtest.h>

#include "mycel/ir/text.h"
#include "mycel/te/parser.h"
#include "tests/cpp/support/initialized.h"

namespace mycel::compiler {
namespace {

constexpr const char* kFusion = R"(func @f(%x: bf16[n,4], %y: bf16[4]) -> (f32[n], f32[n,4]) {
  %0, %1 = fusion(%a = %x, %b = %y) : (f32[n], f32[n,4]) {
    body {
      %2 = cast(%a) {dtype = f32} : f32[n,4]
      %3 = cast(%b) {dtype = f32} : f32[4]
      %4 = multiply(%2, %3) : f32[n,4]
      %5 = full() {shape = [], value = 2.0, dtype = f32} : f32[]
      %6 = divide(%4, %5) : f32[n,4]
      %7 = sum(%6) {dim = [-1]} : f32[n]
      yield %7, %6
    }
  }
  return %0, %1
}
)";

TEST(InlineFormulas, AGroupsFormulaSurvivesItsText) {
  ir::Module module = ir::parse_module(kFusion);
  te::Computation formula = computation_of(*module.find("f")->body().first());
  std::string text = te::to_string(formula);
  EXPECT_EQ(text,
            "(a: bf16[n, 4], b: bf16[4]) ->\n"
            "  f32[i < n] = sum(k < 4){f32(a[i, k]) * f32(b[k]) / data(2.0)};\n"
            "  f32[i < n, j < 4] = f32(a[i, j]) * f32(b[j]) / data(2.0)");
  te::Computation read = te::parse_computation(text);
  EXPECT_TRUE(te::equal(read, formula));
  EXPECT_EQ(te::to_string(read), text);
}

}  // namespace
}  // namespace mycel::compiler
