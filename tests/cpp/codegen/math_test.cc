// Checks the errors of float32 functions against C's double-precision ones.
#include <gtest/gtest.h>

#include <atomic>
#include <bit>
#include <cmath>
#include <limits>

#include "mycel/base/parallel_for.h"
#include "mycel/te/functions.h"
#include "tests/cpp/codegen/testing.h"

namespace mycel::codegen {
namespace {

struct Function {
  te::Fn fn;
  double (*exact)(double);
  double ulps;  // the guaranteed bound
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

const Function kFunctions[] = {
    {te::Fn::kExp, std::exp, 2},     {te::Fn::kLog, std::log, 2},
    {te::Fn::kTanh, std::tanh, 2},   {te::Fn::kSigmoid, sigmoid, 2},
    {te::Fn::kErf, std::erf, 4},     {te::Fn::kSin, std::sin, 4},
    {te::Fn::kCos, std::cos, 4},     {te::Fn::kLog1p, std::log1p, 4},
    {te::Fn::kExpm1, std::expm1, 4}, {te::Fn::kExp2, std::exp2, 4},
    {te::Fn::kLog2, std::log2, 4},   {te::Fn::kLog10, std::log10, 4},
    {te::Fn::kErfc, std::erfc, 4},   {te::Fn::kAsin, std::asin, 4},
    {te::Fn::kAcos, std::acos, 4},   {te::Fn::kAtan, std::atan, 4},
};

constexpr int64_t kBlock = 1 << 14;

KernelPtr kernel_of(te::Fn fn) {
  te::Formula formula({{DType::kFloat32, {kBlock}}});
  auto axes = te::Formula::axes({kBlock});
  formula.output(DType::kFloat32, axes, te::call(fn, {formula.input(0).at(axes)}));
  Layout layout{{kBlock}, {1}};
  return compile(formula.take(), {&layout, 1}, {&layout, 1});
}

// The error in units of the last place of a float32 at `exact`.
double ulps(float got, double exact) {
  if (std::isnan(exact)) return std::isnan(got) ? 0 : INFINITY;
  if (got == static_cast<float>(exact)) return 0;
  if (std::isnan(got) || std::isinf(exact)) return INFINITY;
  int exponent = std::max(std::ilogb(exact), std::numeric_limits<float>::min_exponent - 1);
  if (std::isinf(got)) return std::ilogb(exact) >= 127 ? 1 : INFINITY;
  return std::abs(got - exact) / std::ldexp(1.0, exponent - 23);
}

struct Worst {
  std::atomic<double> error{0};
  std::atomic<uint32_t> at{0};

  void add(double e, uint32_t bits) {
    double before = error.load();
    while (e > before && !error.compare_exchange_weak(before, e)) {
    }
    if (e > before) at = bits;
  }
};

// Inputs whose bits are first, first + step, ...: kBlock of them.
void check_block(const Function& f, const Kernel& kernel, uint64_t first, uint64_t step,
                 Worst& worst) {
  std::vector<float> x(kBlock), y(kBlock);
  for (uint64_t i = 0; i < kBlock; ++i) {
    x[i] = std::bit_cast<float>(static_cast<uint32_t>(first + i * step));
  }
  void* buffers[] = {x.data(), y.data()};
  kernel.run(buffers, nullptr);
  double largest = 0;
  uint32_t at = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    double error = ulps(y[i], f.exact(static_cast<double>(x[i])));
    if (error > largest) largest = error, at = std::bit_cast<uint32_t>(x[i]);
  }
  worst.add(largest, at);
}

// Every `step`-th of the 2^32 inputs.
void check_inputs(uint64_t step) {
  auto blocks = static_cast<int64_t>((uint64_t{1} << 32) / step / kBlock);
  for (const Function& f : kFunctions) {
    KernelPtr kernel = kernel_of(f.fn);
    Worst worst;
    parallel_for(blocks, 1, [&](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; ++b) {
        check_block(f, *kernel, static_cast<uint64_t>(b) * kBlock * step, step, worst);
      }
    });
    EXPECT_LE(worst.error.load(), f.ulps)
        << te::name(f.fn) << " of " << std::bit_cast<float>(worst.at.load());
    if (step == 1) {
      std::printf("%-8s at most %.3f ulp\n", std::string(te::name(f.fn)).c_str(),
                  worst.error.load());
    }
  }
}

TEST(Math, IsAccurateOnSamples) { check_inputs(8191); }

// Around the points where formulas change: 0, 1, overflow, underflow, the borders of argument
// reduction.
TEST(Math, IsAccurateAtBorders) {
  for (const Function& f : kFunctions) {
    KernelPtr kernel = kernel_of(f.fn);
    for (float x : {0.0f, 0.25f, 0.5f, 0.7071f, 0.9277f, 1.0f, 1.4142f, 4.0f, 9.0f, 10.0f, 16.64f,
                    17.3f, 87.3f, 88.7f, 103.9f, 1e10f, 3.4e38f}) {
      for (uint32_t sign : {0u, 0x80000000u}) {
        Worst worst;
        uint32_t middle = std::bit_cast<uint32_t>(x) | sign;
        check_block(f, *kernel, uint64_t{middle} - kBlock / 2, 1, worst);
        EXPECT_LE(worst.error.load(), f.ulps)
            << te::name(f.fn) << " of " << std::bit_cast<float>(worst.at.load());
      }
    }
  }
}

TEST(MathLongTest, IsAccurateOnAllInputs) { check_inputs(1); }

}  // namespace
}  // namespace mycel::codegen
