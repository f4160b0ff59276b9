// One extent of a shape: a number, or an expression over symbols.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mycel/base/inline_vector.h"

namespace mycel {

// An int64, or a hash-consed normal form over symbols (sum, product, floor division, modulo, max,
// min): equal expressions are equal Dims, so comparison is one instruction. A Dim is one word:
// values from -2^62 down identify interned expressions, which are never freed.
//
// Symbols are sizes and thus at least 0; divisors are assumed to be at least 1.
class Dim {
 public:
  static constexpr int64_t kMax = int64_t{1} << 62;

  // Raises ValueError beyond 2^62.
  constexpr Dim(int64_t value = 0) : word_(value) {
    if (value <= kSymbolic || value > kMax) too_large();
  }
  // Returns the symbol `name`: a letter or underscore, then letters, digits and underscores.
  static Dim symbol(std::string_view name);

  bool is_constant() const { return word_ > kSymbolic; }
  // Returns the number; raises an internal error for an expression.
  int64_t value() const {
    if (!is_constant()) not_a_number();
    return word_;
  }
  int64_t word() const { return word_; }

  // "3", "n", "2*n + 1", "floordiv(n + 2, 2)"
  std::string to_string() const;
  // Parses the output of to_string; raises ValueError.
  static Dim parse(std::string_view text);

  // Replaces symbols by numbers.
  Dim substitute(std::span<const struct DimBinding> bindings) const;

  friend bool operator==(Dim a, Dim b) { return a.word_ == b.word_; }

 private:
  friend struct DimInterner;
  static constexpr int64_t kSymbolic = -kMax;
  struct Raw {};
  constexpr Dim(Raw, int64_t word) : word_(word) {}
  [[noreturn]] static void too_large();
  [[noreturn]] void not_a_number() const;

  int64_t word_;
};

struct DimBinding {
  Dim symbol;
  int64_t value;
};

// The known bounds of an expression, derived from the bounds of its parts.
struct DimBounds {
  std::optional<int64_t> low, high;
};
DimBounds bounds(Dim dim);
// Whether some symbol occurs in both.
bool share_symbol(Dim a, Dim b);

namespace dim_detail {
Dim add(Dim a, Dim b);
Dim subtract(Dim a, Dim b);
Dim multiply(Dim a, Dim b);
}  // namespace dim_detail

// Exact arithmetic; a result beyond 2^62 raises ValueError ("too large").
inline Dim operator+(Dim a, Dim b) {
  if (a.is_constant() && b.is_constant()) return Dim(a.word() + b.word());  // fits in an int64
  return dim_detail::add(a, b);
}
inline Dim operator-(Dim a, Dim b) {
  if (a.is_constant() && b.is_constant()) return Dim(a.word() - b.word());
  return dim_detail::subtract(a, b);
}
inline Dim operator*(Dim a, Dim b) {
  int64_t result;
  if (a.is_constant() && b.is_constant() && !__builtin_mul_overflow(a.word(), b.word(), &result)) {
    return Dim(result);
  }
  return dim_detail::multiply(a, b);
}
Dim floordiv(Dim a, Dim b);  // rounds towards minus infinity; b = 0 raises ValueError
Dim ceildiv(Dim a, Dim b);
Dim mod(Dim a, Dim b);  // takes the sign of b, as in Python
Dim max(Dim a, Dim b);
Dim min(Dim a, Dim b);

using Dims = InlineVector<Dim, 6>;
Dim product(const Dims& dims);
std::string to_string(const Dims& dims);  // "[n, 784]"

}  // namespace mycel
