// A view operation's inverse writes where its view reads.
#include <gtest/gtest.h>

#include "mycel/tensor/view.h"
#include "mycel/tensor/view_geometry.h"
#include "tests/cpp/registry/cases.h"
#include "tests/cpp/registry/compare.h"

namespace mycel {
namespace {

std::vector<const ir::OpDef*> views() {
  std::vector<const ir::OpDef*> all;
  for (const ir::OpDef* op : operations()) {
    if (op->is_view) all.push_back(op);
  }
  return all;
}

// Elements that differ from those of the sample.
Tensor other_values(const Tensor& like) {
  NDArray array = NDArray::empty(like.dtype(), like.shape());
  visit_dtype(like.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (int64_t i = 0; i < array.size(); ++i) {
      array.mutable_data<T>()[i] = static_cast<T>(static_cast<ComputeType<T>>(i % 100 + 10));
    }
  });
  return Tensor(array);
}

// Compares the base after its view was written by the inverse and by the elements in memory.
TEST(Registry, TheInverseOfAViewWritesWhatItReads) {
  size_t written = 0;
  for_each_case(
      views(), [](DType) { return true; },
      [&](const Case& c) {
        Tensors inputs = to_tensors(c.arrays());
        Tensor base = inputs[0].snapshot(), view = run(c, {base})[0];
        ASSERT_TRUE(view.object()->view) << "connected";
        if (overlaps(geometry_of(*view.object()))) {
          EXPECT_ANY_THROW(view.assign(view.snapshot()));
          return;
        }
        Tensor values = other_values(view);
        Tensor put = rules(*c.op).put(base, values, c.attributes);
        view.assign(values);
        EXPECT_EQ(difference(host_arrays({base}), host_arrays({put}), 0), "");
        EXPECT_EQ(difference(host_arrays({view}), host_arrays({values}), 0), "");
        EXPECT_EQ(difference(host_arrays(run(c, {put})), host_arrays({values}), 0), "");
        ++written;
      });
  EXPECT_GT(written, 50U);
}

}  // namespace
}  // namespace mycel
