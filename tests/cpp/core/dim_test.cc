#include "mycel/core/dim.h"

#include <gtest/gtest.h>

#include "mycel/base/error.h"

namespace mycel {
namespace {

const Dim n = Dim::symbol("n"), m = Dim::symbol("m");

std::string text(Dim dim) { return dim.to_string(); }

TEST(Dim, ConstantsComputeExactly) {
  EXPECT_EQ(Dim(3) + Dim(4) * Dim(5) - Dim(1), Dim(22));
  EXPECT_EQ(floordiv(-7, 2), Dim(-4));
  EXPECT_EQ(ceildiv(7, 2), Dim(4));
  EXPECT_EQ(mod(-7, 3), Dim(2));
  EXPECT_EQ(mod(7, -3), Dim(-2));
  EXPECT_EQ(max(Dim(3), Dim(5)), Dim(5));
  EXPECT_EQ(min(Dim(3), Dim(5)), Dim(3));
}

TEST(Dim, OverflowAndDivisionByZeroRaise) {
  Dim big = int64_t{1} << 61;
  EXPECT_EQ((big + big).value(), Dim::kMax);
  EXPECT_THROW(big * Dim(4), Error);
  EXPECT_THROW(big + big + Dim(1), Error);
  EXPECT_THROW(Dim(INT64_MIN), Error);
  EXPECT_THROW(n * big * Dim(4), Error);
  EXPECT_THROW(floordiv(n, 0), Error);
  EXPECT_THROW(mod(3, 0), Error);
}

TEST(Dim, EqualSumsAndProductsAreOneDim) {
  EXPECT_EQ(n + m, m + n);
  EXPECT_EQ((n + 1) * (n - Dim(1)), n * n - Dim(1));
  EXPECT_EQ(n - n, Dim(0));
  EXPECT_TRUE((n - n).is_constant());
  EXPECT_EQ(text(Dim(2) * n + Dim(1)), "2*n + 1");
  EXPECT_EQ(text(Dim(1) - n), "-n + 1");
  EXPECT_EQ(text(n * m * Dim(3) - n), "3*m*n - n");
}

TEST(Dim, FloorDivisionSimplifies) {
  EXPECT_EQ(floordiv(Dim(4) * n + Dim(6), 2), Dim(2) * n + Dim(3));
  EXPECT_EQ(floordiv(Dim(5) * n, 3), n + floordiv(Dim(2) * n, 3));
  EXPECT_EQ(floordiv(floordiv(n, 2), 2), floordiv(n, 4));
  EXPECT_EQ(floordiv(Dim(2) * n + Dim(1), 4), floordiv(n, 2));
  EXPECT_EQ(floordiv(n * m * Dim(12), n * Dim(4)), Dim(3) * m);
  EXPECT_EQ(floordiv((n + 1) * m, n + 1), m);
  EXPECT_EQ(text(floordiv(n + 2, 2)), "floordiv(n, 2) + 1");
  EXPECT_EQ(text(floordiv(n, m)), "floordiv(n, m)");
}

TEST(Dim, ModuloSimplifies) {
  EXPECT_EQ(mod(Dim(6) * n + Dim(5), 3), Dim(2));
  EXPECT_EQ(mod(Dim(4) * n, 6), Dim(2) * mod(Dim(2) * n, 3));
  EXPECT_EQ(mod(n * m, n), Dim(0));
  EXPECT_EQ(mod(mod(n, 4), 8), mod(n, 4));
}

TEST(Dim, MaxAndMinUseBounds) {
  EXPECT_EQ(max(n, 0), n);
  EXPECT_EQ(max(n + 1, n), n + 1);
  EXPECT_EQ(min(n, n), n);
  EXPECT_EQ(max(n, m), max(m, n));
  EXPECT_EQ(max(max(n, m), 3), max(n, max(m, 3)));
  EXPECT_EQ(min(mod(n, 4), 5), mod(n, 4));
  EXPECT_EQ(bounds(Dim(3) - n).high, 3);
  EXPECT_FALSE(bounds(n).high.has_value());
}

TEST(Dim, TextRoundTrips) {
  for (Dim dim : {Dim(0), Dim(-3), n, Dim(2) * n * n * m - Dim(4), floordiv(n + 1, m) + Dim(7),
                  mod(n, m), max(n, min(m, 7)) * Dim(-2), floordiv(n * Dim(2) + Dim(1), 3)}) {
    EXPECT_EQ(Dim::parse(dim.to_string()), dim) << dim.to_string();
  }
}

TEST(Dim, HostileTextRaises) {
  for (const char* bad : {"", "n +", "3n", "floordiv(n)", "floordiv(n, 2, 3)", "f(n, 1)", "n)",
                          "99999999999999999999", "007", "floordiv(n, 0)"}) {
    EXPECT_THROW(Dim::parse(bad), Error) << bad;
  }
  EXPECT_THROW(Dim::parse(std::string(4000, '(')), Error);
  EXPECT_THROW(Dim::parse(std::string(3000, '-').append("n")), Error);
  std::string product = "(a + b)";
  for (int i = 0; i < 400; ++i) product += "*(a + b + c)";
  EXPECT_THROW(Dim::parse(product), Error);
  EXPECT_THROW(Dim::symbol("9n"), Error);
}

TEST(Dim, SubstituteEvaluates) {
  DimBinding bindings[] = {{n, 5}, {m, 3}};
  Dim dim = floordiv(n * m + 1, 2) + max(n, m) * mod(n, m);
  EXPECT_EQ(dim.substitute(bindings), Dim(8 + 5 * 2));
  EXPECT_EQ((n + m).substitute({bindings, 1}), m + Dim(5));
}

}  // namespace
}  // namespace mycel
