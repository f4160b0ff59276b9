#include "mycel/data/compressed_file.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "mycel/base/error.h"

namespace mycel::data {

CompressedFile::CompressedFile(std::string path) : path_(std::move(path)) {
  errno = 0;
  file_ = gzopen(path_.c_str(), "rb");
  if (!file_) {
    fail(Code::kIo, "cannot open {}: {}", path_, std::generic_category().message(errno));
  }
}

CompressedFile::~CompressedFile() { gzclose(file_); }

size_t CompressedFile::read(void* to, size_t bytes) {
  size_t total = 0;
  while (total < bytes) {
    auto step = static_cast<unsigned>(std::min<size_t>(bytes - total, 1u << 30));
    int got = gzread(file_, static_cast<char*>(to) + total, step);
    int error = Z_OK;
    const char* text = gzerror(file_, &error);
    if (error == Z_ERRNO) text = "it cannot be read (is it a folder?)";
    if (got < 0 || error != Z_OK) {
      fail(Code::kIo, "{} is damaged after {} bytes of content: {}", path_, position_, text);
    }
    if (got == 0) break;
    total += static_cast<size_t>(got);
    position_ += static_cast<size_t>(got);
  }
  return total;
}

void CompressedFile::read_exactly(void* to, size_t bytes) {
  size_t before = position_, got = read(to, bytes);
  if (got == bytes) return;
  fail(Code::kIo, "{} is truncated: expects at least {} bytes of content, got {}", path_,
       before + bytes, position_);
}

void CompressedFile::expect_end() {
  char extra;
  size_t end = position_;
  if (read(&extra, 1) != 0) {
    fail(Code::kIo, "{} is too long: expects {} bytes of content, got more", path_, end);
  }
}

}  // namespace mycel::data
