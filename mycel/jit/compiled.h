// A traced and compiled function: one entry of a jit cache.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mycel/base/reused.h"
#include "mycel/jit/base_sharing.h"
#include "mycel/runtime/executable.h"
#include "mycel/tensor/edge_changes.h"
#include "mycel/tensor/recorded_ops.h"
#include "mycel/tensor/tensor.h"
#include "mycel/tensor/tensor_write_lock.h"
#include "mycel/tensor/trace.h"

namespace mycel::compiler {

// The traced function as text and figures, for lower() and explain().
struct CompiledInfo {
  std::string traced;     // IR as traced
  std::string optimized;  // IR after the passes
  std::vector<std::string> kernels;
  double trace_seconds = 0, compile_seconds = 0;
};

struct Effects;

class Compiled {
 public:
  // Traces `body` on tensors with the arguments' types and requires_grad, and compiles the trace:
  // the operations, the reads and writes of captured tensors, their gradients. `body` runs ordinary
  // code and must not be kept. It runs again, even after a failure, if it writes a base that
  // arguments share with each other or with a captured tensor: the first run did not see such a
  // write through the other tensors.
  static std::shared_ptr<Compiled> make(const std::string& name, const Tensors& arguments,
                                        const std::function<Tensors(const Tensors&)>& body);
  ~Compiled();

  // Whether the captured tensors still have the types, gradients and flags that were traced.
  bool fits() const;
  // `fits()`, and for each argument the same leaf status, presence of `.grad` and device as traced
  // (and strides, where they matter), and the same sharing of written memory. The caller compares
  // their types and requires_grad.
  bool fits(const Tensors& arguments) const;
  // Whether a call writes arguments, captured tensors or gradients.
  bool writes() const { return writes_; }
  // Runs one call, in its turn. The arguments must have the types that the function was made for.
  class Turn;
  Tensors call(Turn& turn);

  const CompiledInfo& info() const { return info_; }
  const runtime::Executable& executable() const { return *forward_; }
  runtime::RunStats stats() const { return stats_; }

 private:
  friend class CompiledNode;
  struct Argument;
  struct CapturedTensor;
  struct ResultAlias;
  struct Result;
  class ResultFinder;
  struct OwnView;
  struct ViewEdge;
  struct EdgeWrite;
  struct EdgeChange;
  struct Variable;
  struct Replaced;
  struct NewGrad;
  struct LeftGrad;
  struct GradPlace;
  struct Backward;
  struct TracedArguments;
  struct Outputs;
  struct Called;
  // Facts that an earlier trace found to be needed; the function is traced again with them.
  struct Premises {
    BaseSharing sharing;
    bool strides = false;  // use the strides of arguments; else they are taken as row-major
    std::vector<const TensorImpl*> pinned;  // tensors whose gradients share written memory
  };
  explicit Compiled(const Premises& premises);
  TracedArguments trace_arguments(Trace& trace, const Tensors& arguments, const Tensors& entering,
                                  const Premises& premises);
  static Tensor given_member(const BaseSharing::Member& member, const Tensor& owner,
                             const TracedArguments& traced);
  void trace_value(Trace& trace, const Tensor& value, bool knows_strides, TracedArguments& traced);
  void note_effects(Trace& trace, const Tensors& entering, Tensors results,
                    const EdgeChanges& changes, TracedArguments& traced, Outputs& outputs);
  void add_new_grads(Trace& trace, const TracedArguments& traced, Tensors& results);
  void add_left_grads(const TracedArguments& traced, Tensors& results);
  void note_results(Trace& trace, const Tensors& results, const EdgeChanges& changes,
                    const TracedArguments& traced, Outputs& outputs);
  using Known = std::unordered_map<const TensorImpl*, Result>;
  static Known known_tensors(Trace& trace, const TracedArguments& traced);
  static Result known_result(Trace& trace, const TensorImpl& result, const Known& known);
  size_t add_state(Trace& trace, State state, const TracedArguments& traced, Outputs& outputs);
  void note_detached(Trace& trace, const TracedArguments& traced, Outputs& outputs);
  void note_edge_changes(Trace& trace, const EdgeChanges& changes, TracedArguments& traced);
  void note_values(Trace& trace, const Tensors& entering, const TracedArguments& traced,
                   Outputs& outputs);
  void note_replacements(Trace& trace, const TracedArguments& traced, Outputs& outputs);
  void note_handed_value(size_t output, bool keeps_edge);
  void note_grads(Trace& trace, const TracedArguments& traced, Outputs& outputs);
  void trace_backward(Trace& trace, const RecordedOps& recorded, const TracedArguments& traced,
                      Outputs& outputs);
  // Whether the trace must be repeated with more premises.
  bool needs_more(const Tensors& arguments, const Tensors& entering, Premises& premises) const;
  void hand_freed(size_t output);
  std::vector<Edge> note_variables(Trace& trace, const TracedArguments& traced,
                                   const Outputs& outputs);
  void note_slots_at_entry();
  void build(Trace& trace, const Tensors& entering, const Outputs& outputs);
  std::vector<runtime::Spec> input_specs(const ir::Function& function,
                                         const Tensors& entering) const;

