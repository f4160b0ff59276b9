// A file that is read by position, and that says when another program changed it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mycel::io {

class InputFile {
 public:
  // Raises an I/O error. What is read outlives the file's name.
  explicit InputFile(const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  size_t size() const { return static_cast<size_t>(state_.size); }

  // Where a range of the file goes.
  struct Piece {
    void* to;
    size_t at, bytes;
  };
  // Reads ranges, by several threads if they are long. Raises an I/O error where the file was
  // changed since it was opened, or while it was read. Changes are noticed by the file's size and
  // its time of modification.
  void read(const std::vector<Piece>& pieces) const;

  void check_unchanged() const;
  // Whether it was modified just before it was opened: the clock that stamps files ticks so
  // coarsely that a change right after might leave the same time.
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
