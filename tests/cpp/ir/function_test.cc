#include "mycel/ir/function.h"

#include <gtest/gtest.h>

#include "mycel/ir/text.h"
#include "mycel/ir/verify.h"
#include "tests/cpp/ir/test_ops.h"

namespace mycel::ir {
namespace {

Operation* add(Function& function, Value* a, Value* b, Operation* before = nullptr) {
  Value* operands[] = {a, b};
  return function.create(function.body(), op_named("t_add"), operands, {}, {}, before);
}

TEST(Function, CreateInfersAndLinks) {
  Function function("f");
  Value* x = function.body().add_argument(f32({2}), "x");
  Operation* first = add(function, x, x);
  Operation* second = add(function, first->result(), x);
  Operation* between = add(function, x, x, second);
  EXPECT_EQ(first->next(), between);
  EXPECT_EQ(second->prev(), between);
  EXPECT_EQ(second->result()->type(), f32({2}));
  EXPECT_EQ(x->uses().size(), 5u);
  function.body().set_results({second->result(), x});
  EXPECT_EQ(x->uses().size(), 6u);
  verify(function);
}

TEST(Function, CreateThatFailsAppendsNothing) {
  Function function("f");
  Value* x = function.body().add_argument(f32({2}));
  Value* y = function.body().add_argument(f32({3}));
  EXPECT_THROW(add(function, x, y), Error);
  EXPECT_EQ(function.body().first(), nullptr);
  EXPECT_TRUE(x->uses().empty());
}

TEST(Function, ReplaceEraseAndMoveKeepUseLists) {
  Function function("f");
  Value* x = function.body().add_argument(f32({2}));
  Operation* a = add(function, x, x);
  Operation* b = add(function, x, x);
  Operation* c = add(function, a->result(), b->result());
  function.body().set_results({c->result(), a->result()});
  EXPECT_THROW(function.erase(*a), Error);
  function.replace_uses(a->result(), b->result());
  EXPECT_TRUE(a->result()->uses().empty());
  EXPECT_EQ(c->operand(0), b->result());
  EXPECT_EQ(function.body().results()[1], b->result());
  function.move_to_end(*a, function.body());
  EXPECT_EQ(function.body().first(), b);
  function.erase(*a);
  EXPECT_TRUE(a->erased());
  EXPECT_EQ(x->uses().size(), 2u);
  verify(function);
}

TEST(Function, EraseTakesRegionsAlong) {
  Module module = parse_module(R"(func @f(%p: bool[], %x: f32[]) -> (f32[]) {
  %y = if(%p) : f32[] {
    then {
      %a = t_add(%x, %x) : f32[]
      yield %a
    }
    else {
      yield %x
    }
  }
  return %x
})");
  Function& f = *module.find("f");
  f.erase(*f.body().first());
  EXPECT_EQ(f.body().argument(1)->uses().size(), 1u);
  verify(f);
  EXPECT_EQ(print(f), "func @f(%p: bool[], %x: f32[]) -> (f32[]) {\n  return %x\n}\n");
}

TEST(Function, CloneIsDeepAndMaps) {
  std::string text = R"(func @f(%x: f32[8]@row_major, %xs: f32[n,8]) -> (f32[8]) {
  %h = scan(%c = %x, %s = %xs) {carries = 1} : f32[8] loc("a.py":1, "") {
    body {
      %0 = t_add(%c, %s) : f32[8] impl("fast")
      yield %0
    }
  }
  return %h
}
)";
  Module module = parse_module(text);
  Function& f = *module.find("f");
  std::vector<Value*> mapping;
  std::unique_ptr<Function> copy = f.clone(&mapping);
  EXPECT_EQ(print(*copy), text);
  EXPECT_EQ(mapping[f.body().argument(1)->id()], copy->body().argument(1));
  verify(*copy);
}

TEST(Function, WalkVisitsRegionsInOrderAndMayErase) {
  Module module = parse_module(R"(func @f(%p: bool[], %x: f32[]) -> () {
  %a = t_add(%x, %x) : f32[]
  if(%p) : () {
    then {
      %b = t_second.v2(%x) : f32[]
      yield
    }
    else {
      %c = t_floating(%x) : f32[]
      yield
    }
  }
  %d = t_less(%x, %x) : bool[]
  return
})");
  Function& f = *module.find("f");
  std::string seen;
  walk(f.body(), [&](Operation& op) {
    seen += op.def().name + " ";
    if (op.num_regions() == 0) f.erase(op);
  });
  EXPECT_EQ(seen, "t_add if t_second t_floating t_less ");
  verify(f);
}

TEST(Function, NestingIsBounded) {
  Function function("f");
  Value* p = function.body().add_argument(Type::tensor(DType::kBool, {}));
  Region* region = &function.body();
  Types none;
  auto nest = [&] {
    Operation* op = function.create(*region, op_named("if"), {&p, 1}, {}, {}, nullptr, &none);
    region = &function.add_region(*op, "then");
  };
  for (int i = 0; i < 64; ++i) nest();
  EXPECT_THROW(nest(), Error);
}

TEST(Verify, NamesWhatIsWrong) {
  Function function("f");
  Value* x = function.body().add_argument(f32({2}));
  Operation* a = add(function, x, x);
  Operation* b = add(function, a->result(), x);
  function.move_to_end(*a, function.body());
  try {
    verify(function);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInternal);
    EXPECT_STREQ(error.what(),
                 "internal error, please report it: in the function f, t_add (operation 1): uses "
                 "as operand 0 a value that is not defined there");
  }
  function.move_to_end(*b, function.body());
  verify(function);
  Types other{f32({3})};
  Value* operands[] = {x, x};
  function.create(function.body(), op_named("t_add"), operands, {}, {}, nullptr, &other);
  EXPECT_THROW(verify(function), Error);
}

// Must be linear and not recurse: the stack of a test could not hold 100,000 frames, and a
// quadratic step would take minutes.
TEST(Function, AChainOf100000OperationsIsCreatedPrintedParsedVerifiedClonedAndErased) {
  constexpr int kLength = 100000;
  Function function("chain");
  Value* x = function.body().add_argument(f32({4}), "x");
  Value* y = x;
  for (int i = 0; i < kLength; ++i) y = add(function, y, x)->result();
  function.body().set_results({y});
  verify(function);
  std::string text = print(function);
  Module module = parse_module(text);
  Function& read = *module.find("chain");
  EXPECT_EQ(read.num_operations(), static_cast<uint32_t>(kLength));
  std::unique_ptr<Function> copy = read.clone();
  EXPECT_EQ(print(*copy), text);
  // One value with 100,000 uses: each leaves in constant time, from either end.
  copy->body().set_results({});
  Operation* op = copy->body().last();
  while (op) {
    Operation* before = op->prev();
    copy->erase(*op);
    op = before;
  }
  EXPECT_TRUE(copy->body().argument(0)->uses().empty());
  for (op = function.body().first(); op; op = op->next()) op->set_operand(1, op->operand(0));
  EXPECT_EQ(x->uses().size(), 2u);
  verify(function);
}

}  // namespace
}  // namespace mycel::ir
