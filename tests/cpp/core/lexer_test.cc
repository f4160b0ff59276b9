#include "mycel/core/lexer.h"

#include <gtest/gtest.h>

namespace mycel {
namespace {

TEST(Lexer, NumbersEndWhereTheyMust) {
  const std::pair<const char*, const char*> cases[] = {
      {"-1+2", "-1"},
      {"1e-05+2", "1e-05"},
      {"1e+300:f64", "1e+300"},
      {"-inf-1", "-inf"},
      {"nan(0x7fc00001)+1", "nan(0x7fc00001)"},
      {"nan(0x1\n)", "nan(0x1"},
      {"nan", "nan"},
      {"-nan", "-"},
      {"-infinity", "-"},
      {"-x", "-"},
      {"-", "-"},
  };
  for (auto [text, number] : cases) EXPECT_EQ(Lexer(text, "").number(), number);
}

TEST(Lexer, ElementsSkipBlanksAndComments) {
  const std::pair<const char*, const char*> cases[] = {
      {"  n  ]", "n"},
      {"n\t\r\n+\n\n1 ]", "n + 1"},
      {"n // rows, as in (a]\n ]", "n"},
      {"floordiv(n, // by\n 2), m]", "floordiv(n, 2)"},
      {"3 n]", "3 n"},
      {"n)", "n"},
      {"n", "n"},
      {"", ""},
  };
  for (auto [text, element] : cases) EXPECT_EQ(Lexer(text, "").element(']'), element);
}

TEST(Lexer, LongTextsAreCutInErrors) {
  EXPECT_EQ(shortened(std::string(40, 'x')), std::string(40, 'x'));
  EXPECT_EQ(shortened(std::string(41, 'x')), std::string(40, 'x').append("..."));
  std::string umlauts = "x";
  for (int i = 0; i < 30; ++i) umlauts += "\xc3\xa4";
  EXPECT_EQ(shortened(umlauts), umlauts.substr(0, 39).append("..."));
}

}  // namespace
}  // namespace mycel
