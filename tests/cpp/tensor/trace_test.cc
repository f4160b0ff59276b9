#include "mycel/tensor/trace.h"

#include <gtest/gtest.h>

#include <set>

#include "mycel/ir/text.h"
#include "mycel/ir/verify.h"
#include "mycel/tensor/payload_hash.h"
#include "mycel/tensor/tensor_impl.h"
#include "tests/cpp/tensor/test_ops.h"

namespace mycel {
namespace {

using Kind = TraceInput::Kind;

class TraceTest : public ::testing::Test {
 protected:
  std::string text(const Tensors& results) {
    std::vector<ir::Value*> values;
    for (const Tensor& result : results) values.push_back(trace_->lift(result.state().payload));
    trace_->function().body().set_results(values);
    ir::verify(trace_->function());
    return ir::print(trace_->function());
  }
  OwnedTrace trace_{"f"};
};

TEST_F(TraceTest, OperationsAreAppendedInsteadOfRun) {
  TraceScope scope(*trace_);
  Tensor x = trace_->add_argument(ir::Type::tensor(DType::kFloat32, {2}), "x");
  Tensor y = t_scale(t_add(x, x), 3);
  EXPECT_TRUE(y.is_traced());
  EXPECT_EQ(text({y}), R"(func @f(%x: f32[2]) -> (f32[2]) {
  %0 = t_add(%x, %x) : f32[2]
  %1 = t_scale(%0) {by = 3.0} : f32[2]
  return %1
}
)");
}

TEST_F(TraceTest, AnOuterTensorIsOneInputHoweverOftenItIsRead) {
  Tensor w = vector_of<float>({1, 2});
  TraceScope scope(*trace_);
  t_add(t_add(w, w), w);
  ASSERT_EQ(trace_->inputs().size(), 1u);
  EXPECT_EQ(trace_->inputs()[0].kind, Kind::kState);
  EXPECT_FALSE(trace_->slots()[0].written);
}

TEST_F(TraceTest, AWriteIsSeenByLaterReadsAndLeavesTheObjectAlone) {
  Tensor w = vector_of<float>({1, 2});
  {
    TraceScope scope(*trace_);
    w.assign(t_scale(w, 3));
    Tensor again = w.detach();
    EXPECT_EQ(again.state().payload.traced, trace_->slots()[0].current.payload.traced);
  }
  EXPECT_TRUE(trace_->slots()[0].written);
  EXPECT_EQ(values_of<float>(w), (std::vector<float>{1, 2}));
}

TEST_F(TraceTest, AWriteBeforeAnyReadNeedsNoInput) {
  Tensor w = vector_of<float>({1, 2});
  TraceScope scope(*trace_);
  Tensor x = trace_->add_argument(ir::Type::tensor(DType::kFloat32, {2}));
  w.assign(x);
  t_add(w, w);
  EXPECT_EQ(trace_->inputs().size(), 1u);
  EXPECT_EQ(trace_->slots()[0].input, nullptr);
}

TEST_F(TraceTest, RequiresGradAndTypesReadNoValue) {
  Tensor w = vector_of<float>({1, 2});
  w.set_requires_grad(true);
  TraceScope scope(*trace_);
  EXPECT_TRUE(w.requires_grad());
  EXPECT_EQ(w.dims(), Dims{2});
  EXPECT_TRUE(trace_->inputs().empty());
}

TEST_F(TraceTest, GradIsReadOrWrittenFirst) {
  Tensor read = vector_of<float>({1}), written = vector_of<float>({2});
  read.set_grad(vector_of<float>({5}));
  written.set_grad(vector_of<float>({6}));
  TraceScope scope(*trace_);
  EXPECT_TRUE(read.grad().defined());
  written.set_grad({});
  EXPECT_FALSE(written.grad().defined());
  EXPECT_EQ(trace_->slots()[0].grad_status, TraceSlot::Grad::kRead);
  EXPECT_TRUE(trace_->slots()[0].grad_at_entry);
  EXPECT_EQ(trace_->slots()[1].grad_status, TraceSlot::Grad::kWritten);
  ASSERT_EQ(trace_->inputs().size(), 1u);
  EXPECT_EQ(trace_->inputs()[0].kind, Kind::kGrad);
}

TEST_F(TraceTest, ANumberIsOneOperandForOneOwnerAndKey) {
  TraceScope scope(*trace_);
  int owner = 0, other = 0;
  auto ask = [&](const void* who, const char* key) {
    return trace_->number(who, key, DType::kFloat32, [] { return 0.5; }).state().payload.traced;
  };
  EXPECT_EQ(ask(&owner, "lr"), ask(&owner, "lr"));
  EXPECT_NE(ask(&owner, "lr"), ask(&other, "lr"));
  EXPECT_NE(ask(&owner, "lr"), ask(&owner, "momentum"));
  EXPECT_EQ(trace_->numbers().size(), 3u);
  EXPECT_EQ(trace_->numbers()[0].provider(), 0.5);
}

// Only arrays with equal hashes are compared.
TEST_F(TraceTest, PartsOfOneArrayHaveDifferentHashes) {
  constexpr int64_t kSide = 250;
  NDArray whole = NDArray::empty(DType::kFloat32, {kSide, kSide});
  std::set<size_t> hashes;
  for (int64_t i = 0; i < kSide; ++i) {
    for (int64_t j = 0; j < kSide; ++j) {
      hashes.insert(hash_of({whole.view({1, 1}, {kSide, 1}, i * kSide + j), nullptr, {}}));
    }
    hashes.insert(hash_of({whole.view({i + 2}, {1}, 0), nullptr, {}}));
    hashes.insert(hash_of({whole.view({2}, {i + 2}, 0), nullptr, {}}));
  }
  EXPECT_EQ(hashes.size(), static_cast<size_t>(kSide * kSide + 2 * kSide));
}

TEST_F(TraceTest, PartsOfOneArrayAreEachOneInput) {
  constexpr int64_t kCount = 1000;
  NDArray whole = NDArray::empty(DType::kFloat32, {kCount});
  for (int twice = 0; twice < 2; ++twice) {
    for (int64_t i = 0; i < kCount; ++i) trace_->lift({whole.view({1}, {1}, i), nullptr, {}});
  }
  EXPECT_EQ(trace_->foreign().size(), static_cast<size_t>(kCount));
}

TEST_F(TraceTest, ArraysOfOneBufferAreToldApart) {
  TraceScope scope(*trace_);
  NDArray whole = NDArray::empty(DType::kFloat32, {2, 3});
  auto lift = [&](const NDArray& array) { return trace_->lift({array, nullptr, {}}); };
  ir::Value* value = lift(whole);
  EXPECT_EQ(lift(whole.view({2, 3}, {3, 1}, 0)), value);
  EXPECT_NE(lift(whole.view({3, 2}, {1, 3}, 0)), value);
  EXPECT_NE(lift(whole.view({3}, {1}, 0)), lift(whole.view({3}, {1}, 3)));
  EXPECT_NE(lift(whole.view({3}, {2}, 0)), lift(whole.view({3}, {1}, 0)));
  EXPECT_EQ(trace_->inputs().size(), 5u);
}

TEST_F(TraceTest, ValuesCannotBeReadWhileTracing) {
  Tensor w = vector_of<float>({1});
  TraceScope scope(*trace_);
  Tensor x = trace_->add_argument(ir::Type::tensor(DType::kFloat32, {2}));
  std::string message = error_of([&] { x.array("numpy"); });
  EXPECT_NE(message.find("[numpy] expects a tensor with a value, got f32[2]"), message.npos);
  EXPECT_NE(error_of([&] { w.item<float>(); }), "no error");
}

TEST_F(TraceTest, ATensorThatLeakedOutOfATraceRaisesWhereItIsUsed) {
  Tensor leaked;
  {
    OwnedTrace over("g");
    TraceScope scope(*over);
    leaked = t_scale(over->add_argument(ir::Type::tensor(DType::kFloat32, {2})), 2);
  }
  TraceScope scope(*trace_);
  std::string message = error_of([&] { t_scale(leaked, 2); });
  EXPECT_NE(message.find("a traced call that is over"), message.npos) << message;
}

TEST_F(TraceTest, AnErrorAppendsNothing) {
  TraceScope scope(*trace_);
  Tensor x = trace_->add_argument(ir::Type::tensor(DType::kFloat32, {2}));
  EXPECT_NE(error_of([&] { t_add(x, vector_of<float>({1, 2, 3})); }), "no error");
  EXPECT_EQ(trace_->function().body().first(), nullptr);
}

}  // namespace
}  // namespace mycel
