// Links objects into the process with ORC.
#include <llvm/ExecutionEngine/Orc/LLJIT.h>

#include "mycel/base/error.h"
#include "mycel/codegen/llvm/compiler.h"
#include "mycel/codegen/llvm/sleef.h"
#include "mycel/codegen/llvm/target_machine.h"

namespace mycel::codegen {
namespace {

template <class T>
T checked(llvm::Expected<T> value) {
  if (!value) {
    fail(Code::kCompile, "[codegen] expects an object that can be linked: {}",
         llvm::toString(value.takeError()));
  }
  return std::move(*value);
}

void check(llvm::Error error) {
  if (error) {
    fail(Code::kCompile, "[codegen] expects an object that can be linked: {}",
         llvm::toString(std::move(error)));
  }
}

std::unique_ptr<llvm::orc::LLJIT> make_jit() {
  initialize_llvm();  // code from disk is linked without a compiler
  auto jit = checked(llvm::orc::LLJITBuilder().create());
  llvm::orc::JITDylib& library = jit->getMainJITDylib();
  llvm::orc::SymbolMap symbols;
  for (const SleefSymbol& symbol : sleef_symbols()) {
    symbols[jit->mangleAndIntern(symbol.name)] = {llvm::orc::ExecutorAddr::fromPtr(symbol.address),
                                                  llvm::JITSymbolFlags::Exported};
  }
  check(library.define(llvm::orc::absoluteSymbols(std::move(symbols))));
  // The functions that LLVM calls if the machine has no instruction: fma, floor, memset.
  library.addGenerator(checked(llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      jit->getDataLayout().getGlobalPrefix())));
  return jit;
}

// Never destroyed: kernels may run while the process exits.
llvm::orc::LLJIT& jit() {
  static llvm::orc::LLJIT* instance = make_jit().release();
  return *instance;
}

}  // namespace

NestFunction link_nest(const std::string& object, const std::string& symbol) {
  llvm::orc::LLJIT& linker = jit();
  check(linker.addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object, symbol)));
  return checked(linker.lookup(symbol)).toPtr<NestFunction>();
}

}  // namespace mycel::codegen
