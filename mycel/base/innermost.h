// Innermost: tracks each thread's innermost scope of one kind. Scopes nest.
#pragma once

namespace mycel {

// A member of the scope class: makes `self` the thread's innermost scope for its lifetime.
template <class Scope>
class Innermost {
 public:
  explicit Innermost(Scope* self) : outer_(innermost_) { innermost_ = self; }
  ~Innermost() { innermost_ = outer_; }
  Innermost(const Innermost&) = delete;
  // Returns nullptr if no scope is open.
  static Scope* get() { return innermost_; }

 private:
  static inline constinit thread_local Scope* innermost_ = nullptr;
  Scope* outer_;
};

}  // namespace mycel
