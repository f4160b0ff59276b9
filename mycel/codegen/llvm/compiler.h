// Compiles nests to machine code and links it into the process.
#pragma once

#include <string>

#include "mycel/codegen/llvm/kernel_abi.h"
#include "mycel/codegen/llvm/target_cpu.h"
#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen {

enum class Output { kObject, kAssembly, kIr };

// Compiles the nest to a function named `symbol`; returns an object file's bytes, or text.
// Thread-safe. Runs no optimiser, because the nest already has vectors, hoisted values and
// accumulators in registers.
std::string compile_nest(const schedule::Nest& nest, const TargetCpu& cpu,
                         const std::string& symbol, Output output);

// Links an object into the process, permanently. Thread-safe; raises CompileError for bytes that
// are no such object.
NestFunction link_nest(const std::string& object, const std::string& symbol);

// The versions of LLVM and of this emitter: an object of other versions is not reused.
std::string compiler_version();

}  // namespace mycel::codegen
