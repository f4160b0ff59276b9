// Caches of machine code by kernel signature, in memory and on disk.
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

// Returns a function for each nest. Kernel signatures that are new to the process are read from
// disk or compiled, several in parallel.
std::vector<NestFunction> functions_of(std::span<const schedule::Nest* const> nests,
                                       const TargetCpu& cpu);
int64_t num_compiled_kernels();

// Object files on disk, in settings().cache_dir ("": none). Files are written atomically; a damaged
// file or one of another version counts as missing. Failures to write are ignored.
class DiskCache {
 public:
  DiskCache(const std::string& directory, const std::string& version);
  std::optional<std::string> read(const std::string& key) const;
  void write(const std::string& key, const std::string& object) const;

 private:
  std::string path(const std::string& key) const;
  std::string directory_;  // "": none
};

// A hash of the text, as 32 hexadecimal digits.
std::string digest(const std::string& text);

}  // namespace mycel::codegen
