// Initialises the framework for all tests of the program.
#pragma once

#include <gtest/gtest.h>

#include "mycel/ops/operators.h"
#include "mycel/startup/register_all.h"
#include "tests/cpp/support/tensors.h"

namespace mycel {

class Initialized : public ::testing::Environment {
 public:
  void SetUp() override { initialize(); }
};
inline const auto* const initialized = ::testing::AddGlobalTestEnvironment(new Initialized);

}  // namespace mycel
