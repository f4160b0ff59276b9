#include "mycel/jit/compiled.h"

#include <chrono>
#include <exception>
#include <map>

#include "mycel/autodiff/backward.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/ir/text.h"
#include "mycel/jit/compiled_node.h"
#include "mycel/jit/compiled_trace.h"
#include "mycel/tensor/leaf.h"
#include "mycel/tensor/row_major_views.h"

namespace mycel::compiler {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

Compiled::Compiled(const Premises& premises) : sharing_(premises.sharing) {}
Compiled::~Compiled() = default;

std::shared_ptr<Compiled> Compiled::make(const std::string& name, const Tensors& arguments,
                                         const std::function<Tensors(const Tensors&)>& body) {
  Clock::time_point start = Clock::now();
  Premises premises;
  while (true) {
    std::shared_ptr<Compiled> self(new Compiled(premises));
    Tensors entering = premises.sharing.entering(arguments);
    OwnedTrace trace(name);
    for (const Tensor& argument : entering) trace->use_device(argument.device());
    Outputs outputs;
    {
      DeviceScope device(trace->device());
      TraceScope scope(*trace);
      RecordedOps recorded;
      RowMajorViews row_major;
      EdgeChanges changes;
      TracedArguments traced = self->trace_arguments(*trace, arguments, entering, premises);
      Tensors results;
      std::exception_ptr failure;
      try {
        results = body(traced.given);
      } catch (...) {
        failure = std::current_exception();
      }
      for (size_t i = 0; i < entering.size(); ++i) {
        self->arguments_[i].row_major = row_major.has(traced.tensors[i]);
      }
      try {
        self->note_effects(*trace, entering, std::move(results), changes, traced, outputs);
      } catch (...) {
        if (!failure) throw;
      }
      changes.undo();
      self->note_slots_at_entry();
      if (self->needs_more(arguments, entering, premises)) continue;
      if (failure) std::rethrow_exception(failure);
      self->trace_backward(*trace, recorded, traced, outputs);
    }
    self->info_.trace_seconds = seconds_since(start);
    self->build(*trace, entering, outputs);
    self->info_.compile_seconds = seconds_since(start) - self->info_.trace_seconds;
    return self;
  }
}

// Records the effects of the body, up to its end or to where it failed.
void Compiled::note_effects(Trace& trace, const Tensors& entering, Tensors results,
                            const EdgeChanges& changes, TracedArguments& traced, Outputs& outputs) {
  note_edge_changes(trace, changes, traced);
  add_new_grads(trace, traced, results);
  add_left_grads(traced, results);
  note_results(trace, results, changes, traced, outputs);
  note_detached(trace, traced, outputs);
  note_values(trace, entering, traced, outputs);
  note_replacements(trace, traced, outputs);
  note_grads(trace, traced, outputs);
}

void Compiled::trace_backward(Trace& trace, const RecordedOps& recorded,
                              const TracedArguments& traced, Outputs& outputs) {
  std::vector<Edge> variables = note_variables(trace, traced, outputs);
  // A leaf that is passed through keeps its own edge: it is not an output of the call's node.
  // Neither is a loss that the function itself differentiated and freed.
  std::vector<bool> differentiable;
  FreedGraphs freed;
  for (size_t i = 0; i < outputs.states.size(); ++i) {
    const Edge& edge = outputs.states[i].edge;
    bool depends = edge.node && edge.node->num_inputs() > 0, is_freed = freed.contains(edge);
    differentiable.push_back(depends && !is_freed);
    if (depends && is_freed) hand_freed(i);
  }
  backward_ =
      Backward::trace(trace, recorded, outputs.states, std::move(differentiable), variables);
  if (!backward_) return;
  for (ir::Value* residual : backward_->residuals) outputs.add(residual);
}

// Notes an output whose gradient has a freed graph.
void Compiled::hand_freed(size_t output) {
  if (!freed_) {
    Tensor gone{State()};
    freed_ = make_intrusive<FreedNode>(Edge{make_leaf(*gone.object()), 0});
  }
  handed_through_[output].kind = ResultAlias::Kind::kFreed;
  if (output >= num_new_results_) hands_values_through_ = true;
}

// Every tensor with a gradient is a variable, even if its value is not an input: it may be
// overwritten before it is read.
std::vector<Edge> Compiled::note_variables(Trace& trace, const TracedArguments& traced,
                                           const Outputs& outputs) {
  using Kind = Variable::Kind;
  std::vector<Edge> edges;
  auto add = [&](Kind kind, size_t index, const Edge& edge) {
    if (!edge.node) return;
    variables_.push_back({kind, index});
    edges.push_back(edge);
  };
  for (size_t i = 0; i < traced.edges.size(); ++i) add(Kind::kEntering, i, traced.edges[i]);
  for (size_t i = 0; i < slots_.size(); ++i) add(Kind::kSlot, i, trace.slots()[i].entry_edge);
  for (size_t i = 0; i < leaves_.size(); ++i) add(Kind::kLeaf, i, traced.leaves[i]);
  for (size_t i = 0; i < new_leaves_.size(); ++i) add(Kind::kNewLeaf, i, outputs.new_leaves[i]);
  return edges;
}

// Records captured tensors as they were before the trace.
void Compiled::note_slots_at_entry() {
  std::map<const TensorImpl*, bool> written;
  for (CapturedTensor& slot : slots_) {
    const TensorImpl& object = *slot.object.object();
    slot.chain = ViewChain(*slot.root.object(), object);
    slot.requires_grad = static_cast<bool>(object.state.edge.node);
    slot.leaf = leaf_of(object) != nullptr;
    written[slot.root.object()] |= slot.effects.any();
  }
  for (auto [root, is_written] : written) outer_roots_.push_back({root, is_written});
}

std::vector<runtime::Spec> Compiled::input_specs(const ir::Function& function,
                                                 const Tensors& entering) const {
  std::vector<const NDArray*> arrays(inputs_.size());
  Held held;
  gather(entering, arrays, held);
  std::vector<runtime::Spec> specs;
  for (size_t i = 0; i < arrays.size(); ++i) {
    const NDArray& array = *arrays[i];
    ir::Layout layout = layout_of(array.shape(), array.strides());
    if (layout == ir::Layout::kAny) layout = ir::Layout::kRowMajor;
    ir::Value& argument = *function.body().argument(i);
    argument.set_layout(layout);
    specs.push_back(dense(argument.type()));
  }
  return specs;
}

void Compiled::build(Trace& trace, const Tensors& entering, const Outputs& outputs) {
  inputs_ = trace.inputs();
  numbers_ = trace.numbers();
  foreign_ = trace.foreign();
  guards_ = trace.guards();
  device_ = trace.device();
  for (Payload& payload : foreign_) {
    if (payload.is_traced()) continue;
    payload.array = context().engine->to_device(payload.array, device_);
  }
  ir::Function& function = trace.function();
  function.body().set_results(outputs.values);
  info_.traced = ir::print(function);
  if (backward_) backward_->source = function.clone();
  backends::Backend& backend = backends::backend_of(device_);
  PrepareOptions options;
  options.donations = outputs.donations;
  forward_ = compile(function, backend, input_specs(function, entering), options);
  donated_.resize(inputs_.size());
  for (int donor : forward_->parts().plan.donor) {
    if (donor >= 0) donated_[static_cast<size_t>(donor)] = true;
  }
  is_long_running_ = forward_->is_long_running();
  info_.optimized = ir::print(function);
  if (backward_) backward_->compile(backend);
  for (const runtime::Step& step : forward_->parts().steps) {
    info_.kernels.push_back(step.kernel ? step.kernel->describe() : step.label);
  }
}

}  // namespace mycel::compiler
