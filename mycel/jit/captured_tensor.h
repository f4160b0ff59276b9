// Records of a compiled function about its arguments, captured tensors and results.
#pragma once

#include <optional>

#include "mycel/jit/compiled.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel::compiler {

inline constexpr size_t kNoOutput = ~size_t{0};
inline constexpr size_t kNoResult = ~size_t{0};

// The effects of a call on a tensor that outlives it: an argument, a base or a captured tensor.
struct Effects {
  size_t output = kNoOutput;       // the output that is its new value
  bool keeps_edge = false;         // written without recording a gradient
  bool replaced = false;           // takes another value as its own (x.data = y)
  size_t grad_output = kNoOutput;  // the output with its gradient's new elements
  bool grad_replaced = false;      // gets another gradient or none
  bool edge_changes = false;       // requires_grad_() or detach_()

  bool any() const {
    return output != kNoOutput || replaced || grad_output != kNoOutput || grad_replaced ||
           edge_changes;
  }
};

// An argument. Another object stands for it in the trace.
struct Compiled::Argument {
  bool leaf = false;  // a leaf that requires a gradient
  bool grad_at_entry = false;
  bool row_major = false;  // the function calls view() on it, which other strides may refuse
  // The strides of a view that is not row-major; which reshapes of it are views depends on them.
  std::optional<Strides> strides;
  Tensor pinned_grad;  // its gradient must be this tensor
  Effects effects;
};

// A captured tensor: the function reads or writes it. For a view, the root is read and written.
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

// The source of a result: a tensor, and the chain to the result if that is a view of it.
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
    kResult,  // an earlier result
  } kind = Kind::kOutput;
  size_t index = 0;  // numbers the output, argument, view, entering or captured tensor, or result
  Tensor outer;
  ViewChain chain;
  bool before = false;    // a view of the value that the tensor had before it was replaced
  bool last_use = false;  // of an output: no later result is this output or a view of it

  bool stands_for(const Result& tensor) const {
    return kind == tensor.kind && index == tensor.index && outer.same_object(tensor.outer);
  }
};

// A detached view made by the function; some result is this view or a view of it.
struct Compiled::OwnView {
  Result from;
  size_t output = kNoOutput;  // with its value, if it has a gradient
};

// A result that is a view of a tensor whose edge the function changed. Until it is derived again,
// it keeps its edge from the end of the trace: that of an output, or none.
struct Compiled::ViewEdge {
  size_t result;
  size_t output = kNoOutput;
};

// A detached view that outlives the call and takes the edge of an output.
struct Compiled::EdgeWrite {
  Result view;
  size_t output;
};

// A tensor that requires_grad_() or detach_() changed: after the call it is a leaf, or has no
// gradient.
struct Compiled::EdgeChange {
  Result tensor;
  bool leaf;
};

// A tensor with respect to which the call is differentiated: an entering or captured tensor as it
// was when the call began, a leaf made from a tensor that outlives the call, or a leaf made from a
// new tensor.
struct Compiled::Variable {
  enum class Kind : uint8_t { kEntering, kSlot, kLeaf, kNewLeaf } kind;
  size_t index;  // numbers the entering tensor, captured tensor or leaf
};

// The `.grad` of an entering tensor, by place, or of a captured tensor.
struct Compiled::GradPlace {
  bool of_slot;
  size_t index;
};

// A tensor that takes another value as its own (x.data = y).
struct Compiled::Replaced {
  Result tensor;
  size_t output;
  bool keeps_edge;
};

// A tensor that gets another gradient, or none.
struct Compiled::NewGrad {
  GradPlace of;
  size_t result = kNoResult;
};

// A gradient that the function leaves in a tensor that does not enter itself: a result, or an
// argument that is a view of a shared base. The gradient is another result.
struct Compiled::LeftGrad {
  bool of_result;
  size_t index;
  size_t grad;
};

// The tensor whose edge an output has, so that the output's gradient goes to it: an entering or
// captured tensor, a leaf that the trace made from a tensor that outlives the call, or a new leaf.
// kFreed: the function itself freed the output's graph, so a backward pass through it raises.
struct Compiled::ResultAlias {
  enum class Kind : uint8_t { kNo, kArgument, kSlot, kLeaf, kNewLeaf, kFreed } kind = Kind::kNo;
  size_t index = 0;
};

// The tensors of a call: its arguments, the entering tensors, and the leaves that it makes of new
// tensors.
struct Compiled::Called {
  const Tensors& arguments;
  const Tensors& entering;
  Tensors new_leaves;
};

}  // namespace mycel::compiler
