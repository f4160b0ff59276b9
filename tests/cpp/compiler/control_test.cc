// Tests control flow, from text to results, on the CPU and on the reference device.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/cpp/support/initialized.h"
#include "tests/cpp/support/run_text.h"

namespace mycel {
namespace {

NDArray number(double value) { return scalar(value, DType::kFloat64).array(); }
NDArray vector(const Values& values) { return vector_of(values).array(); }

class ControlTest : public ::testing::TestWithParam<DeviceKind> {
 protected:
  std::vector<NDArray> run(std::string_view text, const std::vector<NDArray>& arguments) {
    return run_text(text, arguments, GetParam());
  }
};

// x <- (x + a / x) / 2 until x does not change by more than 1e-12 (Newton's iteration).
constexpr const char* kNewton = R"(func @main(%a: f64[], %x0: f64[]) -> (f64[], i64[]) {
  %zero = constant() {value = i64[]{0}} : i64[]
  %inf = constant() {value = f64[]{inf}} : f64[]
  %tiny = constant() {value = f64[]{1e-12}} : f64[]
  %half = constant() {value = f64[]{0.5}} : f64[]
  %one = constant() {value = i64[]{1}} : i64[]
  %x, %d, %n = while(%s = %x0, %c = %inf, %k = %zero) : (f64[], f64[], i64[]) {
    cond {
      %more = greater(%c, %tiny) : bool[]
      yield %more
    }
    body {
      %0 = divide(%a, %s) : f64[]
      %1 = add(%s, %0) : f64[]
      %next = multiply(%1, %half) : f64[]
      %2 = subtract(%next, %s) : f64[]
      %change = abs(%2) : f64[]
      %3 = add(%k, %one) : i64[]
      yield %next, %change, %3
    }
  }
  return %x, %n
}
)";

TEST_P(ControlTest, WhileRunsNewtonsIteration) {
  std::vector<NDArray> out = run(kNewton, {number(2), number(1)});
  EXPECT_NEAR(values_of(out[0])[0], std::sqrt(2.0), 1e-12);
  double steps = values_of(out[1])[0];
  EXPECT_GT(steps, 4);
  EXPECT_LT(steps, 10);
}

TEST_P(ControlTest, WhileMayRunNoStep) {
  std::vector<NDArray> out = run(R"(func @main(%x: f64[3], %p: bool[]) -> (f64[3]) {
  %y, %q = while(%a = %x, %c = %p) : (f64[3], bool[]) {
    cond {
      yield %c
    }
    body {
      %b = add(%a, %a) : f64[3]
      yield %b, %c
    }
  }
  return %y
}
)",
                                 {vector({1, 2, 3}), scalar(false, DType::kBool).array()});
  EXPECT_EQ(values_of(out[0]), (Values{1, 2, 3}));
}

// Each step swaps the two carried values.
TEST_P(ControlTest, WhileCarriesValuesAcrossEachOther) {
  std::vector<NDArray> out =
      run(R"(func @main(%x: f64[2], %y: f64[2], %n: i64[]) -> (f64[2], f64[2]) {
  %one = constant() {value = i64[]{1}} : i64[]
  %zero = constant() {value = i64[]{0}} : i64[]
  %p, %q, %m = while(%a = %x, %b = %y, %k = %n) : (f64[2], f64[2], i64[]) {
    cond {
      %more = greater(%k, %zero) : bool[]
      yield %more
    }
    body {
      %less = subtract(%k, %one) : i64[]
      yield %b, %a, %less
    }
  }
  return %p, %q
}
)",
          {vector({1, 2}), vector({3, 4}), scalar(int64_t{3}, DType::kInt64).array()});
  EXPECT_EQ(values_of(out[0]), (Values{3, 4}));
  EXPECT_EQ(values_of(out[1]), (Values{1, 2}));
}

// h <- h * w + x_t, a linear recurrence; w comes from outside.
constexpr const char* kRecurrence =
    R"(func @main(%h0: f64[2], %xs: f64[3,2], %w: f64[2]) -> (f64[2], f64[3,2]) {
  %h, %ys = scan(%a = %h0, %x = %xs) {carries = 1, reverse = REVERSE} : (f64[2], f64[3,2]) {
    body {
      %0 = multiply(%a, %w) : f64[2]
      %next = add(%0, %x) : f64[2]
      yield %next, %next
    }
  }
  return %h, %ys
}
)";

std::string recurrence(const std::string& reverse) {
  std::string text = kRecurrence;
  return text.replace(text.find("REVERSE"), 7, reverse);
}

TEST_P(ControlTest, ScanRunsARecurrence) {
  NDArray xs = tensor(Values{1, 2, 3, 4, 5, 6}, {3, 2}).array();
  std::vector<NDArray> out = run(recurrence("false"), {vector({1, 1}), xs, vector({2, 10})});
  EXPECT_EQ(values_of(out[1]), (Values{3, 12, 9, 124, 23, 1246}));
  EXPECT_EQ(values_of(out[0]), (Values{23, 1246}));
}

