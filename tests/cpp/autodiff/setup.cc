#include "tests/cpp/autodiff/setup.h"

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

Tensor variable(const std::vector<double>& values) {
  Tensor x = tensor(values, {static_cast<int64_t>(values.size())});
  x.set_requires_grad(true);
  return x;
}

std::vector<double> values_of(const Tensor& x) {
  NDArray array = contiguous(x.array());
  const double* data = array.data<double>();
  return {data, data + array.size()};
}

}  // namespace mycel
