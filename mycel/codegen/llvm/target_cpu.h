// The machine that code is generated for.
#pragma once

#include <string>

namespace mycel::codegen {

// What the emitter may use. `vector_bits` is what nests are laid out for.
struct TargetCpu {
  std::string name;      // "znver4"
  std::string features;  // "+avx2,-sse4a,..."
  int vector_bits = 128;
  bool fma = false;
  bool f16c = false;
};

// The CPU at hand.
const TargetCpu& target_cpu();
// The same with vectors of at most so many bits, without the instructions for wider ones.
TargetCpu narrowed(const TargetCpu& cpu, int vector_bits);

}  // namespace mycel::codegen
