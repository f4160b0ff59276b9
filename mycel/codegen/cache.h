// Machine code by class: in memory, and on disk from run to run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mycel/codegen/llvm/kernel_abi.h"
#include "mycel/codegen/llvm/target_cpu.h"
#include "mycel/codegen/loop_nest/nest.h"

namespace mycel::codegen {

// A function for each nest. Classes that are new to the process are read from disk or compiled, by
// several threads if there are several.
std::vector<NestFunction> functions_of(std::span<const schedule::Nest* const> nests,
                                       const TargetCpu& cpu);
int64_t num_compiled_kernels();

// Objects on disk, in settings().cache_dir ("": none). Files appear whole or not at all; what is
// damaged or of another version is as if it were not there. Failures to write are no errors.
class DiskCache {
 public:
  DiskCache(const std::string& directory, const std::string& version);
  std::optional<std::string> read(const std::string& key) const;
  void write(const std::string& key, const std::string& object) const;

 private:
  std::string path(const std::string& key) const;
  std::string directory_;  // "": none
};

// 32 hexadecimal digits.
std::string digest(const std::string& text);

}  // namespace mycel::codegen
