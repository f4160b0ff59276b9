// The errors of the parser of formulas.
#include "mycel/te/parser.h"

#include <gtest/gtest.h>

namespace mycel::te {
namespace {

std::string error_of(const std::string& text) {
  try {
    parse_computation(text, "f.txt");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kValue);
    return error.what();
  }
  return "no error";
}

TEST(FormulaParser, MistakesNameLineAndColumn) {
  EXPECT_EQ(error_of("() -> f32[] = " + std::string(100000, '(')),
            "f.txt:1:100015: expects a value, got the end of the text");
  const std::pair<const char*, const char*> mistakes[] = {
      {"", "1:1: expects \"(\", got the end of the text"},
      {"(a: f33[])", "1:5: expects a dtype such as f32, got \"f33\""},
      {"(a: f32[n, )", "1:12: expects a size such as 3, n or floordiv(n + 1, 2), got \"\""},
      {"(a: f32[-1])", "1:9: expects a size of at least 0, got -1"},
      {"(a: f32[], a: f32[])", "1:12: expects a new name, got \"a\""},
      {"() ->",
       "1:6: expects a result such as f32[i < n] = a[i], or t0 = a[i], got the end of the text"},
      {"() -> f32[] = 1.0;",
       "1:19: expects a result such as f32[i < n] = a[i], or t0 = a[i], got the end of the text"},
      {"() -> f32[] = 1.0\n  f32[] = 2.0",
       "2:3: expects an operator, \";\" or the end of the text, got \"f32\""},
      {"() -> f32[] = 1", "1:15: expects a value of float32, got int64"},
      {"() -> t0 = 1",
       "1:13: expects \";\" and a result such as f32[i < n] = a[i], got the end of the text"},
      {"() -> i64[i < n // rows\n  + ]",
       "1:15: expects a size such as 3, n or floordiv(n + 1, 2), got \"n +\""},
      {"() -> i64[] = 1 +", "1:18: expects a value, got the end of the text"},
      {"() -> i64[] = 1 + (2 * 3", "1:25: expects an operator or \")\", got the end of the text"},
      {"() -> i64[] = \xc3\xa4", "1:15: expects a value, got \"\xc3\xa4\""},
      {"() -> i64[] = 1 \x01",
       "1:17: expects an operator, \";\" or the end of the text, got \"\\x01\""},
      {"() -> i64[] = power(1, 2)", "1:15: expects a function, got \"power\""},
      {"() -> i64[] = a[0]", "1:15: expects an input, got \"a\""},
      {"(a: i64[3]) -> i64[] = a", "1:24: expects an element such as a[i], got \"a\""},
      {"(a: i64[3]) -> i64[] = a[0, 1]", "1:24: expects an index for each of 1 dims, got 2"},
      {"(a: i64[3]) -> i64[] = a[1 2]",
       "1:28: expects an operator, \",\", \"if\" or \"]\", got \"2\""},
  };
  for (auto [text, error] : mistakes) EXPECT_EQ(error_of(text), fmt::format("f.txt:{}", error));
}

TEST(FormulaParser, MistakesOfDtypes) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"() -> i8[] = 300:i8", "1:14: expects a number of int8, got \"300\""},
      {"() -> i64[] = 1.5:i64", "1:15: expects a number of int64, got \"1.5\""},
      {"() -> f16[] = 1e6:f16", "1:15: expects a number of float16, got \"1e6\""},
      {"() -> i64[i < 3] = -i", "1:20: expects a number after \"-\"; write neg(x) for -x"},
      {"() -> i64[] = 007", "1:15: expects a number of int64, got \"007\""},
      {"() -> f32[] = 1.", "1:15: expects a number of float32, got \"1.\""},
      {"() -> f32[] = 1.e5", "1:15: expects a number of float32, got \"1.e5\""},
      {"() -> f32[] = -infinity", "1:15: expects a number after \"-\"; write neg(x) for -x"},
      {"() -> f32[] = -nan", "1:15: expects a number after \"-\"; write neg(x) for -x"},
      {"() -> f32[] = nan(0xzz)", "1:15: expects a number of float32, got \"nan(0xzz)\""},
      {"() -> f32[] = nan(0x1ffffffff)",
       "1:15: expects a number of float32, got \"nan(0x1ffffffff)\""},
      {"() -> f16[] = nan(0x3c00):f16", "1:15: expects a number of float16, got \"nan(0x3c00)\""},
      {"() -> f32[] = 1e39", "1:15: expects a number of float32, got \"1e39\""},
      {"() -> bf16[] = 1e39:bf16", "1:16: expects a number of bfloat16, got \"1e39\""},
      {"() -> f64[] = -1e309:f64", "1:15: expects a number of float64, got \"-1e309\""},
      {"() -> i64[] =\n  exp(2)", "2:3: exp does not take int64"},
      {"() -> i64[] = max(1)", "1:15: max expects 2 operands, got 1"},
      {"() -> i64[] = 1 + 1.0", "1:17: add expects operands of one dtype, got int64 and float32"},
      {"() -> u32[] = bits_as_u32(1)",
       "1:15: bitcast expects a float and an unsigned integer of one width, got int64 and uint32"},
      {"(a: i64[3]) -> i64[] = a[1.0]", "1:24: expects an index of int64, got float32"},
      {"(a: i64[3]) -> i64[] = a[1 if 2]", "1:24: expects a predicate of bool, got int64"},
      {"() -> i64[] = and(i < 3){i}",
       "1:15: a reduction by a logical function does not take int64"},
  };
  for (auto [text, error] : mistakes) EXPECT_EQ(error_of(text), fmt::format("f.txt:{}", error));
}

