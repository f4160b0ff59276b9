#include "mycel/ir/text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "mycel/ir/control_flow.h"
#include "tests/cpp/ir/test_ops.h"

namespace mycel::ir {
namespace {

void expect_round_trip(const std::string& text) {
  Module module = parse_module(text, "test.mir");
  EXPECT_EQ(print(module), text);
}

std::string error_of(const std::string& text) {
  try {
    parse_module(text, "test.mir");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kValue);
    return error.what();
  }
  return "no error";
}

std::string in_function(const std::string& line) {
  return "func @f(%x: f32[2], %n: f32[n], %p: bool[]) -> () {\n  " + line + "\n  return\n}\n";
}

TEST(Text, FunctionRoundTrips) {
  expect_round_trip(R"(func @step(%x: f32[n,784], %y: i64[]) -> (f32[n,784], i64[n,784]) {
  %0 = t_add(%x, %x) : f32[n,784] loc("mlp.py":12, "Net.fc")
  %1, %index = t_split(%0) : (f32[n,784], i64[n,784]) loc("mlp.py":13, "")
  t_join(%1, %y) : ()
  %2 = t_second.v2(%1) : f32[n,784] impl("onednn")
  return %2, %index
}
)");
}

TEST(Text, SymbolicDimsLayoutsAndTokensRoundTrip) {
  expect_round_trip(
      R"(func @f(%x: f32[floordiv(n + 1, 2),2*n,3]@row_major, %t: token, %i: bf16[1,2,3,4]@channels_last) -> (token) {
  %0 = t_add(%i, %i) : bf16[1,2,3,4]@channels_last
  return %t
}
)");
}

TEST(Text, AttributesOfEveryKindRoundTrip) {
  expect_round_trip(R"(func @f(%x: f32[2]) -> (f32[2]) {
  %0 = t_every(%x, none) : f32[2]
  %1 = t_every(%x, %x) {flag = true, number = -3, real = 1e-05, text = "a\"\\\n\x01", colour = "green", dtype = u8, ints = [], dims = [n, 4], scalar = 2.0, padding = [1, 1], maybe = 0} : f32[2]
  %2 = t_every(%x) {real = nan, scalar = true, padding = "valid"} : f32[2]
  %3 = t_every(%x) {real = -inf, scalar = nan(0x7ff8000000000001)} : f32[2]
  %4 = t_every(%x) {real = -0.0, dims = [8, 9]} : f32[2]
  return %4
}
)");
}

TEST(Text, SmallConstantsAreInlineInEveryDtype) {
  expect_round_trip(R"(func @f() -> () {
  %0 = t_constant() : f32[]
  %1 = t_constant() {value = f32[2,2]{1.0, -0.0, nan, nan(0x7fc00001)}} : f32[2,2]
  %2 = t_constant() {value = f16[2]{0.25, nan(0x7e01)}} : f16[2]
  %3 = t_constant() {value = bf16[1]{inf}} : bf16[1]
  %4 = t_constant() {value = u64[1]{18446744073709551615}} : u64[1]
  %5 = t_constant() {value = i8[0,3]{}} : i8[0,3]
  %6 = t_constant() {value = bool[2]{true, false}} : bool[2]
  %7 = t_constant() {value = f64[1]{0.1}} : f64[1]
  return
}
)");
}

TEST(Text, LargeConstantsAreBlocksAtTheEnd) {
  NDArray array = NDArray::empty(DType::kFloat32, {5, 7});
  for (int i = 0; i < 35; ++i) array.mutable_data<float>()[i] = std::sin(static_cast<float>(i));
  const OpDef& def = op_named("t_constant");
  Function function("f");
  Attributes attributes = Attributes::defaults(def.attributes);
  attributes = attributes.with("value", array);
  function.create(function.body(), def, {}, attributes);
  function.create(function.body(), def, {}, attributes);
  std::string text = print(function);
  EXPECT_NE(text.find("{value = @c0}"), text.npos);
  EXPECT_EQ(text.find("@c1"), text.npos);  // written once
  Module module = parse_module(text);
  EXPECT_EQ(print(module), text);
  Attribute read = module.find("f")->body().last()->attributes().get("value");
  EXPECT_TRUE(equal(read, array));
}

