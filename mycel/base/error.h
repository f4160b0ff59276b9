// Error, the only exception type of Mycel, and the functions that throw it.
#pragma once

#include <fmt/format.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace mycel {

// The kind of an error: the Python exception it becomes.
enum class Code {
  kValue,           // ValueError
  kType,            // TypeError
  kIndex,           // IndexError
  kNotImplemented,  // NotImplementedError
  kCompile,         // mc.CompileError: a program that cannot be traced or compiled
  kRuntime,         // RuntimeError
  kIo,              // OSError
  kInternal,        // mc.InternalError: a bug in Mycel
};

// A message has three parts: the operation in brackets and what it expects, what it got, and the
// place in the user's program ("at train.py:14 in LeNet.forward"), which `apply` or the executor
// adds.
class Error : public std::exception {
 public:
  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  const char* what() const noexcept override { return message_.c_str(); }
  Code code() const { return code_; }

  // Prepends the operation's name if the message has none: a kernel shared by several operations
  // cannot know it.
  void set_operation(std::string_view name) {
    if (name.empty() || message_.starts_with('[')) return;
    message_ = fmt::format("[{}] {}", name, message_);
  }
  // Appends the place in the user's program. The first call wins: it is the innermost.
  void set_where(const std::string& where) {
    if (has_where_ || where.empty()) return;
    has_where_ = true;
    message_ += "\n  " + where;
  }

 private:
  Code code_;
  std::string message_;
  bool has_where_ = false;
};

template <class... Args>
[[noreturn]] void fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

// Reports a bug in Mycel; the message asks the user to report it.
template <class... Args>
[[noreturn]] void fail_internal(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(Code::kInternal, fmt::format("internal error, please report it: {}",
                                           fmt::format(format, std::forward<Args>(args)...)));
}

}  // namespace mycel
