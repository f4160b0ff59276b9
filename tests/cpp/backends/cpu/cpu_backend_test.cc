#include "mycel/backends/cpu/cpu_backend.h"

#include <gtest/gtest.h>

#include "mycel/te/formula.h"

namespace mycel::backends {
namespace {

TEST(CpuBackend, RunsFormulas) {
  std::unique_ptr<Backend> cpu = make_cpu_backend();
  te::Formula formula({{DType::kFloat32, {3}}});
  std::vector<te::Axis> axes = te::Formula::axes({3});
  formula.output(DType::kFloat32, axes, formula.input(0).at(axes) * 2.0);
  Operand operand{DType::kFloat32, {3}, {1}, false};
  KernelPtr kernel = cpu->compile(formula.take(), {&operand, 1}, {&operand, 1});
  float in[] = {1, 2, 3}, out[3];
  void* buffers[] = {in, out};
  std::vector<char> scratch(kernel->scratch_bytes());
  kernel->run(buffers, scratch.data(), cpu->stream());
  EXPECT_EQ(out[2], 6.0f);
}

TEST(CpuBackend, ItsMemoryIsTheHosts) {
  std::unique_ptr<Backend> cpu = make_cpu_backend();
  NDArray array = NDArray::scalar(1.0f);
  EXPECT_EQ(cpu->to_device(array).raw(), array.raw());
  EXPECT_EQ(cpu->to_host(array).raw(), array.raw());
}

TEST(CpuBackend, ItsTargetSaysWhyTheLibraryIsNotUsed) {
  std::unique_ptr<Backend> cpu = make_cpu_backend();
  ir::OpDef matmul;
  matmul.name = "matmul";
  ir::Type matrix = ir::Type::tensor(DType::kFloat64, {64, 64});
  ir::Type operands[] = {matrix, matrix};
  std::vector<ir::Candidate> offers = cpu->target().offers({&matmul, operands, 2, nullptr});
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_EQ(offers[0].implementation, "onednn");
  EXPECT_EQ(offers[0].declined, "takes no float64");
  EXPECT_TRUE(cpu->target().prefers_channels_last());
}

}  // namespace
}  // namespace mycel::backends
