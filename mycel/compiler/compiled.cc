#include "mycel/compiler/compiled.h"

#include <algorithm>
#include <chrono>

#include "mycel/compiler/compiled_node.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/ir/text.h"
#include "mycel/tensor/object.h"

namespace mycel::compiler {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kNoOutput = ~size_t{0};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Tensors of the trace are unusable after it, also when the body raises.
struct FinishTrace {
  Trace& trace;
  ~FinishTrace() { trace.finish(); }
};

NDArray number_array(DType dtype, double value) {
  return visit_dtype(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    return NDArray::scalar<T>(static_cast<T>(static_cast<ComputeType<T>>(value)));
  });
}

}  // namespace

// An outer tensor that the function reads or writes.
struct Compiled::Slot {
  Tensor object;
  ir::Type type;
  bool requires_grad = false;
  size_t output = kNoOutput;  // of its new value
  TraceSlot::Grad grad_status = TraceSlot::Grad::kUntouched;
  bool grad_at_entry = false;
  size_t grad_output = kNoOutput;  // of its new gradient
  bool grad_cleared = false;
};

// What the traced function yields, in order: results, new values of slots, gradients, residuals.
struct Compiled::Outputs {
  std::vector<ir::Value*> values;
  std::vector<State> states;       // of results and new values, with their edges
  std::vector<passes::MemoryRequest::Donation> donations;

  size_t add(ir::Value* value) {
    values.push_back(value);
    return values.size() - 1;
  }
};

Compiled::~Compiled() = default;

std::shared_ptr<Compiled> Compiled::make(const std::string& name, const Tensors& arguments,
                                         const std::function<Tensors(const Tensors&)>& body) {
  Clock::time_point start = Clock::now();
  std::shared_ptr<Compiled> self(new Compiled());
  self->device_ = arguments.empty() ? context().device : arguments[0].device();
  IntrusivePtr<Trace> trace = make_intrusive<Trace>(name);
  FinishTrace finish{*trace};
  Outputs outputs;
  Tensors traced;
  {
    TraceScope scope(*trace);
    for (const Tensor& argument : arguments) {
      traced.push_back(trace->add_argument(argument.type()));
      if (argument.object()->state.edge.node) traced.back().set_requires_grad(true);
    }
    Tensors results = body(traced);
    self->num_results_ = results.size();
    for (const Tensor& result : results) {
      outputs.states.push_back(result.state());
      outputs.add(trace->lift(outputs.states.back().payload));
    }
    self->note_slots(*trace, outputs);
    self->trace_backward(*trace, traced, outputs);
  }
  self->info_.trace_seconds = seconds_since(start);
  self->build(*trace, arguments, outputs);
  self->info_.compile_seconds = seconds_since(start) - self->info_.trace_seconds;
  return self;
}

void Compiled::note_slots(Trace& trace, Outputs& outputs) {
  for (TraceSlot& traced : trace.slots()) {
    Slot slot;
    slot.object = traced.object;
    slot.type = traced.object.object()->state.payload.type();
    slot.requires_grad = static_cast<bool>(traced.object.object()->state.edge.node);
    slot.grad_status = traced.grad_status;
    slot.grad_at_entry = traced.grad_at_entry;
    if (traced.written) {
      writes_ = true;
      slot.output = outputs.add(trace.lift(traced.current.payload));
      outputs.states.resize(slot.output);
      outputs.states.push_back(traced.current);
      if (traced.input) {
        outputs.donations.push_back({traced.input->index(), static_cast<uint32_t>(slot.output)});
      }
    }
    slots_.push_back(std::move(slot));
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    TraceSlot& traced = trace.slots()[i];
    if (traced.grad_status == TraceSlot::Grad::kUntouched) continue;
    if (!traced.grad.defined()) {
      slots_[i].grad_cleared = true;
      writes_ = true;
      continue;
    }
    ir::Value* value = trace.lift(traced.grad.state().payload);
    if (value == traced.grad_input) continue;
    writes_ = true;
    slots_[i].grad_output = outputs.add(value);
    if (traced.grad_input) {
      outputs.donations.push_back(
          {traced.grad_input->index(), static_cast<uint32_t>(slots_[i].grad_output)});
    }
  }
  inputs_ = trace.inputs();
  numbers_ = trace.numbers();
  foreign_ = trace.foreign();
}

