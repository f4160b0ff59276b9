// Tests result types, and shapes of more elements than 32 bits can count.
#include <gtest/gtest.h>

#include "mycel/ops/matmul.h"
#include "mycel/ops/operators.h"
#include "mycel/ops/reduce.h"
#include "mycel/ops/reshape.h"
#include "mycel/tensor/apply.h"
#include "mycel/tensor/trace.h"
#include "tests/cpp/ops/setup.h"

namespace mycel {
namespace {

Tensor ints(const std::vector<int64_t>& values) {
  return tensor(values, {static_cast<int64_t>(values.size())});
}

TEST(ResultTypes, FollowPyTorch) {
  Tensor i = ints({1, 2}), b = i > 1;
  EXPECT_EQ((i / i).dtype(), DType::kFloat32);
  EXPECT_EQ(exp(i).dtype(), DType::kFloat32);
  EXPECT_EQ((i + 1).dtype(), DType::kInt64);
  EXPECT_EQ((i + 1.5).dtype(), DType::kFloat32);
  EXPECT_EQ((b + b).dtype(), DType::kBool);
  EXPECT_EQ((b + 1).dtype(), DType::kInt64);
  EXPECT_EQ(sum(b).dtype(), DType::kInt64);
  EXPECT_EQ(sum(full({3}, int64_t{100}, DType::kInt8)).dtype(), DType::kInt64);
  EXPECT_EQ((full({2}, 1.0, DType::kFloat16) + full({2}, 1.0, DType::kBFloat16)).dtype(),
            DType::kFloat32);
  EXPECT_EQ((full({2}, 1.0, DType::kFloat16) * 2.0).dtype(), DType::kFloat16);
}

TEST(ResultTypes, OfZeroDimTensorsAreWeakWithinAKind) {
  Tensor half = full({2}, 1.0, DType::kFloat16), bytes = full({2}, int64_t{3}, DType::kInt8);
  EXPECT_EQ((half * full({}, 1.0, DType::kFloat32)).dtype(), DType::kFloat16);
  EXPECT_EQ((full({}, 1.0, DType::kFloat64) + half).dtype(), DType::kFloat16);
  EXPECT_EQ((bytes + full({}, int64_t{1}, DType::kInt64)).dtype(), DType::kInt8);
  EXPECT_EQ((bytes * full({}, 1.0, DType::kFloat32)).dtype(), DType::kFloat32);
  EXPECT_EQ((full({}, 1.0, DType::kFloat16) * full({}, 1.0, DType::kFloat32)).dtype(),
            DType::kFloat32);
  EXPECT_EQ(values_of(bytes < full({}, int64_t{300}, DType::kInt64)), (std::vector<double>{1, 1}));
}

TEST(Numbers, BesideHalfFloatsStayFloat32) {
  Tensor x = cast_to(Tensor(NDArray::scalar(1e4)), DType::kFloat16);
  Tensor scaled = x / 1e6;  // no float16 holds the divisor
  EXPECT_EQ(scaled.dtype(), DType::kFloat16);
  EXPECT_NEAR(cast_to(scaled, DType::kFloat64).item<double>(), 1e-2, 1e-5);
}

TEST(Numbers, BeyondAnIntegerDtypeAreInfiniteInComparisons) {
  Tensor x = cast_to(Tensor(NDArray::scalar<int64_t>(200)), DType::kUInt8);
  EXPECT_TRUE((x < 256).item<bool>());
  EXPECT_TRUE((-1 < x).item<bool>());
  EXPECT_FALSE((x == 456).item<bool>());
}

TEST(ResultTypes, IntegersSumWithoutOverflowOfTheirOwn) {
  EXPECT_EQ(values_of(sum(full({3}, int64_t{100}, DType::kInt8))), std::vector<double>{300});
}

TEST(ResultTypes, OfSymbolicShapes) {
  OwnedTrace trace("symbolic");
  TraceScope scope(*trace);
  Dim n = Dim::symbol("n");
  Tensor x = trace->add_argument(ir::Type::tensor(DType::kFloat32, {n, 4}));
  EXPECT_EQ(ir::to_string(reshape(x, {-1}).type()), "f32[4*n]");
  EXPECT_EQ(ir::to_string(reshape(reshape(x, {-1}), {-1, 4}).type()), "f32[n,4]");
  EXPECT_EQ(ir::to_string(mean(x, {.dim = Ints{0}}).type()), "f32[4]");
  EXPECT_EQ(ir::to_string(matmul(x, transpose(x, 0, 1)).type()), "f32[n,n]");
  Tensor stack = trace->add_argument(ir::Type::tensor(DType::kFloat32, {Dim::symbol("b"), n, 4}));
  EXPECT_EQ(ir::to_string(matmul(stack, transpose(x, 0, 1)).type()), "f32[b,n,n]");
}

TEST(ResultTypes, OfHugeShapes) {
  OwnedTrace trace("huge");
  TraceScope scope(*trace);
  Tensor x = trace->add_argument(ir::Type::tensor(DType::kFloat32, {100000, 100000}));
  EXPECT_EQ(ir::to_string(flatten(x).type()), "f32[10000000000]");
  EXPECT_EQ(ir::to_string(sum(x * 2.0).type()), "f32[]");
  EXPECT_EQ(ir::to_string(expand(unsqueeze(x, 0), {7, -1, -1}).type()), "f32[7,100000,100000]");
}

}  // namespace
}  // namespace mycel
