// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <string>

namespace mycel::io {

// Writes into a temporary file in the same folder; commit() renames it to `path`. Without commit(),
// or if the process dies, the file at `path` stays as it was. Raises I/O errors.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(const void* data, size_t bytes);
  void commit();

 private:
  [[noreturn]] void cannot_write();

  std::string path_;  // with links followed
  std::string temporary_;
  int descriptor_ = -1;
};

}  // namespace mycel::io
