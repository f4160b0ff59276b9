// A function being traced: `apply` appends to it, and tensors from outside become its inputs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mycel/ir/function.h"
#include "mycel/tensor/context.h"
#include "mycel/tensor/tensor.h"
#include "mycel/tensor/tensor_impl.h"

namespace mycel {

// The trace's record of an object from outside: a parameter, a running statistic, a captured
// tensor.
struct TraceSlot {
  Tensor object;
  State current;               // its value at this point of the trace
  Edge entry_edge;             // where its gradient leaves the trace, at the start
  ir::Value* input = nullptr;  // the function's argument, if its value was read before a write
  bool written = false;
  uint64_t version = 0;  // incremented by every write
  // For a view, the version of its root from which `current` was derived. A view is no input or
  // output of the function; its root is.
  uint64_t derived = ViewLink::kNever;

  // `.grad`: untouched, or its value at this point of the trace. Whether it was defined at the
  // start matters only if it was read before it was written.
  enum class Grad : uint8_t { kUntouched, kRead, kWritten } grad_status = Grad::kUntouched;
  bool grad_at_entry = false;
  ir::Value* grad_input = nullptr;
  Tensor entry_grad;  // the gradient at the start, as the trace sees it
  Tensor grad;
};

// A tensor whose value was replaced by another tensor's (x.data = y). Views made before show the
// old value.
struct Replacement {
  Tensor object;
  Tensor before;  // base of the views made before
  Tensor now;     // base of those made since; not `object` if that is from outside
};

// Where an argument of the traced function comes from at each call.
struct TraceInput {
  enum class Kind : uint8_t { kArgument, kState, kGrad, kNumber, kForeign, kArgumentGrad } kind;
  size_t index;  // argument number, slot, number, or foreign payload
};

class Trace final : public RefCounted {
 public:
  explicit Trace(std::string name);
  // Appends to an existing function, before an operation or at a region's end (passes use it).
  Trace(ir::Function& function, ir::Region& region, ir::Operation* before);

  ir::Function& function() { return *function_; }
  // The device on which the function runs: that of its arguments and of the outer tensors that it
  // uses, or the context's if there are none. It is the context's device while the trace is open.
  Device device() const { return device_.value_or(context().device); }
  // Sets the device; raises ValueError if the trace has another one.
  void use_device(Device device);
  std::unique_ptr<ir::Function> take_function() { return std::move(owned_); }

  Tensor add_argument(const ir::Type& type, std::string_view name = "");
  // Adds an input for the `.grad` that an argument has at each call.
  Tensor add_argument_grad(size_t argument, const ir::Type& type);
  // Returns a tensor for a value of the function.
  Tensor wrap(ir::Value* value);
  // Returns the value for a payload: its own, or an input of the function for one from outside.
  ir::Value* lift(const Payload& payload);
  // A 0-d operand whose number `provider` gives at each call (a learning rate). The same owner,
  // `key` and dtype give the same operand.
  Tensor number(const void* owner, const std::string& key, DType dtype,
                std::function<double()> provider);

  State read(const Tensor& object);
  // The edge that `read` would give, without reading.
  const Edge& edge(const Tensor& object);
  void write(const Tensor& object, State value);
  // Replaces the object's value by another tensor's (x.data = y).
  void replace(const Tensor& object, State value);
  // The replacement of an object in the trace; nullptr if it was not replaced.
  const Replacement* replacement(const TensorImpl& object) const;
  const std::vector<Replacement>& replacements() const { return replacements_; }
  // Records the strides of an argument whose elements are not row-major in its base.
  void set_strides(const Tensor& argument, Strides strides);
  const Strides* strides(const TensorImpl& argument) const;
  Tensor read_grad(const Tensor& object);
  // Makes `read_grad` give the gradient of an outer tensor as the outer tensor that it is, not as
  // an input that may differ at each call.
  void pin_grad(const TensorImpl& object) { pinned_grads_.insert(&object); }
  bool pins_grad(const TensorImpl& object) const { return pinned_grads_.count(&object) != 0; }
  void write_grad(const Tensor& object, const Tensor& grad);

