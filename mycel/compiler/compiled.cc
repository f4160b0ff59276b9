#include "mycel/compiler/compiled.h"

#include <chrono>

#include "mycel/compiler/compiled_node.h"
#include "mycel/compiler/compiled_slot.h"
#include "mycel/compiler/layout.h"
#include "mycel/compiler/pipeline.h"
#include "mycel/ir/text.h"
#include "mycel/tensor/object.h"

namespace mycel::compiler {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

// What the traced function yields, in order: results, new values of arguments and slots, gradients,
// residuals.
struct Compiled::Outputs {
  std::vector<ir::Value*> values;
  std::vector<State> states;  // of results and new values, with their edges
  std::vector<passes::MemoryRequest::Donation> donations;

  size_t add(ir::Value* value) {
    values.push_back(value);
    return values.size() - 1;
  }
  size_t add(Trace& trace, State state) {
    states.push_back(std::move(state));
    return add(trace.lift(states.back().payload));
  }
};

// What the body gets for the arguments, as it was at the start.
struct Compiled::TracedArguments {
  Tensors tensors;
  std::vector<ir::Value*> values;
  std::vector<Edge> edges;
  std::vector<ir::Value*> grads;  // nullptr: none
};

Compiled::Compiled() = default;
Compiled::~Compiled() = default;

std::shared_ptr<Compiled> Compiled::make(const std::string& name, const Tensors& arguments,
                                         const std::function<Tensors(const Tensors&)>& body) {
  Clock::time_point start = Clock::now();
  std::shared_ptr<Compiled> self(new Compiled());
  OwnedTrace trace(name);
  for (const Tensor& argument : arguments) trace->use_device(argument.device());
  Outputs outputs;
  {
    DeviceScope device(trace->device());
    TraceScope scope(*trace);
    TracedArguments traced = self->trace_arguments(*trace, arguments);
    self->note_results(*trace, body(traced.tensors), traced, outputs);
    self->note_values(*trace, traced, outputs);
    self->note_grads(*trace, traced, outputs);
    self->note_stale(*trace, traced);
    self->trace_backward(*trace, traced, outputs);
  }
  self->info_.trace_seconds = seconds_since(start);
  self->build(*trace, arguments, outputs);
  self->info_.compile_seconds = seconds_since(start) - self->info_.trace_seconds;
  return self;
}

Compiled::TracedArguments Compiled::trace_arguments(Trace& trace, const Tensors& arguments) {
  TracedArguments traced;
  for (const Tensor& argument : arguments) {
    traced.tensors.push_back(trace.add_argument(argument.type()));
    const Tensor& inside = traced.tensors.back();
    traced.values.push_back(inside.object()->state.payload.traced);
    const TensorObject& outside = *argument.object();
    Argument note;
    if (outside.leaf) {
      inside.set_requires_grad(true);
      note.leaf = true;
      note.grad_at_entry = outside.grad.defined();
    } else if (outside.state.edge.node) {
      inside.object()->state.edge = {make_intrusive<LeafNode>(nullptr), 0};
    }
    traced.edges.push_back(inside.object()->state.edge);
    arguments_.push_back(note);
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    traced.grads.push_back(nullptr);
    if (!arguments_[i].grad_at_entry) continue;
    Tensor grad = trace.add_argument_grad(i, arguments[i].object()->grad.type());
    traced.grads.back() = grad.object()->state.payload.traced;
    traced.tensors[i].set_grad(grad);
  }
  return traced;
}

void Compiled::note_results(Trace& trace, const Tensors& results, const TracedArguments& traced,
                            Outputs& outputs) {
  num_results_ = results.size();
  using Kind = HandedThrough::Kind;
  for (const Tensor& result : results) {
    State state = result.state();
    HandedThrough through;
    const Node* node = state.edge.node.get();
    for (size_t i = 0; node && i < traced.edges.size(); ++i) {
      if (node == traced.edges[i].node.get()) through = {Kind::kArgument, i};
    }
    for (size_t i = 0; node && i < trace.slots().size(); ++i) {
      if (node == trace.slots()[i].entry_edge.node.get()) through = {Kind::kSlot, i};
    }
    handed_through_.push_back(through);
    outputs.add(trace, std::move(state));
  }
}

void Compiled::note_values(Trace& trace, const TracedArguments& traced, Outputs& outputs) {
  for (size_t i = 0; i < arguments_.size(); ++i) {
    State state = traced.tensors[i].object()->state;  // stale or not
    if (state.payload.traced == traced.values[i]) continue;
    arguments_[i].effects.output = outputs.add(trace, std::move(state));
    writes_ = true;
  }
  for (TraceSlot& inside : trace.slots()) {
    const TensorObject& outside = *inside.object.object();
    Slot slot;
    slot.object = inside.object;
    slot.type = outside.state.payload.type();
    slot.requires_grad = static_cast<bool>(outside.state.edge.node);
    slot.leaf = static_cast<bool>(outside.leaf);
    slot.grad_status = inside.grad_status;
    slot.grad_at_entry = inside.grad_at_entry;
    if (inside.written) {
      writes_ = true;
      slot.effects.output = outputs.add(trace, inside.current);
      if (inside.input) {
        outputs.donations.push_back(
            {inside.input->index(), static_cast<uint32_t>(slot.effects.output)});
      }
    }
    slots_.push_back(std::move(slot));
  }
}

void Compiled::note_grads(Trace& trace, const TracedArguments& traced, Outputs& outputs) {
  auto note = [&](Effects& effects, const Tensor& grad, const ir::Value* at_entry) {
    if (!grad.defined()) return effects.grad_cleared = true, true;
    ir::Value* value = trace.lift(grad.state().payload);
    if (value == at_entry) return false;
    effects.grad_output = outputs.add(value);
    return true;
  };
  for (size_t i = 0; i < arguments_.size(); ++i) {
    Tensor grad = traced.tensors[i].grad();
    if (!grad.defined() && !traced.grads[i]) continue;
    if (note(arguments_[i].effects, grad, traced.grads[i])) writes_ = true;
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    const TraceSlot& inside = trace.slots()[i];
    if (inside.grad_status == TraceSlot::Grad::kUntouched) continue;
    Effects& effects = slots_[i].effects;
    if (!note(effects, inside.grad, inside.grad_input)) continue;
    writes_ = true;
    if (inside.grad_input && effects.grad_output != kNoOutput) {
      outputs.donations.push_back(
          {inside.grad_input->index(), static_cast<uint32_t>(effects.grad_output)});
    }
  }
}

void Compiled::note_stale(Trace& trace, const TracedArguments& traced) {
  for (const Trace::StaleNote& note : trace.stale_notes()) {
    const TensorObject* object = note.anchor->object;
    if (!object || !object->stale) continue;
    for (size_t i = 0; i < arguments_.size(); ++i) {
      if (traced.tensors[i].object() == object) arguments_[i].stale_write = object->stale_write;
    }
    if (!object->state.payload.is_traced()) {
      stale_marks_.push_back({note.anchor, object->stale_write});
    }
  }
  trace.restore_stale();
}

void Compiled::trace_backward(Trace& trace, const TracedArguments& traced, Outputs& outputs) {
  Tensors variables;
  std::vector<size_t> variable_inputs;
  for (size_t i = 0; i < trace.inputs().size(); ++i) {
    const TraceInput& input = trace.inputs()[i];
    Edge edge;
    if (input.kind == TraceInput::Kind::kArgument) {
      edge = traced.edges[input.index];
    } else if (input.kind == TraceInput::Kind::kState) {
      edge = trace.slots()[input.index].entry_edge;
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
  Arrays held;
  Inputs arrays;
  gather(arguments, held, arrays);
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

void Compiled::build(Trace& trace, const Tensors& arguments, const Outputs& outputs) {
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
  forward_ = compile(function, backend, input_specs(function, arguments), options);
  donated_.resize(inputs_.size());
  for (int donor : forward_->parts().plan.donor) {
    if (donor >= 0) donated_[static_cast<size_t>(donor)] = true;
  }
  takes_long_ = forward_->takes_long();
  info_.optimized = ir::print(function);
  if (backward_) backward_->compile(backend);
  for (const runtime::Step& step : forward_->parts().steps) {
    info_.kernels.push_back(step.kernel ? step.kernel->describe() : step.label);
  }
}

}  // namespace mycel::compiler
