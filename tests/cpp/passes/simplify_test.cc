#include <gtest/gtest.h>

#include "tests/cpp/passes/support.h"

namespace mycel::passes {
namespace {

// The body after the passes, without the function's first and last line.
std::string body(const std::string& names, const std::string& text) {
  std::string out = run_and_compare(names, text);
  size_t begin = out.find('\n') + 1;
  return out.substr(begin, out.rfind('}') - begin);
}

TEST(FoldConstants, EvaluatesSmallOperations) {
  EXPECT_EQ(body("fold_constants,eliminate_dead_code", R"(func @f() -> (f32[3]) {
  %a = constant() {value = f32[3]{1.0, 2.0, 3.0}} : f32[3]
  %b = full() {value = 2.0} : f32[]
  %c = multiply(%a, %b) : f32[3]
  %d = divide(%c, %a) : f32[3]
  %e = add(%d, %c) : f32[3]
  return %e
})"),
            "  %0 = constant() {value = f32[3]{4.0, 6.0, 8.0}} : f32[3]\n  return %0\n");
}

TEST(FoldConstants, LeavesWhatKernelsApproximateToThem) {
  for (const char* op :
       {"exp", "log", "log1p", "expm1", "rsqrt", "tanh", "sigmoid", "erf", "sin"}) {
    std::string text =
        "func @f() -> (f32[]) {\n  %a = full() {value = 2.0} : f32[]\n  %0 = " + std::string(op) +
        "(%a) : f32[]\n  return %0\n}\n";
    EXPECT_EQ(run("fold_constants", text), text);
  }
}

TEST(FoldConstants, NumbersStayNumbersInAnyShape) {
  EXPECT_EQ(run("fold_constants,eliminate_dead_code", R"(func @f(%x: f32[n,4]) -> (f32[n,4]) {
  %a = full() {shape = [n, 1], value = 2.0} : f32[n,1]
  %b = full() {shape = [n, 4], value = 3.0} : f32[n,4]
  %c = multiply(%a, %b) : f32[n,4]
  %d = reshape(%c) {shape = [4, n]} : f32[4,n]
  %e = permute(%d) {dims = [1, 0]} : f32[n,4]
  %y = add(%x, %e) : f32[n,4]
  return %y
})"),
            R"(func @f(%x: f32[n,4]) -> (f32[n,4]) {
  %0 = full() {shape = [n, 4], value = 6.0} : f32[n,4]
  %y = add(%x, %0) : f32[n,4]
  return %y
}
)");
}

TEST(FoldConstants, AConstantOfOneValueBecomesAFull) {
  EXPECT_EQ(body("fold_constants", R"(func @f() -> (i64[2], u64[1]) {
  %a = constant() {value = i64[2]{7, 7}} : i64[2]
  %b = constant() {value = u64[1]{18446744073709551615}} : u64[1]
  return %a, %b
})"),
            "  %0 = full() {shape = [2], value = 7, dtype = i64} : i64[2]\n"
            "  %b = constant() {value = u64[1]{18446744073709551615}} : u64[1]\n"
            "  return %0, %b\n");
}

TEST(FoldConstants, LeavesWhatIsLarge) {
  std::string text = R"(func @f() -> (f32[100,100]) {
  %a = constant() {value = f32[2]{1.0, 2.0}} : f32[2]
  %b = reshape(%a) {shape = [2, 1]} : f32[2,1]
  %c = expand(%b) {shape = [2, 5000]} : f32[2,5000]
  %d = reshape(%c) {shape = [100, 100]} : f32[100,100]
  return %d
}
)";
  std::string out = run("fold_constants,eliminate_dead_code", text);
  EXPECT_NE(out.find("expand"), out.npos);
}

TEST(FoldConstants, LeavesAnIndexOutOfRangeToTheRun) {
  std::string text = R"(func @f() -> (f32[1]) {
  %x = constant() {value = f32[2]{1, 2}} : f32[2]
  %i = constant() {value = i64[1]{2}} : i64[1]
  %0 = gather(%x, %i) {dim = 0} : f32[1]
  return %0
}
)";
  EXPECT_NE(run("fold_constants", text).find("= gather("), std::string::npos);
}

