#include <fmt/format.h>
#include <gtest/gtest.h>

#include "mycel/passes/fusion/graph.h"
#include "tests/cpp/passes/support.h"

namespace mycel::passes {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Operations of the function's body (two spaces in).
size_t steps(const std::string& text) { return count(text, "\n  %"); }

TEST(Fuse, PrintsAGroupAsARegionOfOrdinaryOperations) {
  EXPECT_EQ(run("fuse", R"(func @f(%x: f32[n,4], %y: f32[4]) -> (f32[n,4]) {
  %0 = add(%x, %y) : f32[n,4]
  %1 = tanh(%0) : f32[n,4]
  %2 = multiply(%1, %1) : f32[n,4]
  return %2
})"),
            R"(func @f(%x: f32[n,4], %y: f32[4]) -> (f32[n,4]) {
  %0 = fusion(%x_1 = %x, %y_1 = %y) : f32[n,4] {
    body {
      %1 = add(%x_1, %y_1) : f32[n,4]
      %2 = tanh(%1) : f32[n,4]
      %3 = multiply(%2, %2) : f32[n,4]
      yield %3
    }
  }
  return %0
}
)");
}

TEST(Fuse, ASoftmaxOfRowsIsOneKernel) {
  std::string out = run_and_compare("expand_composites,simplify_algebra,eliminate_dead_code,fuse",
                                    R"(func @f(%x: f32[6,5], %b: f32[5]) -> (f32[6,5]) {
  %0 = add(%x, %b) : f32[6,5]
  %1 = softmax(%0) {dim = 1} : f32[6,5]
  return %1
})");
  EXPECT_EQ(steps(out), 1u) << out;
}

TEST(Fuse, AReductionTakesItsPrologueAndEpilogue) {
  std::string out = run_and_compare("fuse", R"(func @f(%x: f32[6,5], %s: f32[]) -> (f32[5]) {
  %0 = multiply(%x, %x) : f32[6,5]
  %1 = multiply(%0, %s) : f32[6,5]
  %2 = sum(%1) {dim = [0]} : f32[5]
  %3 = sqrt(%2) : f32[5]
  return %3
})");
  EXPECT_EQ(steps(out), 1u) << out;
}

TEST(Fuse, ColumnsAreNotSummedWhileRowsAreWritten) {
  // One pass cannot do both in memory order.
  std::string out =
      run_and_compare("fuse", R"(func @f(%x: f32[600,500]) -> (f32[600,500], f32[500]) {
  %0 = exp(%x) : f32[600,500]
  %1 = sum(%0) {dim = [0]} : f32[500]
  return %0, %1
})");
  EXPECT_EQ(count(out, "fusion"), 0u) << out;
  // Sums of rows can be taken in that order.
  out = run_and_compare("fuse", R"(func @f(%x: f32[600,500]) -> (f32[600,500], f32[600]) {
  %0 = exp(%x) : f32[600,500]
  %1 = sum(%0) {dim = [1]} : f32[600]
  return %0, %1
})");
  EXPECT_EQ(steps(out), 1u) << out;
}

TEST(Fuse, TheLayoutDecidesWhichSumsAreSumsOfRows) {
  auto is_one_kernel = [](const std::string& layout, const std::string& dim,
                          const std::string& kept) {
    std::string type = "f32[8,16,32,32]" + layout;
    std::string text = "func @f(%x: " + type + ") -> (" + type + ", f32" + kept + ") {\n" +
                       "  %0 = exp(%x) : " + type + "\n" + "  %1 = sum(%0) {dim = " + dim +
                       "} : f32" + kept + "\n" + "  return %0, %1\n}\n";
    return count(run("fuse", text), "fusion") == 1;
  };
  // Row-major, the elements of a channel of an image lie in a row; channels-last, those of a pixel.
  EXPECT_TRUE(is_one_kernel("", "[2, 3]", "[8,16]"));
  EXPECT_FALSE(is_one_kernel("@channels_last", "[2, 3]", "[8,16]"));
  EXPECT_FALSE(is_one_kernel("", "[1]", "[8,32,32]"));
  EXPECT_TRUE(is_one_kernel("@channels_last", "[1]", "[8,32,32]"));
}

