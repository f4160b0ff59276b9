// Registers every operation and interprets them, for all tests of the program.
#pragma once

#include <gtest/gtest.h>

#include "mycel/ops/all.h"
#include "tests/cpp/support/interpreter_engine.h"

namespace mycel {

class Interpreted : public ::testing::Environment {
 public:
  void SetUp() override {
    ops::define_all();
    static InterpreterEngine engine;
    set_default_engine(&engine);
  }
};
inline const auto* const interpreted = ::testing::AddGlobalTestEnvironment(new Interpreted);

}  // namespace mycel
