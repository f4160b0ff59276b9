// From nests to machine code that can be called.
#pragma once

#include <string>

#include "mycel/codegen/llvm/kernel_abi.h"
#include "mycel/codegen/llvm/target_cpu.h"
#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen {

// Makes LLVM ready for this machine; idempotent and thread-safe.
void initialize_llvm();

enum class Output { kObject, kAssembly, kIr };

// The nest as a function of the name `symbol`: an object file's bytes, or text. Thread-safe; runs
// no optimiser, since the nest already has vectors, hoisted values and accumulators in registers.
std::string compile_nest(const schedule::Nest& nest, const TargetCpu& cpu,
                         const std::string& symbol, Output output);

// Links an object into the process, for ever. Thread-safe; raises CompileError for bytes that are
// no such object.
NestFunction link_nest(const std::string& object, const std::string& symbol);

// What must agree for an object to be of use later: the versions of LLVM and of this emitter.
std::string compiler_version();

}  // namespace mycel::codegen
