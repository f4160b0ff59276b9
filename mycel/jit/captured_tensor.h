// What a compiled function knows of the tensors around it.
#pragma once

#include <optional>

#include "mycel/jit/compiled.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel::compiler {

inline constexpr size_t kNoOutput = ~size_t{0};

// The effects of a call on a tensor that outlives it: an argument, a base or an outer tensor.
struct Effects {
  size_t output = kNoOutput;       // of its new value
  bool keeps_edge = false;         // it was written where no gradient is recorded
  bool replaced = false;           // it takes another value as its own
  size_t grad_output = kNoOutput;  // of the new elements of the gradient that it has
  bool grad_replaced = false;      // by another gradient or none
  bool edge_changes = false;       // requires_grad_() or detach_()

  bool any() const {
    return output != kNoOutput || replaced || grad_output != kNoOutput || grad_replaced ||
           edge_changes;
  }
};

// An argument. In the trace another object stands for it.
struct Compiled::Argument {
  bool leaf = false;  // a leaf that requires a gradient
  bool grad_at_entry = false;
  bool row_major = false;  // the function makes a view() of it that other strides may refuse
  // Of a view whose elements lie otherwise than row-major; what it may show as a view depends on
  // it.
  std::optional<Strides> strides;
  Tensor pinned_grad;  // which its gradient must be
  Effects effects;
};

// An outer tensor that the function reads or writes. Of a view the root is read and written.
struct Compiled::CapturedTensor {
  Tensor object;
  Tensor root;
  ViewChain chain;  // from the root
  ir::Type type;
  bool requires_grad = false;
  bool leaf = false;
  TraceSlot::Grad grad_status = TraceSlot::Grad::kUntouched;
  bool grad_at_entry = false;
  Tensor pinned_grad;
  Effects effects;

  bool fits(Device device) const;
};

// Where a result comes from: a tensor, and the way down to the result if it is a view of that.
struct Compiled::Result {
  enum class Kind : uint8_t {
    kOutput,
    kArgument,
    kDetached,
    kOwnView,
    kEntering,
    kOuter,
    kEnteringGrad,
    kSlotGrad,
    kResult,  // an earlier one
  } kind = Kind::kOutput;
  size_t index = 0;  // of the output, the argument, the view, the slot, the result, or by place
  Tensor outer;
  ViewChain chain;
  bool before = false;    // a view of the value that the tensor had before it was replaced
  bool last_use = false;  // of an output: no later result is that, or a view of it

  bool stands_for(const Result& tensor) const {
    return kind == tensor.kind && index == tensor.index && outer.same_object(tensor.outer);
  }
};

// A detached view that the trace made, from which results come.
struct Compiled::OwnView {
  Result from;
  size_t output = kNoOutput;  // of its value, if it has a gradient
};

// A result that is a view of a tensor whose edge the function changed. It has the edge that it had
// at the trace's end, that of an output or none, until it is derived again.
struct Compiled::ViewEdge {
  size_t result;
  size_t output = kNoOutput;
};

// A detached view that outlives the call and gets another gradient, that of an output.
struct Compiled::EdgeWrite {
  Result view;
  size_t output;
};

// A tensor that requires a gradient after the call, as a leaf, or none: by requires_grad_() or
// detach_().
struct Compiled::EdgeChange {
  Result tensor;
  bool leaf;
};

// What gradients are taken with respect to: what a tensor was at the call's start, or a leaf that
// the function made of a tensor that lives on, or of one of its own.
struct Compiled::Variable {
  enum class Kind : uint8_t { kEntering, kSlot, kLeaf, kNewLeaf } kind;
  size_t index;  // by place, or of the slot or the leaf
};

// A gradient that enters: that of an argument by place, or of a slot.
struct Compiled::GradPlace {
  bool of_slot;
  size_t index;
};

// A tensor that takes another value as its own.
struct Compiled::Replaced {
  Result tensor;
  size_t output;
  bool keeps_edge;
};

// A tensor that gets another gradient, or none.
struct Compiled::NewGrad {
  GradPlace of;
  size_t result = kNoOutput;
};

// A gradient that is left in a tensor which enters without one: a result, or an argument that
// shares its base. The gradient is another result.
struct Compiled::LeftGrad {
  bool of_result;
  size_t index;
  size_t grad;
};

// An output that is the value of an argument or an outer tensor has the gradient of that one, or of
// the leaf that the trace made of it; one that is the value of another leaf has the gradient of
// that. A gradient that the function itself has taken and freed can be taken no more.
struct Compiled::ResultAlias {
  enum class Kind : uint8_t { kNo, kArgument, kSlot, kLeaf, kNewLeaf, kFreed } kind = Kind::kNo;
  size_t index = 0;
};

// The tensors of a call: its arguments, what enters, and the leaves that it makes of no known
// tensor.
struct Compiled::Called {
  const Tensors& arguments;
  const Tensors& entering;
  Tensors new_leaves;
};

}  // namespace mycel::compiler
