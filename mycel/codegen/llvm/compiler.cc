#include "mycel/codegen/llvm/compiler.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <sys/stat.h>

#include <algorithm>
#include <mutex>

#include "mycel/base/error.h"
#include "mycel/base/settings.h"
#include "mycel/codegen/llvm/emitter.h"

namespace mycel::codegen {

void initialize_llvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
}

namespace {

const llvm::Target& native_target(std::string& triple) {
  initialize_llvm();
  triple = llvm::sys::getProcessTriple();
  std::string error;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target) fail(Code::kCompile, "[codegen] expects a machine that LLVM knows: {}", error);
  return *target;
}

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

std::unique_ptr<llvm::TargetMachine> make_machine(const TargetCpu& cpu) {
  std::string triple;
  const llvm::Target& target = native_target(triple);
  llvm::TargetOptions options;
  return std::unique_ptr<llvm::TargetMachine>(
      target.createTargetMachine(triple, cpu.name, cpu.features, options, llvm::Reloc::PIC_,
                                 llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default, true));
}

// A pool of target machines, which take a while to make and serve one thread at a time. Never
// destroyed, as threads may outlive main().
class Machines {
 public:
  static Machines& instance() {
    static auto* machines = new Machines;
    return *machines;
  }
  std::unique_ptr<llvm::TargetMachine> take(const TargetCpu& cpu) {
    std::unique_lock lock(mutex_);
    auto fit = std::find_if(idle_.begin(), idle_.end(), [&](const auto& machine) {
      return machine->getTargetCPU() == cpu.name &&
             machine->getTargetFeatureString() == cpu.features;
    });
    if (fit == idle_.end()) {
      lock.unlock();
      return make_machine(cpu);
    }
    std::unique_ptr<llvm::TargetMachine> machine = std::move(*fit);
    idle_.erase(fit);
    return machine;
  }
  void give(std::unique_ptr<llvm::TargetMachine> machine) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(machine));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<llvm::TargetMachine>> idle_;
};

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
  std::unique_ptr<llvm::TargetMachine> machine = Machines::instance().take(cpu);
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
  Machines::instance().give(std::move(machine));
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