TEST(SimplifyAlgebra, Identities) {
  EXPECT_EQ(body("simplify_algebra,eliminate_dead_code",
                 R"(func @f(%x: f32[3], %y: f32[3]) -> (f32[3], f32[3], f32[3], f32[3]) {
  %0 = full() {value = -0.0} : f32[]
  %1 = full() {value = 1.0} : f32[]
  %2 = full() {value = 2.0} : f32[]
  %3 = add(%0, %x) : f32[3]
  %4 = multiply(%3, %1) : f32[3]
  %5 = neg(%4) : f32[3]
  %6 = neg(%5) : f32[3]
  %7 = power(%6, %2) : f32[3]
  %8 = subtract(%y, %5) : f32[3]
  %9 = divide(%y, %2) : f32[3]
  %10 = maximum(%6, %x) : f32[3]
  return %7, %8, %9, %10
})"),
            R"(  %0 = multiply(%x, %x) : f32[3]
  %1 = add(%y, %x) : f32[3]
  %2 = full() {value = 0.5} : f32[]
  %3 = multiply(%y, %2) : f32[3]
  return %0, %1, %3, %x
)");
}

TEST(SimplifyAlgebra, KeepsTypes) {
  // A replacement of fewer dims is expanded; one of another dtype is not made.
  EXPECT_EQ(body("simplify_algebra,eliminate_dead_code",
                 R"(func @f(%x: f32[3], %i: i64[3]) -> (f32[2,3], f32[3]) {
  %0 = full() {shape = [2, 3], value = -0.0} : f32[2,3]
  %1 = add(%x, %0) : f32[2,3]
  %2 = full() {value = 1, dtype = i64} : i64[]
  %3 = divide(%i, %2) : f32[3]
  return %1, %3
})"),
            R"(  %0 = expand(%x) {shape = [2, 3]} : f32[2,3]
  %1 = full() {value = 1, dtype = i64} : i64[]
  %2 = divide(%i, %1) : f32[3]
  return %0, %2
)");
}

TEST(SimplifyAlgebra, UnsoundIdentitiesAreNotApplied) {
  std::string text =
      R"(func @f(%x: f32[3], %h: f16[3]) -> (f32[3], f32[3], f32[3], f16[3], f32[3]) {
  %0 = full() {value = 0.0} : f32[]
  %1 = multiply(%x, %0) : f32[3]
  %2 = subtract(%x, %x) : f32[3]
  %3 = exp(%x) : f32[3]
  %4 = log(%3) : f32[3]
  %5 = cast(%x) {dtype = f16} : f16[3]
  %6 = cast(%5) : f32[3]
  %7 = full() {value = 3.0} : f32[]
  %8 = divide(%x, %7) : f32[3]
  return %1, %2, %4, %5, %8
}
)";
  std::string out = run("simplify_algebra", text);
  for (const char* kept : {"multiply", "subtract", "log", "divide"}) {
    EXPECT_NE(out.find(kept), out.npos) << kept;
  }
  EXPECT_NE(run("simplify_algebra", R"(func @f(%x: f32[3]) -> (f32[3]) {
  %5 = cast(%x) {dtype = f16} : f16[3]
  %6 = cast(%5) : f32[3]
  return %6
})")
                .find("f16"),
            out.npos);
}

TEST(SimplifyAlgebra, IntegersAndBools) {
  EXPECT_EQ(
      body(
          "simplify_algebra,eliminate_dead_code",
          R"(func @f(%i: i32[3], %b: bool[3], %x: f32[3], %y: f32[3]) -> (i32[3], i32[3], bool[3], f32[3], f32[3]) {
  %0 = full() {value = 0, dtype = i32} : i32[]
  %1 = multiply(%0, %i) : i32[3]
  %2 = subtract(%i, %i) : i32[3]
  %3 = full() {value = true, dtype = bool} : bool[]
  %4 = logical_and(%b, %3) : bool[3]
  %5 = where(%3, %x, %y) : f32[3]
  %6 = logical_not(%b) : bool[3]
  %7 = where(%6, %x, %y) : f32[3]
  return %1, %2, %4, %5, %7
})"),
      R"(  %0 = full() {shape = [3], value = 0, dtype = i32} : i32[3]
  %1 = full() {shape = [3], value = 0, dtype = i32} : i32[3]
  %2 = where(%b, %y, %x) : f32[3]
  return %0, %1, %b, %x, %2
)");
}