void Compiled::trace_backward(Trace& trace, const Tensors& traced_arguments, Outputs& outputs) {
  Tensors variables;
  std::vector<size_t> variable_inputs;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const TraceInput& input = inputs_[i];
    Edge edge;
    if (input.kind == TraceInput::Kind::kArgument) {
      edge = traced_arguments[input.index].object()->leaf
                 ? Edge{traced_arguments[input.index].object()->leaf, 0}
                 : Edge{};
    } else if (input.kind == TraceInput::Kind::kState) {
      const TraceSlot& slot = trace.slots()[input.index];
      edge = slot.entry_edge;
    }
    if (!edge.node) continue;
    Payload payload{NDArray(), trace.function().body().argument(i), IntrusivePtr<Trace>(&trace)};
    variables.push_back(Tensor(State{std::move(payload), edge}));
    variable_inputs.push_back(i);
  }
  backward_ = Backward::trace(trace, outputs.states, variables, variable_inputs);
  if (!backward_) return;
  for (ir::Value* residual : backward_->residuals) outputs.add(residual);
}

std::vector<runtime::Spec> Compiled::input_specs(const ir::Function& function,
                                                 const Tensors& arguments) const {
  std::vector<NDArray> held;
  std::vector<const NDArray*> arrays;
  gather(arguments, held, arrays);
  std::vector<runtime::Spec> specs;
  for (size_t i = 0; i < arrays.size(); ++i) {
    const NDArray& array = *arrays[i];
    ir::Layout layout = layout_of(array.shape(), array.strides());
    if (layout == ir::Layout::kAny) layout = ir::Layout::kRowMajor;
    function.body().argument(i)->set_layout(layout);
    specs.push_back({array.dtype(), array.shape(), dense_strides(array.shape(), layout), false});
  }
  return specs;
}

void Compiled::build(Trace& trace, const Tensors& arguments, const Outputs& outputs) {
  ir::Function& function = trace.function();
  function.body().set_results(outputs.values);
  info_.traced = ir::print(function);
  if (backward_) source_ = function.clone();
  backends::Backend& backend = backends::backend_of(device_);
  PrepareOptions options;
  options.donations = outputs.donations;
  forward_ = compile(function, backend, input_specs(function, arguments), options);
  info_.optimized = ir::print(function);
  if (backward_) backward_->compile(backend);
  for (const runtime::Step& step : forward_->parts().steps) {
    info_.kernels.push_back(step.kernel ? step.kernel->describe() : step.label);
  }
}

bool Compiled::fits() const {
  for (const Slot& slot : slots_) {
    const TensorObject& object = *slot.object.object();
    const NDArray& array = object.state.payload.array;
    if (!array.defined() || array.dtype() != slot.type.dtype ||
        array.rank() != slot.type.rank() ||
        static_cast<bool>(object.state.edge.node) != slot.requires_grad) {
      return false;
    }
    for (size_t i = 0; i < array.rank(); ++i) {
      if (array.shape()[i] != slot.type.dims[i].word()) return false;
    }
    if (slot.grad_status == TraceSlot::Grad::kRead &&
        object.grad.defined() != slot.grad_at_entry) {
      return false;
    }
  }
  return true;
}

