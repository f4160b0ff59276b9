#include "mycel/codegen/llvm/compiler.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Target/TargetMachine.h>
#include <sys/stat.h>

#include <algorithm>

#include "mycel/base/error.h"
#include "mycel/base/settings.h"
#include "mycel/codegen/llvm/emitter.h"
#include "mycel/codegen/llvm/target_machine.h"

namespace mycel::codegen {

namespace {

// Flat loops run about as fast from LLVM's fast code generator, which takes a quarter of the time.
// Loops that carry accumulators need registers allocated over the whole loop, and deep nests have
// short inner loops, so that the code around these matters.
llvm::CodeGenOptLevel level_for(const schedule::Nest& nest) {
  constexpr int kFlat = 2;
  bool flat = nest.reductions.empty() &&
              std::all_of(nest.loops.begin(), nest.loops.end(),
                          [](const schedule::Loop& loop) { return loop.depth <= kFlat; });
  return flat ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default;
}

std::string write(llvm::Module& module, llvm::TargetMachine& machine, Output output) {
  if (output == Output::kIr) {
    std::string text;
    llvm::raw_string_ostream(text) << module;
    return text;
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  auto type = output == Output::kObject ? llvm::CodeGenFileType::ObjectFile
                                        : llvm::CodeGenFileType::AssemblyFile;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type, true)) {
    fail_internal("code generator: LLVM cannot write for this machine");
  }
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

std::string compile_nest(const schedule::Nest& nest, const TargetCpu& cpu,
                         const std::string& symbol, Output output) {
  std::unique_ptr<llvm::TargetMachine> machine = take_target_machine(cpu);
  machine->setOptLevel(level_for(nest));
  machine->setFastISel(false);  // level None turns it on permanently
  llvm::LLVMContext context;
  llvm::Module module(symbol, context);
  module.setTargetTriple(machine->getTargetTriple().str());
  module.setDataLayout(machine->createDataLayout());
  Emitter(module, nest, cpu).emit(symbol);
  if (settings().verify) {
    std::string error;
    llvm::raw_string_ostream stream(error);
    if (llvm::verifyModule(module, &stream)) fail_internal("code generator: {}", error);
  }
  std::string result = write(module, *machine, output);
  give_back(std::move(machine));
  return result;
}

// The emitter's version is that of the file that it is linked into.
std::string compiler_version() {
  Dl_info own;
  struct stat file;
  auto* address = reinterpret_cast<void*>(&compile_nest);
  if (!dladdr(address, &own) || stat(own.dli_fname, &file) != 0) return LLVM_VERSION_STRING;
  return fmt::format("llvm {}, {} of {} bytes at {}.{}", LLVM_VERSION_STRING, own.dli_fname,
                     file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

}  // namespace mycel::codegen
