#include "mycel/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "mycel/base/error.h"

namespace mycel::io {
namespace {

// Closes when it goes.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

[[noreturn]] void cannot_read(const std::string& path, const std::string& why) {
  fail(Code::kIo, "cannot read {}: {}", path, why);
}

std::string system_message() { return std::generic_category().message(errno); }

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) cannot_read(path, system_message());
  struct stat status;
  if (fstat(file.number, &status) != 0) cannot_read(path, system_message());
  if (!S_ISREG(status.st_mode)) cannot_read(path, "it is not a file");
  size_ = static_cast<size_t>(status.st_size);
  if (size_ == 0) return;
  void* address = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED) cannot_read(path, system_message());
  data_ = static_cast<char*>(address);
}

MappedFile::~MappedFile() {
  if (data_) munmap(data_, size_);
}

}  // namespace mycel::io
