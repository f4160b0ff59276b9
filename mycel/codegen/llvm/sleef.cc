#include "mycel/codegen/llvm/sleef.h"

#include <fmt/format.h>
#include <math.h>

// Only the addresses are needed: sleef.h declares the wide variants only if the compiler targets
// such vectors.
// clang-format off
#define MYCEL_SLEEF_VARIANTS(X, function, accuracy) \
  X(function##d8##accuracy##avx512f)                \
  X(function##d4##accuracy##avx2)                   \
  X(function##d2##accuracy##sse2)                   \
  X(function##f16##accuracy##avx512f)               \
  X(function##f8##accuracy##avx2)                   \
  X(function##f4##accuracy##sse2)
#define MYCEL_SLEEF(X)                         \
  MYCEL_SLEEF_VARIANTS(X, Sleef_exp, _u10)     \
  MYCEL_SLEEF_VARIANTS(X, Sleef_exp2, _u10)    \
  MYCEL_SLEEF_VARIANTS(X, Sleef_log, _u10)     \
  MYCEL_SLEEF_VARIANTS(X, Sleef_log2, _u10)    \
  MYCEL_SLEEF_VARIANTS(X, Sleef_log10, _u10)   \
  MYCEL_SLEEF_VARIANTS(X, Sleef_log1p, _u10)   \
  MYCEL_SLEEF_VARIANTS(X, Sleef_expm1, _u10)   \
  MYCEL_SLEEF_VARIANTS(X, Sleef_tanh, _u10)    \
  MYCEL_SLEEF_VARIANTS(X, Sleef_erf, _u10)     \
  MYCEL_SLEEF_VARIANTS(X, Sleef_erfc, _u15)    \
  MYCEL_SLEEF_VARIANTS(X, Sleef_sin, _u10)     \
  MYCEL_SLEEF_VARIANTS(X, Sleef_cos, _u10)     \
  MYCEL_SLEEF_VARIANTS(X, Sleef_asin, _u10)    \
  MYCEL_SLEEF_VARIANTS(X, Sleef_acos, _u10)    \
  MYCEL_SLEEF_VARIANTS(X, Sleef_atan, _u10)    \
  MYCEL_SLEEF_VARIANTS(X, Sleef_atan2, _u10)   \
  MYCEL_SLEEF_VARIANTS(X, Sleef_pow, _u10)     \
  MYCEL_SLEEF_VARIANTS(X, Sleef_fmod, _)
// clang-format on

extern "C" {
#define MYCEL_DECLARE(name) void name();
MYCEL_SLEEF(MYCEL_DECLARE)
#undef MYCEL_DECLARE
}

namespace mycel::codegen {

std::span<const SleefSymbol> sleef_symbols() {
// NOLINTNEXTLINE(bugprone-macro-parentheses): the name is declared, not an expression
#define MYCEL_ENTRY(name) {#name, reinterpret_cast<void*>(&name)},
  using Double = double (*)(double, double);
  using Single = float (*)(float, float);
  static const SleefSymbol table[] = {
      MYCEL_SLEEF(MYCEL_ENTRY){"fmod", reinterpret_cast<void*>(Double{&::fmod})},
      {"fmodf", reinterpret_cast<void*>(Single{&::fmodf})},
      {"pow", reinterpret_cast<void*>(Double{&::pow})},
      {"powf", reinterpret_cast<void*>(Single{&::powf})}};
#undef MYCEL_ENTRY
  return table;
}

std::string sleef_name(std::string_view function, DType dtype, int vector_bits) {
  const char* isa = vector_bits >= 512 ? "avx512f" : vector_bits >= 256 ? "avx2" : "sse2";
  bool is_double = dtype == DType::kFloat64;
  const char* accuracy = function == "fmod" ? "_" : function == "erfc" ? "_u15" : "_u10";
  return fmt::format("Sleef_{}{}{}{}{}", function, is_double ? 'd' : 'f',
                     vector_bits / (is_double ? 64 : 32), accuracy, isa);
}

}  // namespace mycel::codegen