  // `entering` are the arguments, or the tensors that enter instead if some share a base.
  bool fits_entering(const Tensors& entering) const;
  bool lies_as_traced(const Tensors& entering, size_t place) const;
  bool shares_as_traced(const Tensors& entering) const;
  struct OuterRoot {
    const TensorImpl* root;
    bool written;
  };
  const OuterRoot* find_outer(const TensorImpl& root) const;
  template <class F>
  void for_each_shared(const Tensors& entering, const F& take) const;
  template <class F>
  void for_each_shared_grad(const Tensors& entering, const F& take) const;

  Tensors call_entering(const Tensors& arguments, const Tensors& entering);
  void check_writable(const Tensors& entering) const;
  // The roots of the tensors that a call writes and reads.
  struct Roots {
    std::vector<const void*> written, read;
    void clear() { written.clear(), read.clear(); }
    bool operator==(const Roots&) const = default;
  };
  void list_roots(const Tensors& entering, Roots& roots) const;
  void drop_views_of_written(const Tensors& entering) const;
  // The inputs to keep alive during a call.
  using Held = std::optional<Reused<std::vector<NDArray>>>;
  void gather(const Tensors& entering, std::span<const NDArray*> inputs, Held& held) const;
  Tensors make_new_leaves() const;
  std::vector<Edge> variable_edges(const Called& called) const;
  Edge leaf_edge(const Called& called, size_t leaf) const;
  void lend_replaced_grads(std::span<NDArray> outputs) const;
  Tensors leave_behind(const Called& called, Tensors made, std::span<NDArray> outputs,
                       const IntrusivePtr<Node>& node);
  Edge edge_of(const IntrusivePtr<Node>& node, size_t output) const;
  Edge output_edge(const Called& called, const IntrusivePtr<Node>& node, size_t output) const;
  Tensors new_results(const Called& called, std::span<NDArray> outputs,
                      const IntrusivePtr<Node>& node) const;
  Tensor tensor_of(const Result& result, const Called& called) const;
  // The results of a call while they are connected to each other and to other tensors.
  struct Connected {
    Tensors& made;
    Tensors own_views, results;
  };
  void connect_results(const Called& called, bool before, Connected& connected) const;

  std::vector<TraceInput> inputs_;
  std::vector<CapturedTensor> slots_;
  std::vector<OuterRoot> outer_roots_;  // of the captured tensors, ordered by address
  std::vector<Argument> arguments_;     // by place
  BaseSharing sharing_;
  std::vector<Result> results_;
  std::vector<OwnView> own_views_;  // a view of another one comes after it
  std::vector<ViewEdge> view_edges_;
  std::vector<EdgeWrite> edge_writes_;
  std::vector<EdgeChange> edge_changes_;
  std::vector<Result> leaves_;      // made by requires_grad_()
  std::vector<size_t> new_leaves_;  // the output of each that is a result, else kNoOutput
  std::vector<Variable> variables_;
  bool hands_values_through_ = false;  // a new value takes over the edge of another tensor
  size_t num_results_ = 0;             // the function's own; new gradients follow
  size_t num_new_results_ = 0;
  std::vector<Replaced> replaced_;
  std::vector<NewGrad> new_grads_;
  std::vector<LeftGrad> left_grads_;
  std::vector<GradPlace> grad_inputs_;
  bool results_are_new_ = false;  // every result is an output of its own, in the same order
  // Each output that is a result or a new value has one.
  std::vector<ResultAlias> handed_through_;
  std::vector<std::function<bool()>> guards_;
  std::vector<Trace::Number> numbers_;
  std::vector<Payload> foreign_;
  bool writes_ = false;
  Device device_;
  std::shared_ptr<const runtime::Executable> forward_;
  std::vector<bool> donated_;     // by input: a result may take its buffer
  bool is_long_running_ = false;  // long enough to release the interpreter lock
  std::shared_ptr<Backward> backward_;
  IntrusivePtr<Node> freed_;  // the node of outputs whose graph is freed
  CompiledInfo info_;
  runtime::RunStats stats_;
};

// The turn of one call: until the call ends, no other thread's call writes or reads what this one
// writes.
class Compiled::Turn {
 public:
  // Waits until no other thread's call writes what this one reads or writes. The arguments must fit
  // the function and outlive the turn.
  Turn(const Compiled& function, const Tensors& arguments);
  // If so, other threads may have run: check again whether the function fits.
  bool waited() const { return waited_; }
  // Whether the roots that it locked or waited for are still those that the call writes and reads;
  // ask only if the function fits.
  bool stands() const;

 private:
  friend class Compiled;
  const Tensors& entering() const { return of_sharing_.empty() ? arguments_ : of_sharing_; }

  const Compiled& function_;
  const Tensors& arguments_;
  Tensors of_sharing_;                  // the entering tensors, if arguments share a base
  std::optional<Reused<Roots>> roots_;  // set if there is something to wait for
  std::optional<TensorWriteLock> claim_;
  bool waited_ = false;
};

}  // namespace mycel::compiler
