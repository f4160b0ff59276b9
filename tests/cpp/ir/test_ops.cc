#include "tests/cpp/ir/test_ops.h"

#include <gtest/gtest.h>

#include "mycel/define/attribute_traits.h"
#include "mycel/ir/control_flow.h"

namespace mycel::ir {
namespace {

OpDef& add(std::string_view name, std::vector<OperandSpec> operands) {
  OpDef& op = Registry::get().add(name);
  op.operands = std::move(operands);
  op.infer = [](const Call& call, Types& out) { out = {call.type(0)}; };
  return op;
}

void define_every() {
  OpDef& op =
      add("t_every", {{.name = "x", .doc = ""}, {.name = "y", .doc = "", .optional = true}});
  op.attributes.set_struct<EveryKind>();
  auto field = [&op](auto member, std::string name, std::vector<std::string> choices = {}) {
    op.attributes.fields.push_back(
        attribute_field<EveryKind>(member, std::move(name), "", std::move(choices)));
  };
  field(&EveryKind::flag, "flag");
  field(&EveryKind::number, "number");
  field(&EveryKind::real, "real");
  field(&EveryKind::text, "text");
  field(&EveryKind::colour, "colour", {"red", "green"});
  field(&EveryKind::dtype, "dtype");
  field(&EveryKind::ints, "ints");
  field(&EveryKind::dims, "dims");
  field(&EveryKind::scalar, "scalar");
  field(&EveryKind::padding, "padding");
  field(&EveryKind::maybe, "maybe");
}

void check_same(const Call& call) {
  if (!(call.type(0) == call.type(1))) {
    call.fail(Code::kValue, "expects two tensors of one type, got {} and {}",
              to_string(call.type(0)), to_string(call.type(1)));
  }
}

class TestOps : public ::testing::Environment {
 public:
  void SetUp() override {
    define_structured();
    define_test_ops();
  }
};
const auto* const environment = ::testing::AddGlobalTestEnvironment(new TestOps);

}  // namespace

void define_test_ops() {
  add("t_add", {{.name = "x", .doc = ""}, {.name = "y", .doc = ""}}).infer = [](const Call& call,
                                                                                Types& out) {
    check_same(call);
    out = {call.type(0)};
  };
  add("t_less", {{.name = "x", .doc = ""}, {.name = "y", .doc = ""}}).infer = [](const Call& call,
                                                                                 Types& out) {
    check_same(call);
    out = {Type::tensor(DType::kBool, call.type(0).dims)};
  };
  add("t_split", {{.name = "x", .doc = ""}}).infer = [](const Call& call, Types& out) {
    out = {call.type(0), Type::tensor(DType::kInt64, call.type(0).dims)};
  };
  add("t_floating", {{.name = "x", .doc = "", .dtypes = DTypeSet::kFloating}});
  add("t_join", {{.name = "x", .doc = "", .variadic = true}}).infer = [](const Call&, Types& out) {
    out = {};
  };
  OpDef& constant = add("t_constant", {});
  constant.attributes.set_struct<ConstantOf>();
  constant.attributes.fields.push_back(
      attribute_field<ConstantOf>(&ConstantOf::value, "value", "", {}));
  constant.infer = [](const Call& call, Types& out) {
    const NDArray& value = call.as<ConstantOf>().value;
    out = {Type::tensor(value.dtype(), to_dims(value.shape()))};
  };
  OpDef& second = add("t_second", {{.name = "x", .doc = ""}});
  second.version = 2;
  define_every();
}

const OpDef& op_named(std::string_view name) {
  const OpDef* op = Registry::get().find(name);
  if (!op) fail_internal("no operation {}", name);
  return *op;
}

Type f32(Dims dims) { return Type::tensor(DType::kFloat32, std::move(dims)); }

}  // namespace mycel::ir
