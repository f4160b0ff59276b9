#include "mycel/backends/null/null_backend.h"

#include <gtest/gtest.h>

#include "mycel/te/formula.h"

namespace mycel::backends {
namespace {

TEST(NullBackend, CountsMemoryThatIsNotThere) {
  NullBackend backend;
  const size_t tebibyte = size_t{1} << 40;
  {
    NDArray a = NDArray::empty(DType::kInt8, {int64_t{1} << 40}, backend.allocator());
    NDArray b = NDArray::empty(DType::kInt8, {int64_t{1} << 40}, backend.allocator());
    EXPECT_NE(a.raw(), b.raw());
    EXPECT_EQ(backend.stats().live, 2 * tebibyte);
  }
  EXPECT_EQ(backend.stats().live, 0U);
  EXPECT_EQ(backend.stats().peak, 2 * tebibyte);
  EXPECT_EQ(backend.stats().allocations, 2U);
}

TEST(NullBackend, KeepsShapesAndGivesZeros) {
  NullBackend backend;
  NDArray host = NDArray::empty(DType::kFloat32, {2, 3});
  host.mutable_data<float>()[0] = 7;
  NDArray there = backend.to_device(host.view({3, 2}, {-1, 3}, 2));
  EXPECT_EQ(there.shape(), (Shape{3, 2}));
  EXPECT_EQ(there.device().kind, DeviceKind::kNull);
  NDArray back = contiguous(backend.to_host(there));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(back.data<float>()[i], 0);
}

TEST(NullBackend, RunsNothing) {
  NullBackend backend;
  te::Formula formula({});
  formula.output(DType::kFloat32, {}, te::constant(DType::kFloat32, 1));
  Operand scalar{DType::kFloat32, {}, {}};
  KernelPtr kernel = backend.compile(formula.take(), {}, {&scalar, 1});
  NDArray out = NDArray::empty(DType::kFloat32, {}, backend.allocator());
  void* buffers[] = {out.raw()};
  kernel->run(buffers, nullptr, backend.stream());
  ir::OpDef op;
  EXPECT_TRUE(backend.implementations(op).empty());
  op.kind = ir::OpKind::kKernel;
  EXPECT_EQ(backend.implementations(op).size(), 1U);
}

TEST(Registry, FindsBackendsByDevice) {
  EXPECT_THROW(backend_of({DeviceKind::kCuda, 3}), Error);
  register_backend(std::make_unique<NullBackend>());
  EXPECT_EQ(backend_of({DeviceKind::kNull, 0}).target().name(), "null");
  EXPECT_THROW(register_backend(std::make_unique<NullBackend>()), Error);
  try {
    backend_of({DeviceKind::kCuda, 3});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kValue);
    EXPECT_STREQ(error.what(), "expects a device that has a backend (here: null), got cuda:3");
  }
}

}  // namespace
}  // namespace mycel::backends
