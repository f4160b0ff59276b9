// Why operations are in different kernels, as users read it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/cpp/passes/support.h"

namespace mycel::passes {
namespace {

using Lines = std::vector<std::string>;

Lines reasons(const std::string& text, int max_group_operations = 64) {
  Lines lines;
  run("fuse", text, {.max_group_operations = max_group_operations, .fusion_reasons = &lines});
  return lines;
}

TEST(FusionReasons, AKernelOfTheBackend) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[4,4]) -> (f32[4,4]) {
  %0 = exp(%x) : f32[4,4]
  %1 = matmul(%0, %x) : f32[4,4] impl("kernel")
  return %1
})"),
            Lines{"exp: f32[4,4] | matmul: f32[4,4]: matmul runs a kernel of the backend"});
}

TEST(FusionReasons, AResultOutOfTheOrderOfMemory) {
  EXPECT_EQ(
      reasons(R"(func @f(%x: f32[600,500]) -> (f32[600,500], f32[500]) {
  %0 = exp(%x) : f32[600,500]
  %1 = sum(%0) {dim = [0]} : f32[500]
  return %0, %1
})"),
      Lines{"exp: f32[600,500] | sum: f32[500]: no single pass computes sum and writes exp in "
            "the order of memory"});
}

TEST(FusionReasons, ANumberThatLongLoopsNeed) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[600,500]) -> (f32[600,500]) {
  %0 = sum(%x) {dim = [0, 1]} : f32[]
  %1 = divide(%x, %0) : f32[600,500]
  return %1
})"),
            Lines{"sum: f32[] | divide: f32[600,500]: divide needs sum, a reduction to one number, "
                  "before its own loops, which are long"});
}

TEST(FusionReasons, WorkThatWouldBeRepeated) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[600,500], %y: f32[500]) -> (f32[600,500]) {
  %0 = exp(%y) : f32[500]
  %1 = multiply(%x, %0) : f32[600,500]
  return %1
})"),
            Lines{"exp: f32[500] | multiply: f32[600,500]: the inner loops of multiply would "
                  "repeat exp, which is not cheap to recompute"});
  EXPECT_EQ(reasons(R"(func @f(%x: f32[60,50], %y: f32[50,40]) -> (f32[60,40]) {
  %0 = exp(%x) : f32[60,50]
  %1 = matmul(%0, %y) : f32[60,40]
  return %1
})"),
            Lines{"exp: f32[60,50] | matmul: f32[60,40]: the reduction matmul would compute exp in "
                  "more loops than exp has"});
}

TEST(FusionReasons, AReadThatIsNotInOrder) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8]) -> (f32[10]) {
  %0 = exp(%x) : f32[8]
  %1 = pad(%0) {before = [1], after = [1]} : f32[10]
  return %1
})"),
            Lines{"exp: f32[8] | pad: f32[10]: pad reads exp through a window, a slice or indices, "
                  "and exp is not cheap to recompute"});
}

TEST(FusionReasons, AnOperationThatJoinsNoGroup) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8]) -> (f32[8]) {
  %0 = exp(%x) : f32[8]
  %1 = cumsum(%0) {dim = 0} : f32[8]
  return %1
})"),
            Lines{"exp: f32[8] | cumsum: f32[8]: cumsum is a prefix scan"});
  EXPECT_EQ(reasons(R"(func @f(%x: f32[2,4]) -> (f32[8]) {
  %0 = exp(%x) : f32[2,4]
  %1 = reshape(%0) {shape = [8]} : f32[8]
  return %1
})"),
            Lines{"exp: f32[2,4] | reshape: f32[8]: reshape is a view that loops would not "
                  "walk in order"});
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8], %i: i64[3]) -> (f32[8]) {
  %0 = exp(%x) : f32[8]
  %1 = gather(%0, %i) {dim = 0} : f32[3]
  return %0
})"),
            Lines{"exp: f32[8] | gather: f32[3]: gather is unused and runs only because it "
                  "may raise"});
}

// Even if both have as many dims.
TEST(FusionReasons, ResultsAlongDifferentLoops) {
  EXPECT_EQ(reasons(R"(func @f(%s: u64[2]) -> (f32[8], u64[2]) {
  %0, %1 = random_uniform(%s) {shape = [8], dtype = f32} : (f32[8], u64[2])
  %2 = neg(%0) : f32[8]
  return %2, %1
})"),
            Lines{"random_uniform: f32[8] | neg: f32[8]: the results of random_uniform run along "
                  "different loops"});
}

TEST(FusionReasons, AViewThatWouldBeStored) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8,4]) -> (f32[4,8]) {
  %0 = exp(%x) : f32[8,4]
  %1 = permute(%0) {dims = [1, 0]} : f32[4,8]
  return %1
})"),
            Lines{"exp: f32[8,4] | permute: f32[4,8]: permute costs nothing where it is "
                  "read, but would be stored"});
}