TEST(Text, RegionsRoundTrip) {
  expect_round_trip(R"(func @f(%c: bool[], %x0: f32[8], %xs: f32[n,8]) -> (f32[8]) {
  %y = if(%c) : f32[8] {
    then {
      %0 = t_add(%x0, %x0) : f32[8]
      yield %0
    }
    else {
      yield %x0
    }
  }
  %last, %1 = while(%a = %y, %b = %x0) : (f32[8], f32[8]) loc("a.py":3, "Net") {
    cond {
      yield %c
    }
    body {
      %2 = t_add(%a, %y) : f32[8]
      yield %2, %b
    }
  }
  %h, %ys = scan(%carry = %last, %x = %xs) {carries = 1, reverse = true} : (f32[8], f32[n,8]) {
    body {
      %3 = t_add(%carry, %x) : f32[8]
      yield %3, %3
    }
  }
  %4 = fusion(%5 = %h) : f32[8] {
    body {
      %6 = t_add(%5, %5) : f32[8]
      yield %6
    }
  }
  %7 = call(%4) {callee = "g"} : f32[8]
  return %7
}

func @g(%x: f32[8]) -> (f32[8]) {
  return %x
}
)");
}

TEST(Text, NamesAreMadeUniqueAndPrintable) {
  Function function("<lambda>");
  for (const char* name : {"x", "x", "x_1", "0.weight", ""}) {
    function.body().add_argument(f32({}), name);
  }
  std::string text = print(function);
  EXPECT_EQ(text,
            "func @\"<lambda>\"(%x: f32[], %x_1: f32[], %x_1_1: f32[], %_0.weight: f32[], "
            "%0: f32[]) -> () {\n  return\n}\n");
  EXPECT_EQ(print(parse_module(text)), text);
}

TEST(Text, CommentsAndBlanksDoNotCount) {
  Module module = parse_module("// a comment\nfunc @f ( %x : f32[2] ) -> ( ) { // here\n return }");
  EXPECT_EQ(print(module), "func @f(%x: f32[2]) -> () {\n  return\n}\n");
}

TEST(Text, MistakesNameLineAndColumn) {
  EXPECT_EQ(error_of("func f"), "test.mir:1:6: expects \"@\", got \"f\"");
  EXPECT_EQ(error_of(in_function("%0 = nothing(%x) : f32[2]")),
            "test.mir:2:8: there is no operation \"nothing\"");
  EXPECT_EQ(error_of(in_function("%0 = t_add(%x, %z) : f32[2]")),
            "test.mir:2:18: %z is not defined here");
  EXPECT_EQ(error_of(in_function("%0 = t_add(%x, %n) : f32[2]")),
            "test.mir:2:8: [t_add] expects two tensors of one type, got f32[2] and f32[n]");
  EXPECT_EQ(error_of(in_function("%0 = t_add(%x, %x) : f32[3]")),
            "test.mir:2:8: expects result 0 to be f32[2], got f32[3]");
  EXPECT_EQ(error_of(in_function("%0 = t_add(%x) : f32[2]")),
            "test.mir:2:8: [t_add] expects 2 operands, got 1");
  EXPECT_EQ(error_of(in_function("%0 = t_floating(%p) : bool[]")),
            "test.mir:2:8: [t_floating] expects a floating-point dtype for x, got bool[]");
  EXPECT_EQ(error_of(in_function("%0 = t_every(%x) {size = 3} : f32[2]")),
            "test.mir:2:21: t_every has no attribute \"size\"");
  EXPECT_EQ(error_of(in_function("%0 = t_every(%x) {number = \"a\"} : f32[2]")),
            "test.mir:2:21: attribute number does not take \"a\"");
  EXPECT_EQ(error_of(in_function("%x = t_add(%x, %x) : f32[2]")),
            "test.mir:2:3: %x is defined twice");
  EXPECT_EQ(error_of(in_function("%0, %1 = t_add(%x, %x) : f32[2]")),
            "test.mir:2:12: 2 values are named but 1 types are given");
  EXPECT_EQ(error_of(in_function("%0 = t_second(%x) : f32[2]")),
            "test.mir:2:8: this Mycel has version 2 of t_second, got \"t_second\"");
  EXPECT_EQ(error_of(in_function("%0 = t_constant() {value = @c} : f32[2]")),
            "test.mir:2:30: there is no const @c");
  EXPECT_EQ(error_of(in_function("%0 = t_constant() {value = f32[3]{1.0}} : f32[3]")),
            "test.mir:2:30: expects 3 elements, got 1");
  EXPECT_EQ(error_of(in_function("%0 = call(%x) {callee = \"g\"} : f32[2]")),
            "test.mir:2:8: expects callee to name a function, got \"g\"");
  EXPECT_EQ(error_of(in_function("%0 = call(%x, %n, %p) {callee = \"f\"} : f32[2]")),
            "test.mir:2:8: expects results of types (), got (f32[2])");
  EXPECT_EQ(error_of(in_function("call(%x, %n, %p) {callee = \"f\"} : ()")),
            "test.mir:2:3: calls a function that calls this one");
}

