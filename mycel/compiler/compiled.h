// A traced function, compiled: what one entry of a jit cache holds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mycel/runtime/executable.h"
#include "mycel/tensor/tensor.h"
#include "mycel/tensor/trace.h"
#include "mycel/tensor/write_claim.h"

namespace mycel::compiler {

// The traced function as text and figures, for lower() and explain().
struct CompiledInfo {
  std::string traced;     // IR as traced
  std::string optimized;  // IR after the passes
  std::vector<std::string> kernels;
  double trace_seconds = 0, compile_seconds = 0;
};

class Compiled {
 public:
  // Runs `body` under a trace on tensors of the arguments' types (and their requires_grad), and
  // compiles what it did: the operations, the reads and writes of outer tensors, their gradients.
  // `body` runs ordinary code and must not be kept.
  static std::shared_ptr<Compiled> make(const std::string& name, const Tensors& arguments,
                                        const std::function<Tensors(const Tensors&)>& body);
  ~Compiled();

  // Whether the outer tensors still have the types, gradients and flags that were traced.
  bool fits() const;
  // And whether the arguments are leaves and have a `.grad` where those traced did, and are on the
  // same device. Their types and requires_grad are the caller's to compare.
  bool fits(const Tensors& arguments) const;
  // Whether a call changes outer tensors or gradients.
  bool writes() const { return writes_; }
  // One step. The arguments have the types that it was made for.
  Tensors call(const Tensors& arguments);

  const CompiledInfo& info() const { return info_; }
  const runtime::Executable& executable() const { return *forward_; }
  runtime::RunStats stats() const { return stats_; }

 private:
  friend class CompiledNode;
  struct Argument;
  struct Slot;
  struct StaleMark;
  struct HandedThrough;
  struct Backward;
  struct TracedArguments;
  struct Outputs;
  Compiled();
  TracedArguments trace_arguments(Trace& trace, const Tensors& arguments);
  void note_results(Trace& trace, const Tensors& results, const TracedArguments& traced,
                    Outputs& outputs);
  void note_values(Trace& trace, const TracedArguments& traced, Outputs& outputs);
  void note_grads(Trace& trace, const TracedArguments& traced, Outputs& outputs);
  void note_stale(Trace& trace, const TracedArguments& traced);
  void trace_backward(Trace& trace, const TracedArguments& traced, Outputs& outputs);
  void build(Trace& trace, const Tensors& arguments, const Outputs& outputs);
  std::vector<runtime::Spec> input_specs(const ir::Function& function,
                                         const Tensors& arguments) const;
  void check_distinct(const Tensors& arguments) const;
  WriteClaim::Objects written(const Tensors& arguments) const;
  bool is_written(const Tensor& argument) const;
  using Arrays = InlineVector<NDArray, 2>;
  using Inputs = InlineVector<const NDArray*, 16>;
  void gather(const Tensors& arguments, Arrays& held, Inputs& inputs) const;
  std::vector<State> states_of(const Tensors& arguments,
                               std::span<const NDArray* const> inputs) const;
  void lend_replaced_grads(std::span<NDArray> outputs) const;
  void write_back(const Tensors& arguments, std::span<NDArray> outputs,
                  const IntrusivePtr<Node>& node);
  void mark_stale(const Tensors& arguments) const;
  Edge edge_of(const IntrusivePtr<Node>& node, size_t output) const;
  Edge result_edge(const Tensors& arguments, const IntrusivePtr<Node>& node, size_t result) const;

  std::vector<TraceInput> inputs_;
  std::vector<Slot> slots_;
  std::vector<Argument> arguments_;
  std::vector<StaleMark> stale_marks_;
  std::vector<HandedThrough> handed_through_;  // by result
  std::vector<std::function<bool()>> guards_;
  std::vector<Trace::Number> numbers_;
  std::vector<Payload> foreign_;
  size_t num_results_ = 0;
  bool writes_ = false;
  Device device_;
  std::shared_ptr<const runtime::Executable> forward_;
  std::vector<bool> donated_;  // by input: a result may take its buffer
  bool takes_long_ = false;    // enough to give up a front end's lock
  std::shared_ptr<Backward> backward_;
  CompiledInfo info_;
  runtime::RunStats stats_;
};

}  // namespace mycel::compiler
