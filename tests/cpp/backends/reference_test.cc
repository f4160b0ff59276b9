#include "mycel/backends/reference/reference_backend.h"

#include <gtest/gtest.h>

#include <numeric>

#include "mycel/te/formula.h"

namespace mycel::backends {
namespace {

NDArray iota(const Shape& shape) {
  NDArray array = NDArray::empty(DType::kFloat32, shape);
  std::iota(array.mutable_data<float>(), array.mutable_data<float>() + array.size(), 0.0F);
  return array;
}

TEST(ReferenceBackendDeathTest, MemoryIsNotTheHosts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  std::unique_ptr<Backend> backend = make_reference_backend();
  NDArray array = backend->to_device(iota({4}));
  EXPECT_THROW(array.data<float>(), Error);
  EXPECT_DEATH(*static_cast<volatile float*>(array.raw()) = 1, "");
  float value = 0;
  EXPECT_DEATH(value = *static_cast<volatile float*>(array.raw()), "");
  (void)value;
}

TEST(ReferenceBackend, CopiesKeepElementsAndStrides) {
  std::unique_ptr<Backend> backend = make_reference_backend();
  NDArray base = iota({2, 3});
  NDArray flipped = base.view({3, 2}, {-1, 3}, 2);
  NDArray there = backend->to_device(flipped);
  EXPECT_EQ(there.device(), backend->device());
  EXPECT_EQ(there.strides(), flipped.strides());
  NDArray copy = contiguous(backend->to_host(backend->to_device(there)));
  std::vector<float> expected{2, 5, 1, 4, 0, 3};
  EXPECT_EQ(std::vector<float>(copy.data<float>(), copy.data<float>() + 6), expected);
  NDArray repeated = backend->to_host(backend->to_device(base.view({5, 3}, {0, 1}, 3)));
  EXPECT_EQ(contiguous(repeated).data<float>()[14], 5);
  EXPECT_EQ(backend->to_host(backend->to_device(iota({2, 0}))).size(), 0);
}

TEST(ReferenceBackend, RunsFormulasOnItsOwnMemory) {
  std::unique_ptr<Backend> backend = make_reference_backend();
  te::Formula formula({{DType::kFloat32, {2, 3}}});
  std::vector<te::Axis> axes = te::Formula::axes({3, 2});
  te::Expr x = formula.input(0).at({te::index(axes[1]), te::index(axes[0])});
  formula.output(DType::kFloat32, axes, x * 2.0);
  NDArray in = backend->to_device(iota({2, 3}));
  NDArray out = NDArray::empty(DType::kFloat32, {3, 2}, backend->allocator());
  Operand operands[] = {{in.dtype(), in.shape(), in.strides()},
                        {out.dtype(), out.shape(), out.strides()}};
  KernelPtr kernel = backend->compile(formula.take(), {operands, 1}, {operands + 1, 1});
  void* buffers[] = {in.raw(), out.raw()};
  kernel->run(buffers, nullptr, backend->stream());
  NDArray result = backend->to_host(out);
  EXPECT_EQ(result.data<float>()[0], 0);
  EXPECT_EQ(result.data<float>()[1], 6);
  EXPECT_EQ(result.data<float>()[4], 4);
}

TEST(ReferenceBackend, RefusesMemoryOfAnotherDevice) {
  std::unique_ptr<Backend> backend = make_reference_backend();
  te::Formula formula({});
  formula.output(DType::kFloat32, {}, te::constant(DType::kFloat32, 1));
  Operand scalar{DType::kFloat32, {}, {}};
  KernelPtr kernel = backend->compile(formula.take(), {}, {&scalar, 1});
  float host = 0;
  void* buffers[] = {&host};
  EXPECT_THROW(kernel->run(buffers, nullptr, backend->stream()), Error);
}

}  // namespace
}  // namespace mycel::backends