  ir::Operation* append(const ir::OpDef& op, std::span<ir::Value* const> operands,
                        const ir::Attributes& attributes, const ir::Location& location);

  struct Number {
    const void* owner;
    std::string key;
    DType dtype;
    std::function<double()> provider;
  };
  const std::vector<TraceInput>& inputs() const { return inputs_; }
  std::vector<TraceSlot>& slots() { return slots_; }
  const std::vector<Number>& numbers() const { return numbers_; }
  const std::vector<Payload>& foreign() const { return foreign_; }
  // The trace is valid only while `holds()` is true: for state that is not a tensor (a module's
  // mode).
  void guard(std::function<bool()> holds) { guards_.push_back(std::move(holds)); }
  const std::vector<std::function<bool()>>& guards() const { return guards_; }
  // The slot of an object from outside; nullptr if there is none yet.
  TraceSlot* find_slot(const TensorImpl& object);
  // The same, made on first use.
  TraceSlot& slot(const Tensor& object);
  bool finished() const { return finished_; }

 private:
  friend class OwnedTrace;
  // Ends the trace; its tensors raise on later use.
  void finish();
  ir::Value* add_input(TraceInput input, const ir::Type& type, std::string_view name);
  ir::Value* add_constant(const NDArray& array);

  std::unique_ptr<ir::Function> owned_;
  ir::Function* function_;
  ir::Region* region_;
  ir::Operation* before_ = nullptr;
  std::vector<TraceInput> inputs_;
  std::vector<TraceSlot> slots_;
  std::unordered_map<const TensorImpl*, size_t> slot_of_;
  std::vector<Replacement> replacements_;
  std::unordered_map<const TensorImpl*, size_t> replacement_of_;
  std::unordered_map<const TensorImpl*, Strides> strides_;
  std::unordered_set<const TensorImpl*> pinned_grads_;
  std::vector<Number> numbers_;
  std::vector<ir::Value*> number_values_;
  std::vector<Payload> foreign_;
  std::vector<ir::Value*> foreign_values_;
  std::vector<std::function<bool()>> guards_;
  size_t num_arguments_ = 0;
  bool finished_ = false;
  bool appends_ = false;  // to an existing function, whose arguments are fixed
  std::optional<Device> device_;
  std::map<std::tuple<const void*, std::string, DType>, size_t> number_of_;
  std::unordered_multimap<size_t, size_t> foreign_by_hash_;  // indices into foreign_
};

// Owns a trace and finishes it on destruction, also during unwinding.
class OwnedTrace {
 public:
  template <typename... Args>
  explicit OwnedTrace(Args&&... args) : trace_(new Trace(std::forward<Args>(args)...)) {}
  ~OwnedTrace() { trace_->finish(); }
  OwnedTrace(const OwnedTrace&) = delete;
  Trace& operator*() const { return *trace_; }
  Trace* operator->() const { return trace_.get(); }

 private:
  IntrusivePtr<Trace> trace_;
};

// Raises CompileError: a tensor of a traced call is used after it.
[[noreturn]] void fail_trace_is_over();

// Whether the open trace sees the object as one from outside: read as an input, written as an
// output. (A value of another trace is lifted where it is used.)
inline bool is_outer(const TensorImpl& object) {
  return context().trace && !object.state.payload.is_traced();
}

// The tensor that holds the value of `tensor` in the open trace: another one if the trace replaced
// it.
inline const Tensor* current(const Tensor& tensor) {
  if (!context().trace || !tensor.defined()) return &tensor;
  const Replacement* replacement = context().trace->replacement(*tensor.object());
  return replacement ? &replacement->now : &tensor;
}

// Opens a trace on this thread for a scope; nothing is computed while it is open.
class TraceScope {
 public:
  explicit TraceScope(Trace& trace) : previous_(context().trace) { context().trace = &trace; }
  ~TraceScope() { context().trace = previous_; }
  TraceScope(const TraceScope&) = delete;

 private:
  Trace* previous_;
};

}  // namespace mycel
