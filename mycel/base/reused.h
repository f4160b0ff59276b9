// What one call needs, in memory that the thread keeps for the next call.
#pragma once

#include <memory>
#include <utility>
#include <vector>

namespace mycel {

// A cleared T, for a scope: T has clear(), which keeps its memory.
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

  // Looked up once: each library that includes this file has a list of its own, and the constructor
  // and the destructor may be compiled into two of them.
  std::vector<std::unique_ptr<T>>& kept_;
  std::unique_ptr<T> value_;
};

}  // namespace mycel
