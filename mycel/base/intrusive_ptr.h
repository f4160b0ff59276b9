// A reference-counted pointer whose count lives in the object: one word wide, one allocation.
#pragma once

#include <atomic>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace mycel {

class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;
  virtual ~RefCounted() = default;

  void retain() const { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const {
    // The only reference needs no atomic subtraction, which is most of the cost.
    if (unique() || count_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }
  // Takes the first reference, before any other thread sees the object.
  void retain_first() const { count_.store(1, std::memory_order_relaxed); }
  bool unique() const { return count_.load(std::memory_order_acquire) == 1; }

 protected:
  // Disposes of the object after the last release; pooled classes override it.
  virtual void destroy() const { delete this; }

 private:
  mutable std::atomic<size_t> count_{0};
};

// Deletes an object, and every object of its type that was referenced only by it. Uses a loop, not
// recursion, so that long chains do not overflow the stack. Implements `destroy` for nodes that
// form chains.
template <class T>
void destroy_chain(const T* object) {
  static thread_local std::vector<const T*>* pending = nullptr;
  if (pending) {
    pending->push_back(object);
    return;
  }
  std::vector<const T*> work{object};
  pending = &work;
  while (!work.empty()) {
    const T* next = work.back();
    work.pop_back();
    delete next;
  }
  pending = nullptr;
}

// Customisation points of IntrusivePtr. A header that only declares T may overload both, so that
// its users can copy pointers to the incomplete type.
template <class T>
void intrusive_retain(const T* object) {
  object->retain();
}
template <class T>
void intrusive_release(const T* object) {
  object->release();
}

template <class T>
class IntrusivePtr {
 public:
  IntrusivePtr() = default;
  IntrusivePtr(std::nullptr_t) {}
  explicit IntrusivePtr(T* pointer) : pointer_(pointer) {
    if (pointer_) intrusive_retain(pointer_);
  }
  IntrusivePtr(const IntrusivePtr& other) : IntrusivePtr(other.pointer_) {}
  IntrusivePtr(IntrusivePtr&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  template <class D, class = std::enable_if_t<std::is_convertible_v<D*, T*>>>
  IntrusivePtr(const IntrusivePtr<D>& other) : IntrusivePtr(static_cast<T*>(other.get())) {}
  IntrusivePtr& operator=(IntrusivePtr other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }
  static IntrusivePtr first(T* fresh) {
    IntrusivePtr pointer;
    pointer.pointer_ = fresh;
    fresh->retain_first();
    return pointer;
  }
  ~IntrusivePtr() {
    if (pointer_) intrusive_release(pointer_);
  }

  T* get() const { return pointer_; }
  T* operator->() const { return pointer_; }
  T& operator*() const { return *pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }
  friend bool operator==(const IntrusivePtr& a, const IntrusivePtr& b) {
    return a.pointer_ == b.pointer_;
  }

 private:
  T* pointer_ = nullptr;
};

template <class T, class... Args>
IntrusivePtr<T> make_intrusive(Args&&... args) {
  return IntrusivePtr<T>::first(new T(std::forward<Args>(args)...));
}

}  // namespace mycel
