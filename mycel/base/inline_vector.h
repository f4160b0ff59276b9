// A vector that stores up to N elements inline: shapes, strides and operand lists are short, and an
// eager call must not allocate for them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace mycel {

template <class T, size_t N>
class InlineVector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  InlineVector() { blank(); }
  // Not for numbers: `Dims{2}` is one element, but in a template Clang 19 would pick this overload.
  explicit InlineVector(size_t size)
    requires(!std::is_convertible_v<size_t, T>)
      : InlineVector() {
    resize(size);
  }
  InlineVector(size_t size, const T& value) : InlineVector() { resize(size, value); }
  InlineVector(std::initializer_list<T> values) : InlineVector(values.begin(), values.end()) {}
  template <class It, class = typename std::iterator_traits<It>::iterator_category>
  InlineVector(It first, It last) : InlineVector() {
    assign(first, last);
  }
  InlineVector(const std::vector<T>& values) : InlineVector(values.begin(), values.end()) {}
  InlineVector(const InlineVector& other) : InlineVector() { copy(other); }
  InlineVector(InlineVector&& other) noexcept : InlineVector() { take(other); }
  InlineVector& operator=(const InlineVector& other) {
    if (this != &other) copy(other);
    return *this;
  }
  InlineVector& operator=(InlineVector&& other) noexcept {
    if (this != &other) {
      clear();
      free_heap();
      take(other);
    }
    return *this;
  }
  ~InlineVector() {
    clear();
    free_heap();
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return heap_ ? heap_ : inline_; }
  const T* data() const { return heap_ ? heap_ : inline_; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](size_t i) & { return data()[i]; }
  const T& operator[](size_t i) const& { return data()[i]; }
  // Moves the element out of a temporary (`promote_and_apply(...)[0]`).
  T operator[](size_t i) && { return std::move(data()[i]); }
  T& front() { return data()[0]; }
  const T& front() const { return data()[0]; }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  void reserve(size_t capacity) {
    if (capacity <= capacity_) return;
    T* fresh = std::allocator<T>().allocate(capacity);
    std::uninitialized_move(begin(), end(), fresh);
    std::destroy(begin(), end());
    free_heap();
    heap_ = fresh;
    capacity_ = static_cast<uint32_t>(capacity);
  }
  // New elements are value-initialised, or copies of a value that is not an element itself.
  void resize(size_t size) {
    size_t old = set_size(size);
    for (T* fresh = data() + old; old < size; ++old) ::new (static_cast<void*>(fresh++)) T{};
  }
  void resize(size_t size, const T& value) {
    size_t old = set_size(size);
    if (size > old) std::uninitialized_fill(data() + old, data() + size, value);
  }
  template <class... Args>
  T& emplace_back(Args&&... args) {
    if (size_ == capacity_) return append_grown(T(std::forward<Args>(args)...));
    return *std::construct_at(data() + size_++, std::forward<Args>(args)...);
  }
  void push_back(const T& value) { emplace_back(value); }
  void push_back(T&& value) { emplace_back(std::move(value)); }
  void pop_back() { std::destroy_at(data() + --size_); }
  void clear() {
    std::destroy(begin(), end());
    size_ = 0;
  }
  void insert(const T* where, T value) { insert(where, &value, &value + 1); }
  template <class It>
  void insert(const T* where, It first, It last) {
    size_t at = static_cast<size_t>(where - begin()), old = size_;
    for (; first != last; ++first) push_back(*first);
    std::rotate(begin() + at, begin() + old, end());
  }
  void erase(const T* where) {
    T* gap = begin() + (where - begin());
    std::move(gap + 1, end(), gap);
    pop_back();
  }
  template <class It>
  void assign(It first, It last) {
    size_t size = static_cast<size_t>(std::distance(first, last));
    clear();
    reserve(size);
    for (T* to = data(); first != last; ++first) std::construct_at(to++, static_cast<T>(*first));
    size_ = static_cast<uint32_t>(size);
  }

  friend bool operator==(const InlineVector& a, const InlineVector& b) {
    if (a.size_ != b.size_) return false;
    const T *x = a.data(), *y = b.data();
    for (size_t i = 0; i < a.size_; ++i) {
      if (!(x[i] == y[i])) return false;
    }
    return true;
  }

 private:
  // Small inline storage of trivial elements is copied whole, without a loop or a call.
  static constexpr bool kCopiedWhole = std::is_trivially_copyable_v<T> && sizeof(T[N]) <= 64;

  void blank() {
    if constexpr (kCopiedWhole) std::memset(static_cast<void*>(inline_), 0, sizeof(inline_));
  }
  void make_room(size_t size) {
    if (size > capacity_) reserve(std::max(size, size_t{2} * capacity_));
  }
  // Sets the size and returns the old one. Destroys elements beyond it, leaves room for new ones,
  // which the caller constructs.
  size_t set_size(size_t size) {
    make_room(size);
    if (size < size_) std::destroy(data() + size, data() + size_);
    return std::exchange(size_, static_cast<uint32_t>(size));
  }
  // Takes a constructed value: its arguments may refer to an element, which moves here.
  T& append_grown(T value) {
    make_room(size_ + size_t{1});
    return *std::construct_at(data() + size_++, std::move(value));
  }
  void free_heap() {
    if (heap_) std::allocator<T>().deallocate(heap_, capacity_);
    heap_ = nullptr;
    capacity_ = N;
  }
  void copy(const InlineVector& other) {
    if constexpr (kCopiedWhole) {
      if (!other.heap_ && !heap_) {
        std::memcpy(static_cast<void*>(inline_), static_cast<const void*>(other.inline_),
                    sizeof(inline_));
        size_ = other.size_;
        return;
      }
    }
    assign(other.begin(), other.end());
  }
  void take(InlineVector& other) {
    if (other.heap_) {
      heap_ = std::exchange(other.heap_, nullptr);
      capacity_ = std::exchange(other.capacity_, N);
      size_ = std::exchange(other.size_, 0);
    } else if constexpr (kCopiedWhole) {
      copy(other);
      other.size_ = 0;
    } else {
      std::uninitialized_move(other.begin(), other.end(), inline_);
      size_ = other.size_;
      other.clear();
    }
  }

  T* heap_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = N;
  union {
    T inline_[N];
  };
};

}  // namespace mycel
