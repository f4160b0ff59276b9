// Checks for equal results on every backend, in every layout, eager and compiled.
#include <gtest/gtest.h>

#include "mycel/tensor/context.h"
#include "tests/cpp/registry/cases.h"
#include "tests/cpp/registry/compare.h"

namespace mycel {
namespace {

constexpr Device kReference{DeviceKind::kReference};

bool every_dtype(DType) { return true; }
// One of each class: a layout affects the code for the others in the same way.
bool main_dtypes(DType dtype) {
  return dtype == DType::kFloat32 || dtype == DType::kFloat64 || dtype == DType::kInt32;
}

int64_t depth_of(const std::vector<NDArray>& arrays) {
  int64_t depth = 1;
  for (const NDArray& array : arrays) {
    if (array.defined()) depth = std::max(depth, array.size());
  }
  return depth;
}

Tensors on_device(const std::vector<NDArray>& arrays, Device device) {
  Tensors tensors;
  for (const NDArray& array : arrays) {
    if (!array.defined())
      tensors.emplace_back();
    else
      tensors.emplace_back(Tensor(context().engine->to_device(array, device)));
  }
  return tensors;
}

std::vector<NDArray> run_on_reference(const Case& c) {
  DeviceScope scope(kReference);
  return host_arrays(run(c, on_device(c.arrays(), kReference)));
}

// Functions that draw from the default generator change it.
bool draws(const Case& c) {
  return c.op->id < 0 && !c.op->operands.empty() && c.op->operands.back().name == "generator";
}

TEST(RegistryLongTest, ReferenceAndCpuAgree) {
  for_each_case(definitions(), every_dtype, [](const Case& c) {
    if (draws(c)) return;
    std::vector<NDArray> arrays = c.arrays();
    std::vector<NDArray> expected = run_on_reference(c);
    EXPECT_EQ(difference(expected, host_arrays(run(c, to_tensors(arrays))), depth_of(arrays)), "");
  });
}

TEST(Registry, ReferenceAndCpuAgree) {
  for_each_case(operations(), main_dtypes, [](const Case& c) {
    std::vector<NDArray> arrays = c.arrays();
    std::vector<NDArray> expected = run_on_reference(c);
    EXPECT_EQ(difference(expected, host_arrays(run(c, to_tensors(arrays))), depth_of(arrays)), "");
  });
}

TEST(Registry, ResultsHaveTheInferredTypes) {
  for_each_case(operations(), every_dtype, [](const Case& c) {
    ir::Types types = c.result_types();
    ASSERT_EQ(types.size(), c.op->results.size());
    if (!main_dtypes(c.dtype)) return;
    Tensors results = run(c, to_tensors(c.arrays()));
    for (size_t i = 0; i < types.size(); ++i) {
      EXPECT_EQ(ir::to_string(types[i]), ir::to_string(results[i].type()));
    }
  });
}

void check_layouts(const Case& c) {
  std::vector<NDArray> arrays = c.arrays();
  std::vector<NDArray> expected = host_arrays(run(c, to_tensors(arrays)));
  for (SampleLayout layout :
       {SampleLayout::kTransposed, SampleLayout::kReversed, SampleLayout::kSpread}) {
    std::vector<NDArray> others;
    for (const NDArray& array : arrays) {
      others.push_back(array.defined() ? laid_out(array, layout) : array);
    }
    EXPECT_EQ(difference(expected, host_arrays(run(c, to_tensors(others))), depth_of(arrays)), "")
        << "layout " << static_cast<int>(layout);
  }
}

// In float32, so that the kernel library takes part, too.
TEST(Registry, LayoutsDoNotMatter) {
  for_each_case(operations(), [](DType dtype) { return dtype == DType::kFloat32; }, check_layouts);
}
TEST(RegistryLongTest, LayoutsDoNotMatter) {
  for_each_case(operations(), main_dtypes, check_layouts);
}

TEST(Registry, EagerAndCompiledAgree) {
  for_each_case(definitions(), main_dtypes, [](const Case& c) {
    if (draws(c)) return;
    std::vector<NDArray> arrays = c.arrays();
    std::vector<NDArray> expected = host_arrays(run(c, to_tensors(arrays)));
    std::vector<NDArray> got = host_arrays(run_jitted(c, to_tensors(arrays)));
    EXPECT_EQ(difference(expected, got, depth_of(arrays)), "");
  });
}

}  // namespace
}  // namespace mycel