TEST(Text, MistakesOfNumbers) {
  auto error_of_real = [](const std::string& text) {
    return error_of(in_function("%0 = t_every(%x) {real = " + text + "} : f32[2]"));
  };
  for (const char* bits :
       {"0xzz", "0x3ff0000000000000", "0x7ff0000000000000", "0x17ff8000000000001", "7", ""}) {
    EXPECT_EQ(error_of_real(fmt::format("nan({})", bits)),
              "test.mir:2:28: expects the bits of a NaN");
  }
  for (const char* bad : {"-nan", "-infinity", "infinity", "007", "1.", "1.e5", "1e309"}) {
    EXPECT_EQ(error_of_real(bad), fmt::format("test.mir:2:28: expects a number, got \"{}\"", bad));
  }
  EXPECT_EQ(error_of_real(std::string(100000, '7').append("x")),
            fmt::format("test.mir:2:28: expects a number, got \"{}...\"", std::string(40, '7')));
  for (const char* bad : {"nan(0xzz)", "nan(0x3c00)", "nan(0x17e01)", "nan(7)", "1e6", "-nan"}) {
    EXPECT_EQ(error_of(in_function(
                  fmt::format("%0 = t_constant() {{value = f16[1]{{{}}}}} : f16[1]", bad))),
              fmt::format("test.mir:2:30: expects float16, got \"{}\"", bad));
  }
}

TEST(Text, WrongRegionsAreNamed) {
  EXPECT_EQ(error_of(in_function("%0 = if(%p) : f32[2] { then { yield %x } else { yield %n } }")),
            "test.mir:2:8: expects else to yield values of types (f32[2]), got (f32[n])");
  EXPECT_EQ(error_of(in_function("%0 = if(%x) : f32[2] { then { yield %x } else { yield %x } }")),
            "test.mir:2:8: expects a predicate of types (bool[]), got (f32[2])");
  EXPECT_EQ(
      error_of(in_function("%0 = while(%a = %x) : f32[2] { cond { yield %a } body {yield %a} }")),
      "test.mir:2:8: expects cond to yield values of types (bool[]), got (f32[2])");
  EXPECT_EQ(error_of(in_function("%0 = while(%x) : f32[2] { cond { yield %p } body {yield %x} }")),
            "test.mir:2:8: expects 1 of its operands to be bound as %name = %value, got 0");
  EXPECT_EQ(
      error_of(in_function("%0 = scan(%a = %x) {carries = 1} : f32[2] { body { yield %a } }")),
      "test.mir:2:8: expects an operand to slice, or the attribute length");
  EXPECT_EQ(error_of(in_function("%0 = fusion(%a = %x) : f32[2] { body { yield %x } }")),
            "test.mir:2:8: yields a value that is not defined there");
}

TEST(Text, HostileInputEndsInAnError) {
  std::string nested = "func @f(%p: bool[]) -> () {\n";
  for (int i = 0; i < 5000; ++i) nested += "if(%p) : () { then {";
  EXPECT_NE(error_of(nested).find("nested more than"), std::string::npos);
  for (const char* bad :
       {"func @f(%x: f32[9223372036854775807]) -> () { return }", "func @f(%x: f32[-1]) -> () {",
        "func @f(%x: f32[((((((]) -> () {", "func @f(", "func @\"a", "const @a : f32[2] = \"\"",
        "\nconst @a : f32[4000000000000000000] = \"AAAA\"", "\nconst @a : bool[1] = \"/w==\"",
        "\nconst @a : f32[1] = \"!!!!!!==\"", "\nconst @a : f32[n] = \"AAAA\"", "\xff\xfe",
        "func @f() -> () { return } func @f() -> () { return }"}) {
    EXPECT_NE(error_of(bad), "no error") << bad;
  }
}

TEST(Text, EveryPrefixOfAProgramIsAnErrorNotACrash) {
  std::string text = R"(func @f(%c: bool[], %x: f32[8], %xs: f32[n,8]) -> (f32[8]) {
  %h, %ys = scan(%a = %x, %b = %xs) {carries = 1} : (f32[8], f32[n,8]) loc("a.py":3, "N") {
    body {
      %3 = t_every(%a, %b) {real = 0.25, ints = [1, 2], text = "a\x01"} : f32[8]
      yield %3, %3
    }
  }
  return %h
}
const @c : f32[1] = "AACAPw=="
)";
  parse_module(text);
  size_t function_end = text.find("const");
  for (size_t i = 1; i < function_end - 2; ++i) {
    EXPECT_NE(error_of(text.substr(0, i)), "no error") << i;
  }
}

}  // namespace
}  // namespace mycel::ir
