#include "mycel/codegen/llvm/target_machine.h"

#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "mycel/base/error.h"

namespace mycel::codegen {
namespace {

const llvm::Target& native_target(std::string& triple) {
  initialize_llvm();
  triple = llvm::sys::getProcessTriple();
  std::string error;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target) fail(Code::kCompile, "[codegen] expects a machine that LLVM knows: {}", error);
  return *target;
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

}  // namespace

void initialize_llvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
}

std::unique_ptr<llvm::TargetMachine> take_target_machine(const TargetCpu& cpu) {
  return Machines::instance().take(cpu);
}

void give_back(std::unique_ptr<llvm::TargetMachine> machine) {
  Machines::instance().give(std::move(machine));
}

}  // namespace mycel::codegen
