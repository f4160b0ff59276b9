#include "mycel/core/number_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <optional>

#include "mycel/core/dtype.h"

namespace mycel {
namespace {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 2, uint16_t,
                                  std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>;

// The bits of the number that is read.
template <class T>
std::optional<uint64_t> read(std::string_view text) {
  T value{};
  if (!read_number(text, value)) return std::nullopt;
  return std::bit_cast<BitsOf<T>>(value);
}

std::string repeated(char c, size_t count) { return std::string(count, c); }

template <class T>
void expect_no_float(std::string_view text) {
  EXPECT_EQ(read<T>(text), std::nullopt) << text.substr(0, 40);
}

TEST(NumberText, OnlyTheGrammarOfFloatsIsRead) {
  for (const char* good : {"1", "-1", "0", "-0.5", "1e5", "1E+05", "0.25e-3", "inf", "-inf"}) {
    EXPECT_TRUE(read<float>(good)) << good;
    EXPECT_TRUE(read<double>(good)) << good;
    EXPECT_TRUE(read<BFloat16>(good)) << good;
  }
  for (const char* bad :
       {"",   "-",   "--1", "+1",   "007",  "-01", "00",       "1.",        "1.e5",     ".5",
        "1e", "1e+", "e5",  "1e5x", "0x10", "INF", "infinity", "-infinity", "-nan",     "NaN",
        "1 ", " 1",  "1_0", "1f",   "in",   "na",  "nan(",     "nan()",     "-nan(0x1)"}) {
    expect_no_float<Float16>(bad);
    expect_no_float<BFloat16>(bad);
    expect_no_float<float>(bad);
    expect_no_float<double>(bad);
  }
}

TEST(NumberText, OnlyDecimalDigitsAreIntegers) {
  EXPECT_EQ(read<int64_t>("-9223372036854775808"), uint64_t{1} << 63);
  EXPECT_EQ(read<uint64_t>("18446744073709551615"), ~uint64_t{0});
  EXPECT_EQ(read<int64_t>("0"), 0U);
  for (const char* bad : {"", "-", "007", "-01", "1.0", "1e5", "0x10", "9223372036854775808"}) {
    EXPECT_EQ(read<int64_t>(bad), std::nullopt) << bad;
  }
}

TEST(NumberText, BitsOfNanAreThoseOfANan) {
  EXPECT_EQ(read<Float16>("nan(0x7e01)"), 0x7e01U);
  EXPECT_EQ(read<Float16>("nan(0x7c01)"), 0x7c01U);
  EXPECT_EQ(read<BFloat16>("nan(0xff81)"), 0xff81U);
  EXPECT_EQ(read<float>("nan(0x7f800001)"), 0x7f800001U);
  EXPECT_EQ(read<double>("nan(0x7ff8000000000001)"), 0x7ff8000000000001U);
  for (const char* bad : {"nan(0x0)", "nan(0x3c00)", "nan(0x7c00)", "nan(0x17e01)", "nan(0xzz)",
                          "nan(0x)", "nan(7)", "nan(0x-1)", "nan(0x7e01", "nan(0x7e01))", "nan1"}) {
    expect_no_float<Float16>(bad);
  }
  for (const char* bad : {"nan(0x7f80)", "nan(0x17f81)"}) expect_no_float<BFloat16>(bad);
  for (const char* bad : {"nan(0x3f800000)", "nan(0x7f800000)", "nan(0x17fc00001)", "nan(0xzz)"}) {
    expect_no_float<float>(bad);
  }
  for (const char* bad : {"nan(0x7ff0000000000000)", "nan(0x17ff8000000000001)", "nan(0xzz)"}) {
    expect_no_float<double>(bad);
  }
}

TEST(NumberText, SmallNumbersAreRounded) {
  EXPECT_EQ(read<Float16>("4e-8"), 1U);  // the least subnormal number is 2^-24
  EXPECT_EQ(read<Float16>("-2e-8"), 0x8000U);
  EXPECT_EQ(read<Float16>("1e-300"), 0U);
  EXPECT_EQ(read<Float16>("1e-400"), 0U);
  EXPECT_EQ(read<BFloat16>("6e-41"), 1U);  // 2^-133
  EXPECT_EQ(read<BFloat16>("1e-42"), 0U);
  EXPECT_EQ(read<BFloat16>("-1e-300"), 0x8000U);
  EXPECT_EQ(read<float>("1e-45"), 1U);  // 2^-149
  EXPECT_EQ(read<float>("1e-46"), 0U);
  EXPECT_EQ(read<float>("-1e-400"), 0x80000000U);
  EXPECT_EQ(read<double>("5e-324"), 1U);
  EXPECT_EQ(read<double>("-1e-324"), uint64_t{1} << 63);
  EXPECT_EQ(read<double>("1e-99999999999999999999"), 0U);
  EXPECT_EQ(read<double>("0." + repeated('0', 400) + "1"), 0U);
  EXPECT_EQ(read<double>("1" + repeated('0', 400) + "e-800"), 0U);
  EXPECT_EQ(read<double>("0e400"), 0U);
  EXPECT_EQ(read<double>("0.0e-99999999999999999999"), 0U);
}

TEST(NumberText, LargeNumbersAreRefused) {
  EXPECT_EQ(read<Float16>("65519"), 0x7bffU);
  EXPECT_EQ(read<BFloat16>("3.395e38"), 0x7f7fU);
  EXPECT_EQ(read<float>("3.4028235e38"), 0x7f7fffffU);
  EXPECT_EQ(read<Float16>("inf"), 0x7c00U);
  EXPECT_EQ(read<BFloat16>("-inf"), 0xff80U);
  for (const char* large : {"65520", "-65520", "1e300", "1e400"}) expect_no_float<Float16>(large);
  for (const char* large : {"3.4e38", "1e300", "-1e400"}) expect_no_float<BFloat16>(large);
  for (const char* large : {"3.5e38", "1e300", "-1e400"}) expect_no_float<float>(large);
  for (const char* large : {"1e309", "-1e400", "1e99999999999999999999"}) {
    expect_no_float<double>(large);
  }
  expect_no_float<double>("1" + repeated('0', 400));
  expect_no_float<double>("0." + repeated('0', 400) + "1e800");
}

// 2^-11 more than 1 is halfway between two numbers of float16: a float32 between would be exactly
// that.
TEST(NumberText, HalvesAreRoundedOnce) {
  EXPECT_EQ(read<Float16>("1.00048828125"), 0x3c00U);
  EXPECT_EQ(read<Float16>("1.00048828125001"), 0x3c01U);
  EXPECT_EQ(read<BFloat16>("1.00390625"), 0x3f80U);
  EXPECT_EQ(read<BFloat16>("1.00390625000001"), 0x3f81U);
}

}  // namespace
}  // namespace mycel