TEST(SimplifyAlgebra, ShapesAndCastsCompose) {
  EXPECT_EQ(
      body(
          "simplify_algebra,eliminate_dead_code",
          R"(func @f(%x: f32[2,3,4], %h: f16[3]) -> (f32[4,2,3], f32[24], f32[2,3,4], f64[3], f16[3], f32[2,3]) {
  %0 = permute(%x) {dims = [1, 2, 0]} : f32[3,4,2]
  %1 = permute(%0) {dims = [1, 2, 0]} : f32[4,2,3]
  %2 = reshape(%x) {shape = [6, 4]} : f32[6,4]
  %3 = reshape(%2) {shape = [24]} : f32[24]
  %4 = reshape(%3) {shape = [2, 3, -1]} : f32[2,3,4]
  %5 = cast(%h) : f32[3]
  %6 = cast(%5) {dtype = f64} : f64[3]
  %7 = cast(%5) {dtype = f16} : f16[3]
  %8 = reshape(%x) {shape = [2, 1, 3, 4]} : f32[2,1,3,4]
  %9 = sum(%8) {dim = [1]} : f32[2,3,4]
  %10 = sum(%9) {dim = [2]} : f32[2,3]
  return %1, %3, %4, %6, %7, %10
})"),
      R"(  %0 = permute(%x) {dims = [2, 0, 1]} : f32[4,2,3]
  %1 = reshape(%x) {shape = [24]} : f32[24]
  %2 = cast(%h) {dtype = f64} : f64[3]
  %3 = sum(%x) {dim = [2]} : f32[2,3]
  return %0, %1, %x, %2, %h, %3
)");
}

TEST(SimplifyAlgebra, ElementwiseOperationsBroadcastThemselves) {
  EXPECT_EQ(body("simplify_algebra,eliminate_dead_code",
                 R"(func @f(%x: f32[2,3], %y: f32[3]) -> (f32[2,3], f32[2,3]) {
  %0 = expand(%y) {shape = [2, 3]} : f32[2,3]
  %1 = add(%x, %0) : f32[2,3]
  %2 = full() {shape = [2, 3], value = 3.0} : f32[2,3]
  %3 = multiply(%1, %2) : f32[2,3]
  %4 = add(%0, %0) : f32[2,3]
  return %3, %4
})"),
            R"(  %0 = expand(%y) {shape = [2, 3]} : f32[2,3]
  %1 = add(%x, %y) : f32[2,3]
  %2 = full() {value = 3.0} : f32[]
  %3 = multiply(%1, %2) : f32[2,3]
  %4 = add(%y, %0) : f32[2,3]
  return %3, %4
)");
}

TEST(SimplifyAlgebra, LooksIntoRegions) {
  std::string out =
      run("simplify_algebra,eliminate_dead_code", R"(func @f(%c: bool[], %x: f32[]) -> (f32[]) {
  %y = if(%c) : f32[] {
    then {
      %0 = neg(%x) : f32[]
      %1 = neg(%0) : f32[]
      yield %1
    }
    else {
      yield %x
    }
  }
  return %y
})");
  EXPECT_EQ(out.find("neg"), out.npos);
}

TEST(EliminateCommonSubexpressions, MergesEqualOperations) {
  EXPECT_EQ(body("eliminate_common_subexpressions",
                 R"(func @f(%x: f32[4], %c: bool[]) -> (f32[4], f32[4], f32[]) {
  %0 = exp(%x) : f32[4]
  %1 = exp(%x) : f32[4]
  %2 = add(%0, %1) : f32[4]
  %3 = sum(%x) : f32[]
  %4 = sum(%x) {dim = [0], keepdim = true} : f32[1]
  %5 = sum(%x) : f32[]
  %6 = add(%1, %0) : f32[4]
  return %2, %6, %5
})"),
            R"(  %0 = exp(%x) : f32[4]
  %1 = add(%0, %0) : f32[4]
  %2 = sum(%x) : f32[]
  %3 = sum(%x) {dim = [0], keepdim = true} : f32[1]
  return %1, %1, %2
)");
}

