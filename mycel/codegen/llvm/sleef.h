// SLEEF's vector functions (sleef.org), for float64 and for rare functions of float32.
//
// Errors are at most 1 ulp, of erfc 1.5; fmod is exact. C's functions serve the few operands that
// SLEEF gets wrong.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "mycel/core/dtype.h"

namespace mycel::codegen {

struct SleefSymbol {
  const char* name;
  void* address;
};
// Every function that generated code may call.
std::span<const SleefSymbol> sleef_symbols();

// The name of the variant of `function` ("exp") for vectors of `vector_bits`.
std::string sleef_name(std::string_view function, DType dtype, int vector_bits);

}  // namespace mycel::codegen
