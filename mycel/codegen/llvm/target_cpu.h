// The CPU that code is generated for. target_machine.cc and emitter.cc hand it to LLVM.
#pragma once

#include <string>

namespace mycel::codegen {

// A CPU with the features that the emitter may use. Nests are laid out for `vector_bits`.
struct TargetCpu {
  std::string name;      // "znver4"
  std::string features;  // "+avx2,-sse4a,..."
  int vector_bits = 128;
  bool fma = false;
  bool f16c = false;
};

// The CPU of this machine.
const TargetCpu& target_cpu();
// The CPU with vectors of at most `vector_bits`, without the instructions for wider ones.
TargetCpu narrowed(const TargetCpu& cpu, int vector_bits);

}  // namespace mycel::codegen