TEST(Fuse, AValueReadByTwoGroupsIsWrittenOnce) {
  std::string out =
      run_and_compare("fuse", R"(func @f(%x: f32[40,50], %w: f32[50,3]) -> (f32[40,3], f32[40,50]) {
  %0 = exp(%x) : f32[40,50]
  %1 = neg(%0) : f32[40,50]
  %2 = matmul(%1, %w) : f32[40,3] impl("kernel")
  %3 = sqrt(%1) : f32[40,50]
  return %2, %3
})");
  EXPECT_EQ(count(out, "= exp("), 1u);
  EXPECT_EQ(steps(out), 2u) << out;
}

TEST(Fuse, GroupsDoNotDependOnThemselves) {
  // %3 reads %0 directly and through the product, which stays outside.
  std::string out = run_and_compare("fuse", R"(func @f(%x: f32[4,4]) -> (f32[4,4]) {
  %0 = exp(%x) : f32[4,4]
  %1 = matmul(%0, %x) : f32[4,4] impl("kernel")
  %2 = neg(%1) : f32[4,4]
  %3 = add(%0, %2) : f32[4,4]
  return %3
})");
  EXPECT_EQ(count(out, "fusion"), 1u) << out;
  EXPECT_EQ(steps(out), 3u) << out;
}

// A search that gives up would mistake the chain for a path from %0 to %1.
TEST(Fuse, AGroupMayBeFarAwayFromWhatItReads) {
  std::string text = "func @f(%x: f32[4,4]) -> (f32[4,4], f32[4,4]) {\n  %0 = exp(%x) : f32[4,4]\n";
  std::string last = "%0";
  for (int i = 0; i < 3000; ++i) {
    std::string next = fmt::format("%m{}", i);
    text += fmt::format("  {} = matmul({}, {}) : f32[4,4] impl(\"kernel\")\n", next, last, last);
    last = next;
  }
  text += "  %1 = neg(%0) : f32[4,4]\n  return %1, " + last + "\n}";
  EXPECT_EQ(count(run("fuse", text), "fusion"), 1u);
}

// A chain whose links also read the first value.
TEST(FusionGraph, WorkGrowsWithTheProgram) {
  constexpr int kLinks = 6000;
  std::string text = "func @f(%x: f32[4]) -> (f32[4]) {\n  %0 = exp(%x) : f32[4]\n";
  for (int i = 1; i <= kLinks; ++i) {
    text += fmt::format("  %{} = add(%{}, %0) : f32[4]\n", i, i - 1);
  }
  ir::Module module = parse(text + fmt::format("  return %{}\n}}", kLinks));
  FusionGraph graph(module.functions()[0]->body());
  for (size_t i = kLinks; i > 1; i -= 2) {
    std::vector<size_t> pair{i - 1, i};
    ASSERT_FALSE(graph.makes_cycle(pair));
    graph.merge(pair);
  }
  EXPECT_LE(graph.visited(), 4 * kLinks);
  // Paths that lead out and back.
  std::vector<size_t> ends{1, graph.node(kLinks).group};
  EXPECT_TRUE(graph.makes_cycle(ends));
}

// Merging may move a group before one that it followed.
TEST(FusionGraph, FindsCyclesThroughGroupsThatEndLater) {
  ir::Module module = parse(R"(func @f(%x: f32[4], %y: f32[4]) -> (f32[4], f32[4], f32[4]) {
  %0 = exp(%x) : f32[4]
  %1 = exp(%y) : f32[4]
  %2 = sin(%1) : f32[4]
  %3 = cos(%0) : f32[4]
  %4 = neg(%3) : f32[4]
  return %2, %4, %1
})");
  FusionGraph graph(module.functions()[0]->body());
  std::vector<size_t> early_and_late{1, 4}, around{0, 2};
  ASSERT_FALSE(graph.makes_cycle(early_and_late));
  graph.merge(early_and_late);
  // %0 -> %3 -> {%1, %4} -> %2, where %3 and the group begin or end after %2.
  EXPECT_TRUE(graph.makes_cycle(around));
}

