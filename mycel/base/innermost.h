// Scopes of one kind, which nest within a thread.
#pragma once

namespace mycel {

// A member of each scope: the last one that was made and still exists is the thread's innermost.
template <class Scope>
class Innermost {
 public:
  explicit Innermost(Scope* self) : outer_(innermost_) { innermost_ = self; }
  ~Innermost() { innermost_ = outer_; }
  Innermost(const Innermost&) = delete;
  // nullptr if there is none.
  static Scope* get() { return innermost_; }

 private:
  static inline constinit thread_local Scope* innermost_ = nullptr;
  Scope* outer_;
};

}  // namespace mycel
