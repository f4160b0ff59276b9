// Checks that every definition is documented.
#include <gtest/gtest.h>

#include "mycel/backends/api/backend.h"
#include "tests/cpp/registry/cases.h"

namespace mycel {
namespace {

TEST(Registry, EveryDefinitionIsDocumented) {
  for (const ir::OpDef* op : definitions()) {
    SCOPED_TRACE(op->name);
    EXPECT_FALSE(op->doc.empty());
    for (const ir::OperandSpec& operand : op->operands) EXPECT_FALSE(operand.doc.empty());
    for (const ir::AttributeField& field : op->attributes.fields) EXPECT_FALSE(field.doc.empty());
    EXPECT_FALSE(op->results.empty());
    const PythonSpec& python = rules(*op).python;
    bool seen = python.function || python.functional || python.method;
    EXPECT_TRUE(!seen || op->example.starts_with(">>> ")) << "an example that runs";
  }
}

TEST(Registry, EveryDefinitionHasSamples) {
  for (const ir::OpDef* op : definitions()) {
    SCOPED_TRACE(op->name);
    EXPECT_FALSE(rules(*op).samples.empty());
    for (const Sample& sample : rules(*op).samples) {
      EXPECT_FALSE(swept_dtypes(*op, sample).empty()) << "a dtype that all inputs take";
    }
  }
}

TEST(Registry, EveryOperationHasWhatItsKindNeeds) {
  for (const ir::OpDef* op : operations()) {
    SCOPED_TRACE(op->name);
    const OpRules& rule = rules(*op);
    EXPECT_TRUE(op->infer);
    switch (op->kind) {
      case ir::OpKind::kComposite:
        EXPECT_TRUE(rule.body);
        break;
      case ir::OpKind::kPrimitive:
        EXPECT_TRUE(rule.formula);
        break;
      default:
        EXPECT_FALSE(rule.body || rule.formula);
        break;
    }
    EXPECT_EQ(op->is_view, static_cast<bool>(op->view));
    EXPECT_EQ(op->is_view, static_cast<bool>(rule.put)) << "the inverse of a view";
  }
}

TEST(Registry, KernelPrimitivesHaveKernelsOnEveryBackend) {
  for (const ir::OpDef* op : operations()) {
    // A constant is an array of the program, which the compiler places.
    if (op->kind != ir::OpKind::kKernel || op->name == "constant") continue;
    for (DeviceKind kind : {DeviceKind::kCpu, DeviceKind::kReference}) {
      EXPECT_FALSE(backends::backend_of(Device{kind}).implementations(*op).empty())
          << op->name << " on " << to_string(Device{kind});
    }
  }
}

}  // namespace
}  // namespace mycel
