// A vector whose elements are numbered by an enum class.
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace mycel {

// The numbers from `begin` to `end`, which is excluded, in steps of 1 or -1.
template <class Index>
class IndexRange {
 public:
  class Iterator {
   public:
    Iterator(ptrdiff_t number, ptrdiff_t step) : number_(number), step_(step) {}
    Index operator*() const { return static_cast<Index>(number_); }
    Iterator& operator++() {
      number_ += step_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    ptrdiff_t number_, step_;
  };

  IndexRange(ptrdiff_t begin, ptrdiff_t end, ptrdiff_t step)
      : begin_(begin, step), end_(end, step) {}
  Iterator begin() const { return begin_; }
  Iterator end() const { return end_; }

 private:
  Iterator begin_, end_;
};

// A std::vector whose subscript is an enum class `Index`, so that the number of a thing of another
// kind does not compile.
template <class Index, class T>
class IndexedVector {
 public:
  IndexedVector() = default;
  explicit IndexedVector(size_t size, const T& value = T()) : items_(size, value) {}

  decltype(auto) operator[](Index i) { return items_[static_cast<size_t>(i)]; }
  decltype(auto) operator[](Index i) const { return items_[static_cast<size_t>(i)]; }

  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  const T* data() const { return items_.data(); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

  IndexRange<Index> indices() const { return {0, std::ssize(items_), 1}; }
  IndexRange<Index> reversed_indices() const { return {std::ssize(items_) - 1, -1, -1}; }
  // The number of the element that is added next.
  Index next_index() const { return static_cast<Index>(items_.size()); }

  // Returns the number of the new element.
  Index push_back(T value) {
    Index index = next_index();
    items_.push_back(std::move(value));
    return index;
  }
  void resize(size_t size) { items_.resize(size); }

  friend bool operator==(const IndexedVector&, const IndexedVector&) = default;

 private:
  std::vector<T> items_;
};

}  // namespace mycel
