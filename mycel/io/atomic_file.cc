#include "mycel/io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "mycel/base/error.h"

namespace mycel::io {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxWrite = size_t{1} << 30;

// Resolves links, so that a link stays and its target is replaced.
fs::path follow_links(const std::string& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  return error ? fs::path(path) : real;
}

// Returns a unique name: the process may write several files to one path at once.
std::string temporary_name(const std::string& path) {
  static std::atomic<int> counter{0};
  return fmt::format("{}.{}-{}.tmp", path, getpid(), counter++);
}

// Gives the new file the permissions of the file that it replaces.
bool keep_permissions(const std::string& from, int to) {
  struct stat status;
  return stat(from.c_str(), &status) != 0 || fchmod(to, status.st_mode & 07777) == 0;
}

// Makes the rename durable. Errors do not matter: some file systems do not offer or need this.
void sync_folder(const fs::path& path) {
  fs::path folder = path.parent_path();
  int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path)
    : path_(follow_links(path).string()), temporary_(temporary_name(path_)) {
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) cannot_write();
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::cannot_write() {
  fail(Code::kIo, "cannot write {}: {}", path_, std::generic_category().message(errno));
}

void AtomicFile::write(const void* data, size_t bytes) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    ssize_t written = ::write(descriptor_, from, std::min(bytes, kMaxWrite));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_write();
    from += written;
    bytes -= static_cast<size_t>(written);
  }
}

void AtomicFile::commit() {
  if (!keep_permissions(path_, descriptor_) || fsync(descriptor_) != 0) cannot_write();
  if (rename(temporary_.c_str(), path_.c_str()) != 0) cannot_write();
  close(descriptor_);
  descriptor_ = -1;
  sync_folder(path_);
}

}  // namespace mycel::io
