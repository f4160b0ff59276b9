// LLVM's target: this machine, with the CPU that code is generated for.
#pragma once

#include <llvm/Target/TargetMachine.h>

#include <memory>

#include "mycel/codegen/llvm/target_cpu.h"

namespace mycel::codegen {

// Initializes LLVM for this machine; idempotent and thread-safe.
void initialize_llvm();

// A target machine of a pool, for one thread at a time.
std::unique_ptr<llvm::TargetMachine> take_target_machine(const TargetCpu& cpu);
void give_back(std::unique_ptr<llvm::TargetMachine> machine);

}  // namespace mycel::codegen
