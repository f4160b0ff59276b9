// A list for one call whose memory the thread keeps for the next one.
#pragma once

#include <utility>
#include <vector>

namespace mycel {

template <class T>
class ReusedVector {
 public:
  ReusedVector() {
    std::vector<std::vector<T>>& spare = kept();
    if (spare.empty()) return;
    list_ = std::move(spare.back());
    spare.pop_back();
  }
  ReusedVector(const ReusedVector&) = delete;
  ReusedVector& operator=(const ReusedVector&) = delete;
  ~ReusedVector() {
    list_.clear();
    kept().push_back(std::move(list_));
  }

  std::vector<T>& operator*() { return list_; }
  const std::vector<T>& operator*() const { return list_; }
  std::vector<T>* operator->() { return &list_; }

 private:
  static std::vector<std::vector<T>>& kept() {
    thread_local std::vector<std::vector<T>> lists;
    return lists;
  }

  std::vector<T> list_;
};

}  // namespace mycel
