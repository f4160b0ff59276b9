// Reads a file from its beginning, through gzip if it is compressed.
#pragma once

#include <cstddef>
#include <string>

struct gzFile_s;  // zlib's

namespace mycel::data {

class CompressedFile {
 public:
  // Raises an I/O error if it cannot be opened.
  explicit CompressedFile(std::string path);
  CompressedFile(const CompressedFile&) = delete;
  CompressedFile& operator=(const CompressedFile&) = delete;
  ~CompressedFile();

  const std::string& path() const { return path_; }
  // Raises an I/O error if the file is damaged or ends early.
  void read_exactly(void* to, size_t bytes);
  // Raises an I/O error if more data follows or the checksum is wrong.
  void expect_end();

 private:
  size_t read(void* to, size_t bytes);

  std::string path_;
  gzFile_s* file_;
  size_t position_ = 0;
};

}  // namespace mycel::data
