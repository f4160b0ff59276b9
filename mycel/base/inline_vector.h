// A vector whose first N elements live inside the object: shapes, strides and operand lists are
// short, and an eager call must not allocate for them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <type_traits>
#include <vector>

namespace mycel {

template <class T, size_t N>
class InlineVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  InlineVector() = default;
  explicit InlineVector(size_t size, T value = T()) { resize(size, value); }
  InlineVector(std::initializer_list<T> values) { assign(values.begin(), values.end()); }
  template <class It, class = typename std::iterator_traits<It>::iterator_category>
  InlineVector(It first, It last) {
    assign(first, last);
  }
  InlineVector(const std::vector<T>& values) { assign(values.begin(), values.end()); }
  InlineVector(const InlineVector& other) { assign(other.begin(), other.end()); }
  InlineVector(InlineVector&& other) noexcept { take(other); }
  InlineVector& operator=(const InlineVector& other) {
    if (this != &other) assign(other.begin(), other.end());
    return *this;
  }
  InlineVector& operator=(InlineVector&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }
  ~InlineVector() { release(); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return heap_ ? heap_ : inline_; }
  const T* data() const { return heap_ ? heap_ : inline_; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  T& front() { return data()[0]; }
  const T& front() const { return data()[0]; }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  void reserve(size_t capacity) {
    if (capacity <= capacity_) return;
    T* fresh = new T[capacity];
    std::copy(begin(), end(), fresh);
    delete[] heap_;
    heap_ = fresh;
    capacity_ = capacity;
  }
  void resize(size_t size, T value = T()) {
    if (size > capacity_) reserve(std::max(size, 2 * capacity_));
    if (size > size_) std::fill(data() + size_, data() + size, value);
    size_ = size;
  }
  void push_back(T value) { resize(size_ + 1, value); }
  void pop_back() { --size_; }
  void clear() { size_ = 0; }
  void insert(const T* where, T value) {
    size_t at = where - begin();
    resize(size_ + 1);
    std::copy_backward(begin() + at, end() - 1, end());
    data()[at] = value;
  }
  void erase(const T* where) {
    std::copy(where + 1, static_cast<const T*>(end()), data() + (where - begin()));
    --size_;
  }
  template <class It>
  void assign(It first, It last) {
    size_t size = static_cast<size_t>(std::distance(first, last));
    size_ = 0;
    reserve(size);
    for (T* to = data(); first != last; ++first) *to++ = static_cast<T>(*first);
    size_ = size;
  }

  friend bool operator==(const InlineVector& a, const InlineVector& b) {
    return a.size_ == b.size_ && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  void release() {
    delete[] heap_;
    heap_ = nullptr;
  }
  void take(InlineVector& other) {
    heap_ = other.heap_;
    size_ = other.size_;
    capacity_ = other.capacity_;
    if (!heap_) std::copy(other.inline_, other.inline_ + size_, inline_);
    other.heap_ = nullptr;
    other.size_ = 0;
    other.capacity_ = N;
  }

  size_t size_ = 0;
  size_t capacity_ = N;
  T* heap_ = nullptr;
  T inline_[N];
};

}  // namespace mycel
