#include "mycel/codegen/llvm/target_cpu.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <vector>

namespace mycel::codegen {
namespace {

TargetCpu detect() {
  TargetCpu cpu;
  cpu.name = llvm::sys::getHostCPUName().str();
  auto features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> list;
  for (const auto& feature : features) {
    list.push_back((feature.second ? "+" : "-") + feature.first().str());
  }
  std::sort(list.begin(), list.end());  // the text is part of cache keys
  for (const std::string& feature : list) {
    cpu.features += (cpu.features.empty() ? "" : ",") + feature;
  }
  auto has = [&](const char* name) { return features.lookup(name); };
  bool avx512 = has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl");
  bool avx2 = has("avx2") && has("fma") && has("f16c");
  cpu.vector_bits = avx512 ? 512 : avx2 ? 256 : 128;
  cpu.fma = avx2;
  cpu.f16c = avx2;
  return cpu;
}

}  // namespace

const TargetCpu& target_cpu() {
  static const TargetCpu instance = detect();
  return instance;
}

TargetCpu narrowed(const TargetCpu& cpu, int vector_bits) {
  TargetCpu narrow = cpu;
  if (vector_bits <= 0 || vector_bits >= cpu.vector_bits) return narrow;
  if (vector_bits < 512) {
    narrow.name = "x86-64-v3";
    narrow.features.clear();
  }
  narrow.vector_bits = vector_bits < 256 ? 128 : 256;
  if (vector_bits < 256) {
    narrow.name = "x86-64";
    narrow.fma = narrow.f16c = false;
  }
  return narrow;
}

}  // namespace mycel::codegen