TEST_P(ControlTest, ScanInReverseStartsAtTheEnd) {
  NDArray xs = tensor(Values{1, 2, 3, 4, 5, 6}, {3, 2}).array();
  std::vector<NDArray> out = run(recurrence("true"), {vector({1, 1}), xs, vector({2, 10})});
  EXPECT_EQ(values_of(out[1]), (Values{35, 1642, 17, 164, 7, 16}));
  EXPECT_EQ(values_of(out[0]), (Values{35, 1642}));
}

TEST_P(ControlTest, ScanOverNothing) {
  std::vector<NDArray> out = run(R"(func @main(%h0: f64[2], %xs: f64[0,2]) -> (f64[2], f64[0,2]) {
  %h, %ys = scan(%a = %h0, %x = %xs) {carries = 1} : (f64[2], f64[0,2]) {
    body {
      %next = add(%a, %x) : f64[2]
      yield %next, %next
    }
  }
  return %h, %ys
}
)",
                                 {vector({1, 2}), tensor(Values{}, {0, 2}).array()});
  EXPECT_EQ(values_of(out[0]), (Values{1, 2}));
  EXPECT_EQ(out[1].shape(), (Shape{0, 2}));
}

// |x| < 1: x; else, by sign, log(x) + 1 or -1 - log(-x).
constexpr const char* kNested = R"(func @main(%x: f64[]) -> (f64[], f64[]) {
  %zero = constant() {value = f64[]{0.0}} : f64[]
  %one = constant() {value = f64[]{1.0}} : f64[]
  %size = abs(%x) : f64[]
  %small = less(%size, %one) : bool[]
  %y, %slope = if(%small) : (f64[], f64[]) {
    then {
      yield %x, %one
    }
    else {
      %log = log(%size) : f64[]
      %far = add(%log, %one) : f64[]
      %positive = greater(%x, %zero) : bool[]
      %z = if(%positive) : f64[] {
        then {
          yield %far
        }
        else {
          %minus = neg(%far) : f64[]
          yield %minus
        }
      }
      %rise = divide(%one, %size) : f64[]
      yield %z, %rise
    }
  }
  return %y, %slope
}
)";

TEST_P(ControlTest, NestedIfs) {
  auto at = [&](double x) {
    std::vector<NDArray> out = run(kNested, {number(x)});
    return Values{values_of(out[0])[0], values_of(out[1])[0]};
  };
  EXPECT_EQ(at(0.25), (Values{0.25, 1}));
  EXPECT_EQ(at(2), (Values{std::log(2.0) + 1, 0.5}));
  EXPECT_EQ(at(-4), (Values{-std::log(4.0) - 1, 0.25}));
}

TEST_P(ControlTest, CallsRunOtherFunctions) {
  std::vector<NDArray> out = run(R"(func @square(%x: f64[2]) -> (f64[2]) {
  %0 = multiply(%x, %x) : f64[2]
  return %0
}
func @main(%x: f64[2]) -> (f64[2], f64[2]) {
  %0 = call(%x) {callee = "square"} : f64[2]
  %1 = call(%0) {callee = "square"} : f64[2]
  return %1, %0
}
)",
                                 {vector({2, 3})});
  EXPECT_EQ(values_of(out[0]), (Values{16, 81}));
  EXPECT_EQ(values_of(out[1]), (Values{4, 9}));
}

TEST_P(ControlTest, ACallMayHaveNoOperands) {
  std::vector<NDArray> out = run(R"(func @two() -> (f64[2]) {
  %0 = constant() {value = f64[2]{2, 2}} : f64[2]
  return %0
}
func @main() -> (f64[2]) {
  %0 = call() {callee = "two"} : f64[2]
  return %0
}
)",
                                 {});
  EXPECT_EQ(values_of(out[0]), (Values{2, 2}));
}

TEST_P(ControlTest, LoopsInLoops) {
  // sum over i < n of sum over j < i of x
  std::vector<NDArray> out = run(R"(func @main(%x: f64[], %n: i64[]) -> (f64[]) {
  %zero = constant() {value = i64[]{0}} : i64[]
  %one = constant() {value = i64[]{1}} : i64[]
  %none = constant() {value = f64[]{0.0}} : f64[]
  %total, %end = while(%t = %none, %i = %zero) : (f64[], i64[]) {
    cond {
      %more = less(%i, %n) : bool[]
      yield %more
    }
    body {
      %u, %last = while(%v = %t, %j = %zero) : (f64[], i64[]) {
        cond {
          %inner = less(%j, %i) : bool[]
          yield %inner
        }
        body {
          %sum = add(%v, %x) : f64[]
          %jj = add(%j, %one) : i64[]
          yield %sum, %jj
        }
      }
      %ii = add(%i, %one) : i64[]
      yield %u, %ii
    }
  }
  return %total
}
)",
                                 {number(1.5), scalar(int64_t{5}, DType::kInt64).array()});
  EXPECT_EQ(values_of(out[0]), Values{15});
}

INSTANTIATE_TEST_SUITE_P(Devices, ControlTest,
                         ::testing::Values(DeviceKind::kCpu, DeviceKind::kReference),
                         [](const auto& info) { return to_string(Device{info.param}); });

}  // namespace
}  // namespace mycel
