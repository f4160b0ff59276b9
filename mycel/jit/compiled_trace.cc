// Records the effects of a traced function on arguments, captured tensors and their gradients.
#include "mycel/jit/compiled_trace.h"

#include <algorithm>

#include "mycel/tensor/leaf.h"
#include "mycel/tensor/view_geometry.h"

namespace mycel::compiler {

Compiled::TracedArguments Compiled::trace_arguments(Trace& trace, const Tensors& arguments,
                                                    const Tensors& entering,
                                                    const Premises& premises) {
  TracedArguments traced;
  for (const TensorImpl* object : premises.pinned) trace.pin_grad(*object);
  for (const Tensor& value : entering) trace_value(trace, value, premises.strides, traced);
  for (size_t i = 0; i < entering.size(); ++i) {
    traced.grads.emplace_back();
    traced.grad_values.push_back(nullptr);
    if (!arguments_[i].grad_at_entry) continue;
    if (trace.pins_grad(*entering[i].object())) {
      traced.grads.back() = arguments_[i].pinned_grad = entering[i].object()->grad;
      traced.tensors[i].set_grad(traced.grads.back());
      continue;
    }
    Tensor grad = trace.add_argument_grad(i, entering[i].object()->grad.type());
    traced.grad_values.back() = grad.object()->state.payload.traced;
    traced.tensors[i].set_grad(grad);
    traced.grads.back() = std::move(grad);
  }
  if (sharing_.empty()) {
    traced.given = traced.tensors;
    return traced;
  }
  traced.given.resize(arguments.size());
  auto base_of = [&](size_t number) -> const Tensor& {
    const BaseSharing::Base& shared = sharing_.bases()[number];
    return shared.outer.defined() ? shared.outer : traced.tensors[shared.place];
  };
  for (const BaseSharing::Detached& view : sharing_.detached()) {
    if (view.outer.defined()) {
      traced.detached.push_back(view.outer);
      continue;
    }
    bool enters = view.place != BaseSharing::kNone;
    traced.detached.push_back(enters ? traced.tensors[view.place]
                                     : view.chain.follow(base_of(view.base)));
    if (enters) view.chain.connect_end(traced.detached.back(), base_of(view.base), true);
  }
  Tensors members;  // by number
  for (const BaseSharing::Member& member : sharing_.members()) {
    bool detached = member.detached != BaseSharing::kNone;
    const Tensor& owner = detached ? traced.detached[member.detached] : base_of(member.base);
    if (member.number == members.size()) {
      members.push_back(given_member(member, owner, traced));
    }
    traced.given[member.argument] = members[member.number];
  }
  size_t place = 0;
  for (Tensor& given : traced.given) {
    if (!given.defined()) given = traced.tensors[place++];
  }
  return traced;
}

Tensor Compiled::given_member(const BaseSharing::Member& member, const Tensor& owner,
                              const TracedArguments& traced) {
  if (member.outer.defined()) return member.outer;
  if (member.place == BaseSharing::kNone) return member.chain.follow(owner);
  member.chain.connect_end(traced.tensors[member.place], owner, false);
  return traced.tensors[member.place];
}

// Adds the tensor that stands for `value` in the trace.
void Compiled::trace_value(Trace& trace, const Tensor& value, bool knows_strides,
                           TracedArguments& traced) {
  const TensorImpl& outside = *value.object();
  Tensor inside = trace.add_argument(value.type());
  Argument note;
  if (knows_strides && outside.view && has_geometry(outside)) {
    if (Geometry geometry = geometry_of(outside); !geometry.is_row_major()) {
      note.strides = geometry.strides();
      trace.set_strides(inside, geometry.strides());
    }
  }
  if (leaf_of(outside)) {
    inside.set_requires_grad(true);
    note.leaf = true;
  } else if (outside.state.edge.node) {
    inside.object()->state.edge = {make_intrusive<LeafNode>(nullptr), 0};
  }
  note.grad_at_entry = outside.grad.defined();
  traced.values.push_back(inside.object()->state.payload.traced);
  traced.edges.push_back(inside.object()->state.edge);
  traced.tensors.push_back(std::move(inside));
  arguments_.push_back(std::move(note));
}

namespace {

// Returns the tensor with the elements that `tensor` had at entry, which writes before a
// replacement went to.
Tensor at_entry(const Trace& trace, const Tensor& tensor) {
  const Replacement* replacement = trace.replacement(*tensor.object());
  return replacement ? replacement->before : tensor;
}

// Whether `is` holds for the source of a result or of a detached view that the trace made.
bool any_from(const auto& results, const auto& own_views, const auto& is) {
  return std::any_of(results.begin(), results.end(), is) ||
         std::any_of(own_views.begin(), own_views.end(),
                     [&](const auto& view) { return is(view.from); });
}

}  // namespace

void Compiled::note_values(Trace& trace, const Tensors& arguments, const TracedArguments& traced,
                           Outputs& outputs) {
  for (size_t i = 0; i < arguments_.size(); ++i) {
    Tensor tensor = at_entry(trace, traced.tensors[i]);
    if (tensor.object()->view) continue;  // its base is written
    Effects& effects = arguments_[i].effects;
    effects.edge_changes = traced.edge_changes.count(traced.tensors[i].object()) != 0;
    State state = tensor.state();
    if (state.payload.traced == traced.values[i]) continue;
    effects.keeps_edge = same_edge(state.edge, traced.edges[i]);
    bool checked_inside = effects.keeps_edge || effects.edge_changes;
    if (!checked_inside) check_recordable(*arguments[i].object());
    effects.output = add_state(trace, std::move(state), traced, outputs);
    note_handed_value(effects.output, effects.keeps_edge);
    outputs.donate(traced.values[i], effects.output);
    writes_ = true;
  }
  for (TraceSlot& inside : trace.slots()) {
    TensorImpl& outside = *inside.object.object();
    CapturedTensor slot;
    slot.object = inside.object;
    slot.root = Tensor(IntrusivePtr<TensorImpl>(&root_of(outside)));
    slot.type = inside.object.type();
    slot.effects.edge_changes = traced.edge_changes.count(&outside) != 0;
    slot.grad_status = inside.grad_status;
    slot.grad_at_entry = inside.grad_at_entry;
    if (trace.pins_grad(outside)) slot.pinned_grad = inside.entry_grad;
    if (inside.written) {
      writes_ = true;
      slot.effects.output = add_state(trace, inside.current, traced, outputs);
      slot.effects.keeps_edge = same_edge(inside.current.edge, inside.entry_edge);
      note_handed_value(slot.effects.output, slot.effects.keeps_edge);
      if (inside.input) outputs.donate(inside.input, slot.effects.output);
    }
    slots_.push_back(std::move(slot));
  }
}

// Detached views share elements with a base, whose new value is an output. If their edge changed,
// it is that of a further output. Runs before captured tensors are noted: reading a view may
// capture some.
void Compiled::note_detached(Trace& trace, const TracedArguments& traced, Outputs& outputs) {
  using Kind = Result::Kind;
  auto note = [&](Result of, const TensorImpl& object, State state, const Edge& at_entry) {
    // Becoming a leaf or losing the gradient is recorded as an edge change.
    bool changed = traced.edge_changes.count(&object) && (!state.edge.node || leaf_of(object));
    if (changed || same_edge(state.edge, at_entry)) return;
    size_t output = add_state(trace, std::move(state), traced, outputs);
    note_handed_value(output, false);
    edge_writes_.push_back({std::move(of), output});
    writes_ = true;
  };
  for (size_t i = 0; i < traced.detached.size(); ++i) {
    const Tensor& view = traced.detached[i];
    if (sharing_.detached()[i].outer.defined()) continue;  // a captured tensor
    size_t place = sharing_.detached()[i].place;
    note({Kind::kDetached, i, {}, {}}, *view.object(), at_entry(trace, view).state(),
         place == BaseSharing::kNone ? Edge() : traced.edges[place]);
  }
  // Views that the function itself has detached.
  for (const BaseSharing::Member& member : sharing_.members()) {
    const Tensor& view = traced.given[member.argument];
    bool is_noted = member.chain.empty() || member.outer.defined();
    if (is_noted || traced.edge_changes.count(view.object()) == 0) continue;
    note({Kind::kArgument, member.argument, {}, {}}, *view.object(), at_entry(trace, view).state(),
         Edge());
  }
  for (size_t i = 0; i < trace.slots().size(); ++i) {
    Tensor outside = trace.slots()[i].object;
    Edge before = trace.slots()[i].entry_edge;
    if (!outside.object()->view || same_edge(trace.slots()[i].current.edge, before)) continue;
    if (outside.object()->view->own_edge)
      note({Kind::kOuter, 0, outside, {}}, *outside.object(), trace.read(outside), before);
  }
}

void Compiled::note_replacements(Trace& trace, const TracedArguments& traced, Outputs& outputs) {
  Known known = known_tensors(trace, traced);
  for (const Replacement& replacement : trace.replacements()) {
    Result tensor = known_result(trace, *replacement.object.object(), known);
    if (tensor.kind == Result::Kind::kOutput) continue;  // made in the trace
    State state = replacement.now.state();
    Edge edge;
    ir::Value* input = nullptr;
    if (TraceSlot* slot = trace.find_slot(*replacement.object.object())) {
      edge = slot->entry_edge;
      if (!slot->written) input = slot->input;
      slots_[static_cast<size_t>(slot - trace.slots().data())].effects.replaced = true;
    }
    for (size_t i = 0; i < arguments_.size(); ++i) {
      if (!traced.tensors[i].same_object(replacement.object)) continue;
      edge = traced.edges[i];
      if (arguments_[i].effects.output == kNoOutput) input = traced.values[i];
      arguments_[i].effects.replaced = true;
    }
    bool keeps_edge = same_edge(state.edge, edge);
    size_t output = add_state(trace, std::move(state), traced, outputs);
    note_handed_value(output, keeps_edge);
    auto shows_earlier = [&](const Result& result) {
      return result.before && result.stands_for(tensor);
    };
    if (input && !any_from(results_, own_views_, shows_earlier)) outputs.donate(input, output);
    replaced_.push_back({std::move(tensor), output, keeps_edge});
    writes_ = true;
  }
}

// Records whether a new value has the gradient of another tensor: b.copy_(a).
void Compiled::note_handed_value(size_t output, bool keeps_edge) {
  bool handed = handed_through_[output].kind != ResultAlias::Kind::kNo;
  if (handed && !keeps_edge) hands_values_through_ = true;
}

// Records new elements of the gradients at entry, and new gradients.
void Compiled::note_grads(Trace& trace, const TracedArguments& traced, Outputs& outputs) {
  auto note = [&](GradPlace place, Effects& effects, const Tensor& grad, ir::Value* value) {
    if (!grad.defined() || !value) return;
    grad_inputs_.push_back(place);
    State state = at_entry(trace, grad).state();
    if (state.payload.traced == value) return;
    effects.grad_output = outputs.add(trace.lift(state.payload));
    outputs.donate(value, effects.grad_output);
    writes_ = true;
  };
  for (size_t i = 0; i < arguments_.size(); ++i) {
    note({false, i}, arguments_[i].effects, traced.grads[i], traced.grad_values[i]);
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    const TraceSlot& slot = trace.slots()[i];
    note({true, i}, slots_[i].effects, slot.entry_grad, slot.grad_input);
  }
  for (const NewGrad& grad : new_grads_) {
    writes_ = true;
    auto [of_slot, index] = grad.of;
    Effects& effects = of_slot ? slots_[index].effects : arguments_[index].effects;
    effects.grad_replaced = true;
    if (grad.result == kNoResult) continue;
    ir::Value* value = of_slot ? trace.slots()[index].grad_input : traced.grad_values[index];
    const Result& result = results_[grad.result];
    bool made = result.kind == Result::Kind::kOutput && result.chain.empty();
    auto shows_earlier = [&, kind = of_slot ? Result::Kind::kSlotGrad : Result::Kind::kEnteringGrad,
                          number = index](const Result& from) {
      return from.kind == kind && from.index == number;
    };
    if (any_from(results_, own_views_, shows_earlier)) continue;
    if (value && made && effects.grad_output == kNoOutput) outputs.donate(value, result.index);
  }
}

}  // namespace mycel::compiler
