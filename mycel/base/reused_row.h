// ReusedRow: a per-call scratch array whose length only the compiled program knows.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace mycel {

// An array of fixed size for a scope. Stores up to N elements inline; a longer array takes a block
// that the thread keeps for the next one, so that only the first call allocates.
template <class T, size_t N = 32>
class ReusedRow {
 public:
  explicit ReusedRow(size_t size) : size_(size) {
    if (size <= N) return;
    std::vector<std::vector<T>>& kept = blocks();
    if (!kept.empty()) {
      block_ = std::move(kept.back());
      kept.pop_back();
    }
    if (block_.size() < size) block_.resize(size);
    data_ = block_.data();
  }
  ReusedRow(const ReusedRow&) = delete;
  ReusedRow& operator=(const ReusedRow&) = delete;
  ~ReusedRow() {
    if (block_.empty()) return;
    if constexpr (!std::is_trivially_destructible_v<T>) block_.clear();  // releases resources
    blocks().push_back(std::move(block_));
  }

  size_t size() const { return size_; }
  T* data() { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  operator std::span<T>() { return {data_, size_}; }
  operator std::span<const T>() const { return {data_, size_}; }

 private:
  static std::vector<std::vector<T>>& blocks() {
    thread_local std::vector<std::vector<T>> kept;
    return kept;
  }

  size_t size_;
  std::vector<T> block_;
  T inline_[N];
  T* data_ = inline_;
};

}  // namespace mycel
