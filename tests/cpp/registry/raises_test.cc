// Checks that operations that may raise for the values of their operands declare it, as the order
// of programs depends on it.
#include <gtest/gtest.h>

#include <set>

#include "mycel/passes/may_raise.h"
#include "tests/cpp/registry/cases.h"

namespace mycel {
namespace {

TEST(Registry, WhatReadsByValuesChecksThem) {
  std::set<std::string> unchecked;
  for_each_case(
      operations(), [](DType dtype) { return dtype == DType::kFloat32; },
      [&](const Case& c) {
        const OpRules& rule = rules(*c.op);
        if (!rule.formula || rule.check) return;
        ir::Types types = c.operand_types();
        ir::Call call{c.op, types.data(), types.size(), &c.attributes};
        if (passes::reads_by_values(rule.formula(call))) unchecked.insert(c.op->name);
      });
  // The places of maxima come from the operation that found them.
  EXPECT_EQ(unchecked, (std::set<std::string>{"max_pool2d_at"}));
}

}  // namespace
}  // namespace mycel
