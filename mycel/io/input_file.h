// A file that is read by position and detects changes by other programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mycel::io {

class InputFile {
 public:
  // Raises an I/O error. The file stays readable after its name is gone.
  explicit InputFile(const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  size_t size() const { return static_cast<size_t>(state_.size); }

  // A range of the file and its destination.
  struct Piece {
    void* to;
    size_t at, bytes;
  };
  // Reads the ranges, by several threads if they are long. Raises an I/O error if the file changed
  // since it was opened, or during the read. Changes show in the file's size and modification time.
  void read(const std::vector<Piece>& pieces) const;

  void check_unchanged() const;
  // Whether the file was modified just before it was opened: file times are so coarse that a change
  // right after might leave the same time.
  bool may_change_unnoticed() const;

 private:
  struct State {
    int64_t size, seconds, nanoseconds;  // the time of its last modification
    bool operator==(const State&) const = default;
  };
  State state_now() const;
  void read_piece(const Piece& piece) const;
  [[noreturn]] void cannot_read(const std::string& why) const;

  std::string path_;
  int descriptor_;
  State state_{};
  int64_t opened_seconds_;
};

}  // namespace mycel::io