TEST(EliminateCommonSubexpressions, RegionsSeeWhatIsOutsideButNotEachOther) {
  EXPECT_EQ(run("eliminate_common_subexpressions", R"(func @f(%x: f32[], %c: bool[]) -> (f32[]) {
  %0 = exp(%x) : f32[]
  %y = if(%c) : f32[] {
    then {
      %1 = exp(%x) : f32[]
      %2 = log(%x) : f32[]
      %3 = add(%1, %2) : f32[]
      yield %3
    }
    else {
      %4 = log(%x) : f32[]
      yield %4
    }
  }
  return %y
})"),
            R"(func @f(%x: f32[], %c: bool[]) -> (f32[]) {
  %0 = exp(%x) : f32[]
  %y = if(%c) : f32[] {
    then {
      %1 = log(%x) : f32[]
      %2 = add(%0, %1) : f32[]
      yield %2
    }
    else {
      %3 = log(%x) : f32[]
      yield %3
    }
  }
  return %y
}
)");
}

TEST(EliminateDeadCode, KeepsWhatMayRaise) {
  // one_hot checks its operand in an eager program only.
  EXPECT_EQ(run("eliminate_common_subexpressions,eliminate_dead_code",
                R"(func @f(%x: f32[4], %i: i64[2]) -> (f32[4]) {
  %0 = neg(%x) : f32[4]
  %1 = gather(%0, %i) : f32[2]
  %2 = gather(%0, %i) : f32[2]
  %3 = exp(%2) : f32[2]
  %4 = one_hot(%i) {num_classes = [4]} : i64[2,4]
  return %x
})"),
            R"(func @f(%x: f32[4], %i: i64[2]) -> (f32[4]) {
  %0 = neg(%x) : f32[4]
  %1 = gather(%0, %i) : f32[2]
  return %x
}
)");
}

TEST(EliminateDeadCode, RemovesChainsAndRegions) {
  EXPECT_EQ(run("eliminate_dead_code", R"(func @f(%x: f32[], %c: bool[]) -> (f32[]) {
  %0 = exp(%x) : f32[]
  %1 = log(%0) : f32[]
  %y = if(%c) : f32[] {
    then {
      yield %1
    }
    else {
      yield %x
    }
  }
  %z = if(%c) : f32[] {
    then {
      %2 = neg(%x) : f32[]
      yield %x
    }
    else {
      yield %x
    }
  }
  return %z
})"),
            R"(func @f(%x: f32[], %c: bool[]) -> (f32[]) {
  %z = if(%c) : f32[] {
    then {
      yield %x
    }
    else {
      yield %x
    }
  }
  return %z
}
)");
}

TEST(FoldTransposes, AProductIsTransposedThroughItsFactors) {
  EXPECT_EQ(body("fold_transposes,eliminate_dead_code",
                 R"(func @f(%x: f32[5,3], %g: f32[5,4]) -> (f32[4,3]) {
  %0 = permute(%x) {dims = [1, 0]} : f32[3,5]
  %1 = matmul(%0, %g) : f32[3,4]
  %2 = permute(%1) {dims = [-1, 0]} : f32[4,3]
  return %2
})"),
            R"(  %0 = permute(%g) {dims = [1, 0]} : f32[4,5]
  %1 = matmul(%0, %x) : f32[4,3]
  return %1
)");
}

TEST(FoldTransposes, AnOuterSumIsTransposedByTheOrderOfItsFactors) {
  EXPECT_EQ(body("fold_transposes,eliminate_dead_code",
                 R"(func @f(%x: f32[2,5,3], %g: f32[2,5,4]) -> (f32[4,3]) {
  %0 = outer_sum(%x, %g) : f32[3,4]
  %1 = permute(%0) {dims = [1, 0]} : f32[4,3]
  return %1
})"),
            R"(  %0 = outer_sum(%g, %x) : f32[4,3]
  return %0
)");
}

TEST(FoldTransposes, AStackTimesOneMatrixStays) {
  std::string text = R"(func @f(%x: f32[2,3,5], %w: f32[5,4]) -> (f32[2,4,3]) {
  %0 = matmul(%x, %w) : f32[2,3,4]
  %1 = permute(%0) {dims = [0, 2, 1]} : f32[2,4,3]
  return %1
}
)";
  EXPECT_EQ(run("fold_transposes", text), text);
}

TEST(FoldTransposes, AProductThatIsReadAsItIsStays) {
  std::string text = R"(func @f(%x: f32[3,5], %g: f32[5,4]) -> (f32[4,3], f32[3,4]) {
  %0 = matmul(%x, %g) : f32[3,4]
  %1 = permute(%0) {dims = [1, 0]} : f32[4,3]
  return %1, %0
}
)";
  EXPECT_EQ(run("fold_transposes", text), text);
}

}  // namespace
}  // namespace mycel::passes
