#include "tests/cpp/ops/setup.h"

#include <gtest/gtest.h>

#include "mycel/ops/all.h"
#include "tests/cpp/support/interpreter_engine.h"

namespace mycel {
namespace {

class Setup : public ::testing::Environment {
 public:
  void SetUp() override {
    ops::define_all();
    static InterpreterEngine engine;
    set_default_engine(&engine);
  }
};
const auto* const environment = ::testing::AddGlobalTestEnvironment(new Setup);

}  // namespace

Tensor counted(const Shape& shape) {
  std::vector<double> values;
  for (int64_t i = 0; i < num_elements(shape); ++i) values.push_back(static_cast<double>(i));
  return tensor(values, shape);
}

std::vector<double> values_of(const Tensor& x) {
  NDArray dense = contiguous(x.array());
  return visit_dtype(dense.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<double> values;
    for (int64_t i = 0; i < dense.size(); ++i) {
      values.push_back(static_cast<double>(static_cast<ComputeType<T>>(dense.data<T>()[i])));
    }
    return values;
  });
}

}  // namespace mycel