void Compiled::gather(const Tensors& arguments, std::vector<NDArray>& held,
                      std::vector<const NDArray*>& inputs) const {
  held.reserve(inputs_.size());
  inputs.reserve(inputs_.size());
  for (const TraceInput& input : inputs_) {
    switch (input.kind) {
      case TraceInput::Kind::kArgument: {
        const NDArray& array = arguments[input.index].array("jit");
        // An argument that is also a slot must not lose its buffer: the copy here holds it.
        auto is_slot = [&](const Slot& slot) {
          return slot.object.same_object(arguments[input.index]);
        };
        bool shared = writes_ && std::any_of(slots_.begin(), slots_.end(), is_slot);
        if (shared) held.push_back(array);
        inputs.push_back(shared ? &held.back() : &array);
        break;
      }
      case TraceInput::Kind::kState:
        inputs.push_back(&slots_[input.index].object.array("jit"));
        break;
      case TraceInput::Kind::kGrad:
        inputs.push_back(&slots_[input.index].object.object()->grad.array("jit"));
        break;
      case TraceInput::Kind::kNumber: {
        const Trace::Number& number = numbers_[input.index];
        NDArray array = number_array(number.dtype, number.provider());
        held.push_back(device_.kind == DeviceKind::kCpu
                           ? std::move(array)
                           : backends::backend_of(device_).to_device(array));
        inputs.push_back(&held.back());
        break;
      }
      case TraceInput::Kind::kForeign:
        inputs.push_back(&foreign_[input.index].array);
        break;
    }
  }
}

Tensors Compiled::call(const Tensors& arguments) {
  std::unique_lock lock(mutex_, std::defer_lock);
  if (writes_) lock.lock();
  std::vector<NDArray> held;
  std::vector<const NDArray*> inputs;
  gather(arguments, held, inputs);
  std::vector<NDArray> outputs(forward_->parts().outputs.size());
  runtime::RunStats stats;
  forward_->run(inputs, outputs, &stats);
  if (writes_) {
    stats_.donated += stats.donated;
    stats_.not_donated += stats.not_donated;
    stats_.copied_inputs += stats.copied_inputs;
  }
  IntrusivePtr<Node> node;
  if (backward_ && context().grad_enabled) node = make_node(arguments, inputs, outputs);
  Tensors results;
  results.reserve(num_results_);
  for (size_t i = 0; i < num_results_; ++i) {
    results.push_back(Tensor(State{Payload{outputs[i], nullptr, {}}, edge_of(node, i)}));
  }
  write_back(outputs, node);
  return results;
}

Edge Compiled::edge_of(const IntrusivePtr<Node>& node, size_t output) const {
  if (!node || !backward_->differentiable[output]) return {};
  return {node, static_cast<uint32_t>(output)};
}

IntrusivePtr<Node> Compiled::make_node(const Tensors& arguments,
                                       std::span<const NDArray* const> inputs,
                                       std::span<NDArray> outputs) {
  std::vector<State> states(inputs_.size());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    states[i].payload.array = *inputs[i];
    if (inputs_[i].kind == TraceInput::Kind::kArgument) {
      states[i].edge = arguments[inputs_[i].index].object()->state.edge;
    } else if (inputs_[i].kind == TraceInput::Kind::kState) {
      states[i].edge = slots_[inputs_[i].index].object.object()->state.edge;
    }
  }
  size_t first = outputs.size() - backward_->residuals.size();
  return make_intrusive<CompiledNode>(
      shared_from_this(), std::move(states),
      std::vector<NDArray>(outputs.begin() + static_cast<long>(first), outputs.end()));
}

void Compiled::write_back(std::span<NDArray> outputs, const IntrusivePtr<Node>& node) {
  for (Slot& slot : slots_) {
    TensorObject& object = *slot.object.object();
    if (slot.output != kNoOutput) {
      object.state.payload.array = std::move(outputs[slot.output]);
      if (!object.leaf) object.state.edge = edge_of(node, slot.output);
      object.stale = false;
    }
    if (slot.grad_output != kNoOutput) {
      object.grad = Tensor(std::move(outputs[slot.grad_output]));
    } else if (slot.grad_cleared) {
      object.grad = Tensor();
    }
  }
}

}  // namespace mycel::compiler
