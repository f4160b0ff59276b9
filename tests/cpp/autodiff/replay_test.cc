#include "mycel/autodiff/replay.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "mycel/autodiff/backward.h"
#include "mycel/ir/text.h"
#include "mycel/ir/verify.h"
#include "tests/cpp/autodiff/setup.h"

namespace mycel {
namespace {

constexpr const char* kCube = R"(func @cube(%x: f64[1]) -> (f64[1]) {
  %0 = multiply(%x, %x) : f64[1]
  %1 = multiply(%0, %x) : f64[1]
  return %1
}
)";

// The text of @cube and more.
ir::Module with_cube(std::string_view rest) {
  return ir::parse_module(fmt::format("{}{}", kCube, rest));
}

TEST(Replay, RunsTextOnTensorsAndRecordsGradients) {
  ir::Module module = ir::parse_module(kCube);
  Tensor x = variable({2});
  Tensor y = replay(*module.find("cube"), {x})[0];
  EXPECT_EQ(values_of(y), Values{8});
  EXPECT_EQ(values_of(gradients({y}, {}, {x})[0]), Values{12});
}

TEST(Replay, OpensCallsAndFusions) {
  ir::Module module = with_cube(R"(
func @main(%x: f64[1]) -> (f64[1]) {
  %0 = call(%x) {callee = "cube"} : f64[1]
  %1 = fusion(%a = %0) : f64[1] {
    body {
      %b = add(%a, %a) : f64[1]
      yield %b
    }
  }
  return %1
}
)");
  Tensor y = replay(*module.find("main"), {variable({2})}, &module)[0];
  EXPECT_EQ(values_of(y), Values{16});
  EXPECT_NE(error_of([&] { replay(*module.find("main"), {variable({2})}); }).find("\"cube\""),
            std::string::npos);
}

TEST(Replay, RefusesWhatItCannotRun) {
  ir::Module module = with_cube(R"(
func @branch(%p: bool[], %x: f64[1]) -> (f64[1]) {
  %0 = if(%p) : f64[1] {
    then {
      yield %x
    }
    else {
      yield %x
    }
  }
  return %0
}
)");
  Tensor x = variable({2});
  auto message = [&](const char* name, const Tensors& arguments) {
    return error_of([&] { replay(*module.find(name), arguments, &module); });
  };
  EXPECT_NE(message("cube", {}).find("[call] expects 1 arguments, got 0"), std::string::npos);
  EXPECT_NE(message("branch", {scalar(true, DType::kBool), x}).find("[if]"), std::string::npos);
}

TEST(Differentiate, GivesResultsAndGradientsAsAFunction) {
  ir::Module module = ir::parse_module(kCube);
  std::unique_ptr<ir::Function> slope = differentiate(*module.find("cube"), {0});
  ir::verify(*slope);
  ASSERT_EQ(slope->body().results().size(), 2u);
  Tensors values = replay(*slope, {variable({2})});
  EXPECT_EQ(values_of(values[0]), Values{8});
  EXPECT_EQ(values_of(values[1]), Values{12});
  Tensors second = replay(*differentiate(*slope, {0}), {variable({2})});
  EXPECT_EQ(values_of(second[2]), Values{12 + 12});  // of x^3 + 3 x^2
}

TEST(Differentiate, AnArgumentWithoutInfluenceHasAZeroGradient) {
  ir::Module module =
      ir::parse_module(R"(func @f(%x: f64[1], %y: f64[2], %n: i64[1]) -> (f64[1], i64[1]) {
  %0 = multiply(%x, %x) : f64[1]
  return %0, %n
}
)");
  std::unique_ptr<ir::Function> slope = differentiate(*module.find("f"), {0, 1});
  Tensors values =
      replay(*slope, {variable({3}), variable({1, 2}), tensor(std::vector<int64_t>{4}, {1})});
  EXPECT_EQ(values_of(values[2]), Values{6});
  EXPECT_EQ(values_of(values[3]), (Values{0, 0}));
  EXPECT_NE(error_of([&] { differentiate(*module.find("f"), {3}); }).find("below 3, got 3"),
            std::string::npos);
  EXPECT_NE(error_of([&] { differentiate(*module.find("f"), {2}); }), "no error");
}

// The text of x * x * ... with `length` multiplications.
std::string power_text(int length) {
  std::string text = "func @f(%x: f64[]) -> (f64[]) {\n  %0 = multiply(%x, %x) : f64[]\n";
  for (int i = 1; i < length; ++i) {
    text += fmt::format("  %{} = multiply(%{}, %x) : f64[]\n", i, i - 1);
  }
  return text + fmt::format("  return %{}\n}}\n", length - 1);
}

uint32_t operations_of_slope(int length) {
  ir::Module module = ir::parse_module(power_text(length));
  return differentiate(*module.find("f"), {0})->num_operations();
}

TEST(Differentiate, AChainOf100000OperationsMakesAsManyMorePerOperationAsAShortOne) {
  uint32_t ten = operations_of_slope(10), twenty = operations_of_slope(20);
  uint32_t each = (twenty - ten) / 10;
  EXPECT_EQ(operations_of_slope(100000), ten + each * (100000 - 10));
}

}  // namespace
}  // namespace mycel
