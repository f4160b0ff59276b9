#include "mycel/codegen/llvm/host.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <vector>

namespace mycel::codegen {
namespace {

Host detect() {
  Host host;
  host.cpu = llvm::sys::getHostCPUName().str();
  auto features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> list;
  for (const auto& feature : features) {
    list.push_back((feature.second ? "+" : "-") + feature.first().str());
  }
  std::sort(list.begin(), list.end());  // the text is part of cache keys
  for (const std::string& feature : list) {
    host.features += (host.features.empty() ? "" : ",") + feature;
  }
  auto has = [&](const char* name) { return features.lookup(name); };
  bool avx512 = has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl");
  bool avx2 = has("avx2") && has("fma") && has("f16c");
  host.vector_bits = avx512 ? 512 : avx2 ? 256 : 128;
  host.fma = avx2;
  host.f16c = avx2;
  return host;
}

}  // namespace

const Host& host() {
  static const Host instance = detect();
  return instance;
}

Host narrowed(const Host& host, int vector_bits) {
  Host narrow = host;
  if (vector_bits <= 0 || vector_bits >= host.vector_bits) return narrow;
  if (vector_bits < 512) {
    narrow.cpu = "x86-64-v3";
    narrow.features.clear();
  }
  narrow.vector_bits = vector_bits < 256 ? 128 : 256;
  if (vector_bits < 256) {
    narrow.cpu = "x86-64";
    narrow.fma = narrow.f16c = false;
  }
  return narrow;
}

}  // namespace mycel::codegen