TEST(Fuse, ViewsAndNumbersJoinWhoeverReadsThem) {
  std::string out = run_and_compare(
      "fuse", R"(func @f(%x: f32[5,5], %y: f32[5]) -> (f32[5,5], f32[5,5], f32[5,5]) {
  %0 = full() {value = 0.5} : f32[]
  %1 = reshape(%y) {shape = [5, 1]} : f32[5,1]
  %2 = expand(%1) {shape = [5, 5]} : f32[5,5]
  %3 = multiply(%x, %0) : f32[5,5]
  %4 = add(%3, %2) : f32[5,5]
  %5 = matmul(%4, %x) : f32[5,5] impl("kernel")
  %6 = add(%5, %2) : f32[5,5]
  %7 = multiply(%6, %0) : f32[5,5]
  %8 = permute(%x) {dims = [1, 0]} : f32[5,5]
  return %4, %7, %8
})");
  EXPECT_EQ(steps(out), 4u) << out;  // two groups, the product, the view
}

TEST(Fuse, UpdatesOfManyParametersAreOneKernel) {
  std::string text = "func @f(%lr: f32[]";
  std::string body, results, types;
  for (int i = 0; i < 8; ++i) {
    std::string shape = fmt::format("f32[{}]", i + 3);
    text += fmt::format(", %p{0}: {1}, %g{0}: {1}", i, shape);
    body += fmt::format("  %s{0} = multiply(%g{0}, %lr) : {1}\n", i, shape);
    body += fmt::format("  %q{0} = subtract(%p{0}, %s{0}) : {1}\n", i, shape);
    results += fmt::format("{}%q{}", i ? ", " : "", i);
    types += (i ? ", " : "") + shape;
  }
  text += ") -> (" + types + ") {\n" + body + "  return " + results + "\n}\n";
  std::string out = run_and_compare("fuse", text);
  EXPECT_EQ(count(out, "fusion"), 1u) << out;
  // Respects the limit of operations per group.
  out = run_and_compare("fuse", text, {.max_group_operations = 2});
  EXPECT_EQ(count(out, "fusion"), 2u) << out;
}

TEST(Fuse, WhatMayRaiseJoinsNoUpdate) {
  std::string out =
      run("fuse",
          R"(func @f(%p: f32[8], %q: f32[8], %x: f32[8], %i: i64[8]) -> (f32[8], f32[8], f32[8]) {
  %0 = gather(%x, %i) {dim = 0} : f32[8]
  %1 = neg(%0) : f32[8]
  %2 = neg(%p) : f32[8]
  %3 = neg(%q) : f32[8]
  return %1, %2, %3
})");
  EXPECT_EQ(count(out, "= fusion("), 2) << out;
  EXPECT_NE(out.find("fusion(%x_1 = %x, %i_1 = %i)"), std::string::npos) << out;
}

TEST(Fuse, WhatRunsOnlyBecauseItMayRaiseStaysAlone) {
  std::string text = R"(func @f(%x: f32[8], %i: i64[8]) -> (f32[8]) {
  %0 = gather(%x, %i) : f32[8]
  %1 = neg(%x) : f32[8]
  return %1
}
)";
  EXPECT_EQ(run("eliminate_dead_code,fuse,eliminate_dead_code", text), text);
}

TEST(Fuse, BranchesAreFusedToo) {
  std::string out = run("fuse", R"(func @f(%c: bool[], %x: f32[8]) -> (f32[8]) {
  %y = if(%c) : f32[8] {
    then {
      %0 = neg(%x) : f32[8]
      %1 = exp(%0) : f32[8]
      yield %1
    }
    else {
      yield %x
    }
  }
  return %y
})");
  EXPECT_EQ(count(out, "fusion"), 1u) << out;
}

// Must be linear and not recurse, as the other walks.
TEST(Passes, AChainOf100000Operations) {
  std::string text = "func @f(%x: f32[4]) -> (f32[4]) {\n  %0 = full() {value = 1.0} : f32[]\n";
  std::string last = "%x";
  for (int i = 1; i <= 100000; ++i) {
    std::string name = "%" + std::to_string(i);
    const char* op = i % 3 == 0 ? "multiply" : i % 3 == 1 ? "add" : "maximum";
    text += fmt::format("  {} = {}({}, %x) : f32[4]\n", name, op, last);
    last = name;
  }
  text += "  return " + last + "\n}\n";
  std::string out = run(
      "fold_constants,simplify_algebra,eliminate_common_subexpressions,eliminate_dead_code,fuse,"
      "order",
      text);
  EXPECT_EQ(count(out, "= fusion("), 1563u);  // 64 operations each
}

}  // namespace
}  // namespace mycel::passes
