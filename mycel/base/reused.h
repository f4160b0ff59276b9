// Reused: a scratch object whose memory the thread keeps for the next call.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace mycel {

// Holds a cleared T for a scope. T::clear() must keep the memory of T.
template <class T>
class Reused {
 public:
  Reused() : kept_(of_thread()) {
    if (kept_.empty()) {
      value_ = std::make_unique<T>();
    } else {
      value_ = std::move(kept_.back());
      kept_.pop_back();
    }
  }
  Reused(const Reused&) = delete;
  Reused& operator=(const Reused&) = delete;
  ~Reused() {
    value_->clear();
    kept_.push_back(std::move(value_));
  }

  T& operator*() const { return *value_; }

 private:
  static std::vector<std::unique_ptr<T>>& of_thread() {
    thread_local std::vector<std::unique_ptr<T>> kept;
    return kept;
  }

  // Looked up once: every library that includes this file has its own list, and the constructor and
  // the destructor may be compiled into different libraries.
  std::vector<std::unique_ptr<T>>& kept_;
  std::unique_ptr<T> value_;
};

}  // namespace mycel
