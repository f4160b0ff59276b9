#include "mycel/io/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <exception>
#include <mutex>
#include <system_error>

#include "mycel/base/error.h"
#include "mycel/base/parallel_for.h"

namespace mycel::io {
namespace {

// Large enough to hide the cost of a system call, small enough to divide a tensor among threads.
constexpr size_t kChunk = size_t{4} << 20;
// Longer than the time resolution of file systems: FAT's is 2 s.
constexpr int64_t kTickSeconds = 3;

std::string system_message() { return std::generic_category().message(errno); }

std::vector<InputFile::Piece> in_chunks(const std::vector<InputFile::Piece>& pieces) {
  std::vector<InputFile::Piece> chunks;
  for (const InputFile::Piece& piece : pieces) {
    for (size_t done = 0; done < piece.bytes; done += kChunk) {
      chunks.push_back({static_cast<char*>(piece.to) + done, piece.at + done,
                        std::min(kChunk, piece.bytes - done)});
    }
  }
  return chunks;
}

// Keeps the first exception of several threads.
class FirstError {
 public:
  template <class Body>
  void guard(const Body& body) {
    try {
      body();
    } catch (...) {
      std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

InputFile::InputFile(const std::string& path)
    : path_(path),
      // Without O_NONBLOCK, opening a pipe would wait for a writer.
      descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)),
      opened_seconds_(std::time(nullptr)) {
  if (descriptor_ < 0) cannot_read(system_message());
  try {
    state_ = state_now();
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

InputFile::~InputFile() { close(descriptor_); }

void InputFile::cannot_read(const std::string& why) const {
  fail(Code::kIo, "cannot read {}: {}", path_, why);
}

InputFile::State InputFile::state_now() const {
  struct stat status;
  if (fstat(descriptor_, &status) != 0) cannot_read(system_message());
  if (!S_ISREG(status.st_mode)) cannot_read("it is not a file");
  return {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

void InputFile::check_unchanged() const {
  if (state_now() != state_) cannot_read("it was changed after it was opened");
}

bool InputFile::may_change_unnoticed() const {
  return state_.seconds >= opened_seconds_ - kTickSeconds;
}

void InputFile::read_piece(const Piece& piece) const {
  size_t done = 0;
  while (done < piece.bytes) {
    ssize_t got = pread(descriptor_, static_cast<char*>(piece.to) + done, piece.bytes - done,
                        static_cast<off_t>(piece.at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) cannot_read(system_message());
    if (got == 0) cannot_read("it was cut short after it was opened");
    done += static_cast<size_t>(got);
  }
}

void InputFile::read(const std::vector<Piece>& pieces) const {
  check_unchanged();
  std::vector<Piece> chunks = in_chunks(pieces);
  FirstError error;
  parallel_for(static_cast<int64_t>(chunks.size()), 1, [&](int64_t begin, int64_t end) {
    error.guard([&] {
      for (int64_t i = begin; i < end; ++i) read_piece(chunks[static_cast<size_t>(i)]);
    });
  });
  error.rethrow();
  check_unchanged();
}

}  // namespace mycel::io
