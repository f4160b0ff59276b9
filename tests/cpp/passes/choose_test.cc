#include <gtest/gtest.h>

#include "tests/cpp/passes/support.h"

namespace mycel::passes {
namespace {

TEST(ExpandComposites, OpensWhatTheTargetHasNoKernelFor) {
  std::string text = R"(func @f(%x: f32[2,3]) -> (f32[2,3]) {
  %0 = softmax(%x) {dim = 1} : f32[2,3] loc("a.py":3, "Net")
  return %0
}
)";
  FakeTarget target({"softmax"});
  EXPECT_NE(run("expand_composites", text, {&target}).find("softmax"), std::string::npos);
  std::string out = run("expand_composites", text);
  EXPECT_EQ(out.find("softmax"), out.npos);
  EXPECT_NE(out.find("amax(%x) {dim = [1], keepdim = true} : f32[2,1]"), out.npos) << out;
  ir::Module module = parse(text);
  find("expand_composites").run(*module.functions()[0], {});
  EXPECT_EQ(module.functions()[0]->body().first()->location().line, 3);
}

TEST(ExpandComposites, OpensInsideRegionsAndBodies) {
  std::string out =
      run("expand_composites", R"(func @f(%c: bool[], %x: f32[2,3], %y: i64[2]) -> (f32[]) {
  %0 = if(%c) : f32[] {
    then {
      %1 = cross_entropy(%x, %y, none) : f32[]
      yield %1
    }
    else {
      %2 = sum(%x) : f32[]
      yield %2
    }
  }
  return %0
})");
  EXPECT_EQ(out.find("cross_entropy"), out.npos);
  EXPECT_EQ(out.find("log_softmax"), out.npos) << out;
}

TEST(ChooseImplementation, WritesTheFirstOfferThatIsNotDeclined) {
  FakeTarget target({"matmul"});
  EXPECT_EQ(run("choose_implementation", R"(func @f(%x: f32[2,2]) -> (f32[2,2]) {
  %0 = matmul(%x, %x) : f32[2,2]
  %1 = exp(%0) : f32[2,2]
  return %1
})",
                {&target}),
            R"(func @f(%x: f32[2,2]) -> (f32[2,2]) {
  %0 = matmul(%x, %x) : f32[2,2] impl("kernel")
  %1 = exp(%0) : f32[2,2]
  return %1
}
)");
}

TEST(ChooseLayout, ConvolutionsAreChannelsLastAndElementwiseResultsFollow) {
  FakeTarget target({}, true);
  EXPECT_EQ(
      run("choose_layout",
          R"(func @f(%x: f32[2,3,8,8], %w: f32[4,3,3,3], %b: f32[4,1,1], %r: f32[2,4,6,6]) -> (f32[2,4,6,6], f32[2,4,36]) {
  %0 = conv2d(%x, %w, none) : f32[2,4,6,6]
  %1 = add(%0, %b) : f32[2,4,6,6]
  %2 = add(%r, %1) : f32[2,4,6,6]
  %3 = neg(%r) : f32[2,4,6,6]
  %4 = add(%2, %3) : f32[2,4,6,6]
  %5 = reshape(%4) {shape = [2, 4, 36]} : f32[2,4,36]
  return %4, %5
})",
          {&target}),
      R"(func @f(%x: f32[2,3,8,8], %w: f32[4,3,3,3], %b: f32[4,1,1], %r: f32[2,4,6,6]) -> (f32[2,4,6,6]@channels_last, f32[2,4,36]) {
  %0 = conv2d(%x, %w, none) : f32[2,4,6,6]@channels_last
  %1 = add(%0, %b) : f32[2,4,6,6]@channels_last
  %2 = add(%r, %1) : f32[2,4,6,6]@channels_last
  %3 = neg(%r) : f32[2,4,6,6]
  %4 = add(%2, %3) : f32[2,4,6,6]@channels_last
  %5 = reshape(%4) {shape = [2, 4, 36]} : f32[2,4,36]
  return %4, %5
}
)");
}

TEST(ChooseLayout, WhatIsOnlyReshapedIsWrittenRowMajor) {
  FakeTarget target({}, true);
  std::string out = run("choose_layout",
                        R"(func @f(%x: f32[2,3,8,8], %w: f32[4,3,3,3]) -> (f32[2,144]) {
  %0 = conv2d(%x, %w, none) : f32[2,4,6,6]
  %1 = relu(%0) : f32[2,4,6,6]
  %2 = reshape(%1) {shape = [2, 144]} : f32[2,144]
  return %2
})",
                        {&target});
  EXPECT_NE(out.find("conv2d(%x, %w, none) : f32[2,4,6,6]@channels_last"), out.npos);
  EXPECT_NE(out.find("relu(%0) : f32[2,4,6,6]\n"), out.npos);
}

TEST(ChooseLayout, TheFactorOfAProductIsWrittenRowMajor) {
  FakeTarget target({}, true);
  std::string out =
      run("choose_layout",
          R"(func @f(%x: f32[2,3,8,8], %w: f32[4,3,3,3], %m: f32[6,5]) -> (f32[2,4,6,5]) {
  %0 = conv2d(%x, %w, none) : f32[2,4,6,6]
  %1 = relu(%0) : f32[2,4,6,6]
  %2 = matmul(%1, %m) : f32[2,4,6,5]
  return %2
})",
          {&target});
  EXPECT_NE(out.find("conv2d(%x, %w, none) : f32[2,4,6,6]@channels_last"), out.npos);
  EXPECT_NE(out.find("relu(%0) : f32[2,4,6,6]\n"), out.npos);
}

TEST(Passes, AnUnknownNameListsThoseThereAre) {
  try {
    find("fold");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kValue);
    EXPECT_TRUE(std::string(error.what())
                    .starts_with(
                        "there is no pass \"fold\"; there are expand_composites, fold_constants,"));
  }
}

}  // namespace
}  // namespace mycel::passes
