// The machine that code is generated for.
#pragma once

#include <string>

namespace mycel::codegen {

// What the emitter may use. `vector_bits` is what nests are laid out for.
struct Host {
  std::string cpu;       // "znver4"
  std::string features;  // "+avx2,-sse4a,..."
  int vector_bits = 128;
  bool fma = false;
  bool f16c = false;
};

// The CPU at hand.
const Host& host();
// The same with vectors of at most so many bits, without the instructions for wider ones.
Host narrowed(const Host& host, int vector_bits);

}  // namespace mycel::codegen