TEST(FormulaParser, MistakesOfNames) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"(a: i64[3]) -> i64[i < 3] =\n  a[j]",
       "2:5: expects an axis that is bound, or the name of a subexpression above, got \"j\""},
      {"() -> t0 = x + data(y); i64[] = 2",
       "1:12: expects an axis that is bound, or the name of a subexpression above, got \"x\""},
      {"() -> t0 = t0 + 1; i64[] = t0", "1:12: \"t0\" is defined further on"},
      {"() -> i64[] = t0; t0 = 1", "1:15: \"t0\" is defined further on"},
      {"() -> t0 = 1; t0 = 1; i64[] = t0", "1:15: expects a new name, got \"t0\""},
      {"() -> i64[nan < 3] = 1", "1:11: expects the name of an axis, got \"nan\""},
      {"() -> i64[i < 3, i < 3] = i", "1:18: expects another axis, got \"i\" twice"},
      {"() -> i64[i < 3] = i; i64[i < 4] = i", "1:27: expects i < 3, as before, got 4"},
      {"() -> i64[i < 3] = i + sum(i < 3){i}",
       "1:28: \"i\" is bound both in a value and around it"},
      {"() -> i64[] = sum(i < 3){sum(i < 3){i}}",
       "1:30: \"i\" is bound inside a reduction over it"},
      {"() -> i64[] = sum(i < 3){i} + i", "1:19: \"i\" is also used where it is not bound"},
  };
  for (auto [text, error] : mistakes) EXPECT_EQ(error_of(text), fmt::format("f.txt:{}", error));
}

TEST(FormulaParser, LongWordsAreCut) {
  const std::string digits(100000, '7'), word(100000, 'x'),
      cut = std::string(40, 'x').append("...");
  EXPECT_EQ(
      error_of("() -> i64[] = " + digits),
      fmt::format("f.txt:1:15: expects a number of int64, got \"{}...\"", digits.substr(0, 40)));
  EXPECT_EQ(error_of(fmt::format("() -> i64[i < {}+] = 1", digits.substr(0, 4000))),
            fmt::format("f.txt:1:15: expects a size such as 3, n or floordiv(n + 1, 2), "
                        "got \"{}...\"",
                        digits.substr(0, 40)));
  for (const char* text :
       {"() -> i64[] = {0}", "() -> i64[] = {0}(1)", "() -> i64[] = {0}[1]",
        "({0}: f32[]) -> f32[] = {0}", "({0}: f32[], {0}: f32[]) -> ()",
        "() -> i64[{0} < 2, {0} < 2] = 1", "() -> i64[{0} < 2] = 1; i64[{0} < 3] = 1",
        "() -> i64[] = sum({0} <= 2, x < 3){{1}}", "() -> i64[] = {0} + sum({0} < 2){{1}}",
        "() -> {0} = {0}; i64[] = 1", "() -> {0}[] = 1"}) {
    std::string error = error_of(fmt::format(fmt::runtime(text), word));
    EXPECT_NE(error.find(cut), error.npos) << error.substr(0, 300);
    EXPECT_LT(error.size(), 300U);
  }
}

// The memory of the scope analysis is bounded.
TEST(FormulaParser, TooManyOperationsOverManyAxesAreRefused) {
  std::string text = "() -> i64[i0 < 2";
  for (int i = 1; i < 4000; ++i) text += fmt::format(", i{} < 2", i);
  text += "] = 1";
  parse_computation(text);
  for (int i = 0; i < 50000; ++i) text += " + 1";
  std::string error = error_of(text);
  EXPECT_NE(error.find("expects at most 67108 operations over 4000 axes, got 100001"), error.npos)
      << error.substr(0, 300);
}

TEST(FormulaParser, MistakesOfReductions) {
  const std::pair<const char*, const char*> mistakes[] = {
      {"() -> i64[] = sum(i){i}", "1:20: expects \"<\", got \")\""},
      {"() -> i64[] = sum(i < 3, i < 3){i}", "1:26: expects another axis, got \"i\" twice"},
      {"() -> i64[] = sum(i < 3)(i)", "1:25: expects \"{\", got \"(\""},
      {"() -> i64[] = sum(i <= 3){i}", "1:25: expects \",\", got \")\""},
      {"() -> i64[] = sum(i <= 3, j < 3){i}", "1:27: expects \"i < ...\", got \"j\""},
      {"() -> i64[] = argmax(i <= 3, i < 3){i}",
       "1:15: argmax and argmin expect a value and an index, and no scan"},
      {"() -> i64[] = argmax(i < 3){i}.index", "1:15: expects a value and an index"},
      {"() -> i64[] = argmax(i < 3){i, i}",
       "1:34: expects \".value\" or \".index\", got the end of the text"},
  };
  for (auto [text, error] : mistakes) EXPECT_EQ(error_of(text), fmt::format("f.txt:{}", error));
}

}  // namespace
}  // namespace mycel::te
