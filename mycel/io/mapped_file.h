// A file's bytes in memory, read page by page as they are touched.
#pragma once

#include <cstddef>
#include <string>

namespace mycel::io {

class MappedFile {
 public:
  // Raises an I/O error. The mapping outlives the file's name.
  explicit MappedFile(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  const char* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace mycel::io
