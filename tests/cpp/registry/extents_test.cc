// Kernels take extents as run-time arguments: other shapes of the same kind compile nothing.
#include <gtest/gtest.h>

#include "mycel/codegen/kernel.h"
#include "tests/cpp/registry/cases.h"

namespace mycel {
namespace {

// The sample with every extent above 1 enlarged; equal extents stay equal.
Sample stretched(const Sample& sample, int64_t by) {
  Sample larger = sample;
  for (SampleInput& input : larger.inputs) {
    for (int64_t& extent : input.shape) extent += extent > 1 ? by : 0;
  }
  return larger;
}

// Whether the case is still valid: attributes, groups and random states fix some extents.
bool is_sample(const Case& c) {
  try {
    c.result_types();
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool may_be_stretched(const Case& c) {
  bool any = false;
  for (const SampleInput& input : c.sample->inputs) {
    for (int64_t extent : input.shape) {
      if (extent == 0) return false;
      any = any || extent > 1;
    }
  }
  return any;
}

bool float32(DType dtype) { return dtype == DType::kFloat32; }

TEST(Registry, OtherExtentsCompileNothing) {
  size_t stretched_cases = 0;
  for_each_case(operations(), float32, [&](const Case& c) {
    if (c.op->kind == ir::OpKind::kKernel || !may_be_stretched(c)) return;
    Sample larger = stretched(*c.sample, 16), largest = stretched(*c.sample, 19);
    Case first = c, second = c;
    first.sample = &larger;
    second.sample = &largest;
    if (!is_sample(first) || !is_sample(second)) return;
    run(c, to_tensors(c.arrays()));
    run(first, to_tensors(first.arrays()));
    int64_t before = codegen::compiled_kernels();
    run(second, to_tensors(second.arrays()));
    EXPECT_EQ(codegen::compiled_kernels() - before, 0);
    ++stretched_cases;
  });
  EXPECT_GT(stretched_cases, 100U);
}

}  // namespace
}  // namespace mycel
