// What a compiled function knows of the tensors around it.
#pragma once

#include <optional>

#include "mycel/compiler/compiled.h"
#include "mycel/tensor/object.h"

namespace mycel::compiler {

inline constexpr size_t kNoOutput = ~size_t{0};

// What a call does to a tensor object that lives on: an argument, or an outer tensor.
struct Effects {
  size_t output = kNoOutput;       // of its new value
  size_t grad_output = kNoOutput;  // of its new gradient
  bool grad_cleared = false;

  bool any() const { return output != kNoOutput || grad_output != kNoOutput || grad_cleared; }
};

// An argument. In the trace another object stands for it.
struct Compiled::Argument {
  bool leaf = false;           // a leaf that requires a gradient
  bool grad_at_entry = false;  // of a leaf
  Effects effects;
  std::optional<ir::Location> stale_write;  // if a view of it was written
};

// An outer tensor that the function reads or writes.
struct Compiled::Slot {
  Tensor object;
  ir::Type type;
  bool requires_grad = false;
  bool leaf = false;
  TraceSlot::Grad grad_status = TraceSlot::Grad::kUntouched;
  bool grad_at_entry = false;
  Effects effects;
};

// An outer tensor of which a view is written; it may be gone by the time of a call.
struct Compiled::StaleMark {
  IntrusivePtr<Anchor> anchor;
  ir::Location write;
};

// A result that is an argument or an outer tensor itself has the gradient of that one.
struct Compiled::HandedThrough {
  enum class Kind : uint8_t { kNo, kArgument, kSlot } kind = Kind::kNo;
  size_t index = 0;
};

}  // namespace mycel::compiler