TEST(FusionReasons, IndicesThatWouldNotBeChecked) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8,4], %i: i64[3]) -> (f32[3]) {
  %0 = sum(%x) {dim = [1]} : f32[8]
  %1 = gather(%0, %i) {dim = 0} : f32[3]
  return %1
})"),
            Lines{"sum: f32[8] | gather: f32[3]: gather reads sum at indices from data, "
                  "and no array in memory would check them"});
}

TEST(FusionReasons, CheapReadsThatRepeat) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8]) -> (f32[8], f32[10]) {
  %0 = neg(%x) : f32[8]
  %1 = neg(%0) : f32[8]
  %2 = pad(%1) {before = [1], after = [1]} : f32[10]
  return %1, %2
})"),
            Lines{"neg: f32[8] | pad: f32[10]: pad reads neg through a window, a slice or "
                  "indices, and neg has other readers"});
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8], %i: i64[30]) -> (f32[30]) {
  %0 = neg(%x) : f32[8]
  %1 = gather(%0, %i) {dim = 0} : f32[30]
  return %1
})"),
            Lines{"neg: f32[8] | gather: f32[30]: gather reads elements of neg more than "
                  "once through a window, a slice or indices"});
}

TEST(FusionReasons, ReductionsThatDoNotNest) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[60,50]) -> (f32[], f32[]) {
  %0 = exp(%x) : f32[60,50]
  %1 = sum(%0) {dim = [1]} : f32[60]
  %2 = sum(%1) {dim = [0]} : f32[]
  %3 = amax(%0) {dim = [0]} : f32[50]
  %4 = amax(%3) {dim = [0]} : f32[]
  return %2, %4
})"),
            Lines{"exp: f32[60,50] | amax: f32[50]: the reductions sum: f32[60] and amax keep "
                  "different loops"});
  EXPECT_EQ(reasons(R"(func @f(%x: f32[600,500]) -> (f32[600,500], f32[]) {
  %0 = exp(%x) : f32[600,500]
  %1 = sum(%0) {dim = [0, 1]} : f32[]
  return %0, %1
})"),
            Lines{"exp: f32[600,500] | sum: f32[]: sum reduces to one number while exp "
                  "writes a large array"});
}

TEST(FusionReasons, TheLimitsOfArrays) {
  std::string parameters = "%x0: f32[8]", chain = "  %0 = exp(%x0) : f32[8]\n";
  for (int i = 1; i <= 48; ++i) {
    parameters += fmt::format(", %x{}: f32[8]", i);
    chain += fmt::format("  %{} = add(%{}, %x{}) : f32[8]\n", i, i - 1, i);
  }
  EXPECT_EQ(
      reasons(fmt::format("func @f({}) -> (f32[8]) {{\n{}  return %48\n}}", parameters, chain)),
      Lines{"add: f32[8] | add: f32[8]: together they read too many arrays"});
}

TEST(FusionReasons, TheLimitOfOperations) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8]) -> (f32[8]) {
  %0 = exp(%x) : f32[8]
  %1 = sin(%0) : f32[8]
  %2 = cos(%1) : f32[8]
  return %2
})",
                    2),
            Lines{"exp: f32[8] | sin: f32[8]: together they have too many operations"});
}

TEST(FusionReasons, APathThroughAnotherKernel) {
  Lines lines = reasons(R"(func @f(%x: f32[4,4]) -> (f32[4,4]) {
  %0 = exp(%x) : f32[4,4]
  %1 = matmul(%0, %x) : f32[4,4] impl("kernel")
  %2 = neg(%1) : f32[4,4]
  %3 = add(%0, %2) : f32[4,4]
  return %3
})");
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1],
            "exp: f32[4,4] | add: f32[4,4]: a path from one to the other leads through another "
            "kernel");
}

TEST(FusionReasons, NameOtherOperationsAndPlaces) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[600,500]) -> (f32[600,500], f32[500]) {
  %0 = exp(%x) : f32[600,500] loc("net.py":3, "Net")
  %1 = sin(%0) : f32[600,500] loc("net.py":4, "")
  %2 = sum(%1) {dim = [0]} : f32[500]
  return %0, %2
})"),
            Lines{"exp: f32[600,500] at net.py:3 in Net | sin: f32[600,500] at net.py:4: no "
                  "single pass computes sum: f32[500] and writes exp in the order of memory"});
}

TEST(FusionReasons, NoneWithinAGroup) {
  EXPECT_EQ(reasons(R"(func @f(%x: f32[8]) -> (f32[8]) {
  %0 = exp(%x) : f32[8]
  %1 = sin(%0) : f32[8]
  return %1
})"),
            Lines{});
}

}  // namespace
}  // namespace mycel::passes
