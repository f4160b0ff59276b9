// Notes the effects of a traced function on arguments, outer tensors and their gradients.
#include "mycel/compiler/compiled_trace.h"

namespace mycel::compiler {
namespace {

bool same_edge(const Edge& a, const Edge& b) { return a.node == b.node && a.index == b.index; }

}  // namespace

Compiled::TracedArguments Compiled::trace_arguments(Trace& trace, const Tensors& arguments,
                                                    const Tensors& entering) {
  TracedArguments traced;
  for (const Tensor& value : entering) trace_value(trace, value, traced);
  for (size_t i = 0; i < entering.size(); ++i) {
    traced.grads.push_back(nullptr);
    if (!arguments_[i].grad_at_entry) continue;
    Tensor grad = trace.add_argument_grad(i, entering[i].object()->grad.type());
    traced.grads.back() = grad.object()->state.payload.traced;
    traced.tensors[i].set_grad(grad);
  }
  if (sharing_.empty()) {
    traced.given = traced.tensors;
    return traced;
  }
  traced.given.resize(arguments.size());
  for (const BaseSharing::Member& member : sharing_.members()) {
    const BaseSharing::Base& shared = sharing_.bases()[member.base];
    const Tensor& base = shared.outer.defined() ? shared.outer : traced.tensors[shared.place];
    Tensor& given = traced.given[member.argument];
    if (member.place == BaseSharing::kNone) {
      given = member.chain.follow(base);
    } else {
      given = traced.tensors[member.place];
      member.chain.connect_end(given, base);
    }
  }
  size_t place = 0;
  for (Tensor& given : traced.given) {
    if (!given.defined()) given = traced.tensors[place++];
  }
  return traced;
}

// The tensor that stands for `value` in the trace.
void Compiled::trace_value(Trace& trace, const Tensor& value, TracedArguments& traced) {
  const TensorObject& outside = *value.object();
  Tensor inside = trace.add_argument(value.type());
  Argument note;
  if (outside.leaf) {
    inside.set_requires_grad(true);
    note.leaf = true;
    note.grad_at_entry = outside.grad.defined();
  } else if (outside.state.edge.node) {
    inside.object()->state.edge = {make_intrusive<LeafNode>(nullptr), 0};
  }
  traced.values.push_back(inside.object()->state.payload.traced);
  traced.edges.push_back(inside.object()->state.edge);
  traced.tensors.push_back(std::move(inside));
  arguments_.push_back(note);
}

void Compiled::note_values(Trace& trace, const Tensors& arguments, const TracedArguments& traced,
                           Outputs& outputs) {
  for (size_t i = 0; i < arguments_.size(); ++i) {
    if (traced.tensors[i].object()->view) continue;  // its base is written
    State state = traced.tensors[i].state();
    if (state.payload.traced == traced.values[i]) continue;
    Effects& effects = arguments_[i].effects;
    effects.keeps_edge = same_edge(state.edge, traced.edges[i]);
    if (!effects.keeps_edge) check_recordable(*arguments[i].object());
    effects.output = add_state(trace, std::move(state), traced, outputs);
    note_handed_value(effects);
    outputs.donate(traced.values[i], effects.output);
    writes_ = true;
  }
  for (TraceSlot& inside : trace.slots()) {
    TensorObject& outside = *inside.object.object();
    Slot slot;
    slot.object = inside.object;
    slot.root = Tensor(IntrusivePtr<TensorObject>(&root_of(outside)));
    slot.chain = ViewChain(root_of(outside), outside);
    slot.type = inside.object.type();
    slot.requires_grad = static_cast<bool>(outside.state.edge.node);
    slot.leaf = static_cast<bool>(outside.leaf);
    slot.grad_status = inside.grad_status;
    slot.grad_at_entry = inside.grad_at_entry;
    if (inside.written) {
      writes_ = true;
      slot.effects.output = add_state(trace, inside.current, traced, outputs);
      slot.effects.keeps_edge = same_edge(inside.current.edge, inside.entry_edge);
      note_handed_value(slot.effects);
      if (inside.input) outputs.donate(inside.input, slot.effects.output);
    }
    slots_.push_back(std::move(slot));
  }
}

// Whether a new value has the gradient of another tensor: b.copy_(a).
void Compiled::note_handed_value(const Effects& effects) {
  bool handed = handed_through_[effects.output].kind != HandedThrough::Kind::kNo;
  if (handed && !effects.keeps_edge) hands_values_through_ = true;
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
      outputs.donate(inside.grad_input, effects.grad_output);
    }
  }
}

}  // namespace mycel::compiler
