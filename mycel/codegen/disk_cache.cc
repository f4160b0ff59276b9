// The cache of compiled kernels on disk.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "mycel/codegen/cache.h"

namespace mycel::codegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "mycel kernel 1\n";
constexpr size_t kDigest = 32;
// Code of versions that were not written to for this long is removed.
constexpr auto kKeep = std::chrono::hours(24 * 30);

// FNV-1a (Fowler, Noll, Vo), from a given initial hash.
uint64_t fnv(std::string_view text, uint64_t hash) {
  for (char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return hash;
}

void remove_old_versions(const fs::path& parent) {
  std::error_code error;
  fs::directory_iterator entries(parent, error);
  if (error) return;
  for (const fs::directory_entry& entry : entries) {
    auto written = fs::last_write_time(entry.path(), error);
    if (!error && fs::file_time_type::clock::now() - written > kKeep) {
      fs::remove_all(entry.path(), error);
    }
  }
}

}  // namespace

std::string digest(const std::string& text) {
  return fmt::format("{:016x}{:016x}", fnv(text, 0xcbf29ce484222325u),
                     fnv(text, 0x6c62272e07bb0142u));
}

DiskCache::DiskCache(const std::string& directory, const std::string& version) {
  if (directory.empty()) return;
  fs::path parent = fs::path(directory) / "kernels", own = parent / digest(version);
  std::error_code error;
  if (fs::create_directories(own, error)) remove_old_versions(parent);
  if (!error) directory_ = own.string();
}

std::string DiskCache::path(const std::string& key) const { return directory_ + "/" + digest(key); }

// The format: magic line, digest of the rest, length of the key, key, object.
std::optional<std::string> DiskCache::read(const std::string& key) const {
  if (directory_.empty()) return std::nullopt;
  std::ifstream file(path(key), std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  std::string text = contents.str();
  size_t body = kMagic.size() + kDigest;
  if (text.size() < body || text.compare(0, kMagic.size(), kMagic) != 0) return std::nullopt;
  std::string rest = text.substr(body);
  if (text.compare(kMagic.size(), kDigest, digest(rest)) != 0) return std::nullopt;
  std::string expected = fmt::format("{}\n{}", key.size(), key);
  if (rest.compare(0, expected.size(), expected) != 0) return std::nullopt;
  return rest.substr(expected.size());
}

void DiskCache::write(const std::string& key, const std::string& object) const {
  if (directory_.empty()) return;
  static std::atomic<int> count{0};
  std::string rest = fmt::format("{}\n{}", key.size(), key) + object;
  std::string temporary = fmt::format("{}.{}.{}", path(key), getpid(), count++);
  std::ofstream file(temporary, std::ios::binary);
  file << kMagic << digest(rest) << rest;
  file.close();
  std::error_code error;
  if (file) fs::rename(temporary, path(key), error);
  if (!file || error) fs::remove(temporary, error);
}

}  // namespace mycel::codegen
