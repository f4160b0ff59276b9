#include "mycel/tensor/trace.h"

#include "mycel/tensor/edges_here.h"
#include "mycel/tensor/object.h"

namespace mycel {

void intrusive_retain(const Trace* trace) { trace->retain(); }
void intrusive_release(const Trace* trace) { trace->release(); }

void fail_trace_is_over() {
  fail(
      Code::kCompile,
      "expects tensors that still have a value, got one of a traced call that is over: it was kept "
      "in a variable or container outside the jitted function; return it instead");
}

Trace::Trace(std::string name)
    : owned_(std::make_unique<ir::Function>(std::move(name))),
      function_(owned_.get()),
      region_(&function_->body()) {}

Trace::Trace(ir::Function& function, ir::Region& region, ir::Operation* before)
    : function_(&function), region_(&region), before_(before) {}

void Trace::finish() {
  finished_ = true;
  // Slots hold values of this trace, which hold the trace: a cycle that nothing else would break.
  slots_.clear();
  slot_of_.clear();
  restore_stale();
}

void Trace::restore_stale() {
  for (auto note = stale_notes_.rbegin(); note != stale_notes_.rend(); ++note) {
    TensorObject* object = note->anchor->object;
    if (!object || object->state.payload.is_traced()) continue;
    object->stale = note->was;
    object->stale_write = note->was_written;
  }
  stale_notes_.clear();
}

void Trace::note_stale(TensorObject& object) {
  stale_notes_.push_back({object.anchor(), object.stale, object.stale_write});
}

ir::Value* Trace::add_input(TraceInput input, const ir::Type& type, std::string_view name) {
  inputs_.push_back(input);
  return function_->body().add_argument(type, name);
}

Tensor Trace::wrap(ir::Value* value) {
  return Tensor(State{Payload{NDArray(), value, IntrusivePtr<Trace>(this)}, Edge()});
}

Tensor Trace::add_argument(const ir::Type& type, std::string_view name) {
  return wrap(add_input({TraceInput::Kind::kArgument, num_arguments_++}, type, name));
}

Tensor Trace::add_argument_grad(size_t argument, const ir::Type& type) {
  return wrap(add_input({TraceInput::Kind::kArgumentGrad, argument}, type, ""));
}

ir::Value* Trace::lift(const Payload& payload) {
  if (payload.is_traced()) {
    if (payload.trace.get() == this) return payload.traced;
    if (payload.trace->finished()) fail_trace_is_over();
  }
  auto same = [&](const Payload& other) {
    if (payload.is_traced()) return other.traced == payload.traced;
    const NDArray &a = payload.array, &b = other.array;
    return b.defined() && a.buffer() == b.buffer() && a.offset() == b.offset() &&
           a.dtype() == b.dtype() && a.shape() == b.shape() && a.strides() == b.strides();
  };
  for (size_t i = 0; i < foreign_.size(); ++i) {
    if (same(foreign_[i])) return foreign_values_[i];
  }
  foreign_.push_back(payload);
  foreign_values_.push_back(
      add_input({TraceInput::Kind::kForeign, foreign_.size() - 1}, payload.type(), ""));
  return foreign_values_.back();
}

Tensor Trace::number(const void* owner, const std::string& key, DType dtype,
                     std::function<double()> provider) {
  for (size_t i = 0; i < numbers_.size(); ++i) {
    const Number& known = numbers_[i];
    if (known.owner == owner && known.key == key && known.dtype == dtype) {
      return wrap(number_values_[i]);
    }
  }
  numbers_.push_back({owner, key, dtype, std::move(provider)});
  number_values_.push_back(add_input({TraceInput::Kind::kNumber, numbers_.size() - 1},
                                     ir::Type::tensor(dtype, {}), key));
  return wrap(number_values_.back());
}

TraceSlot* Trace::find_slot(const Tensor& object) {
  auto found = slot_of_.find(object.object());
  return found == slot_of_.end() ? nullptr : &slots_[found->second];
}

TraceSlot& Trace::slot(const Tensor& object) {
  auto [entry, fresh] = slot_of_.try_emplace(object.object(), slots_.size());
  if (fresh) {
    slots_.emplace_back().object = object;
    const TensorObject& outer = *object.object();
    Edge& edge = slots_.back().entry_edge;
    if (outer.leaf) {
      edge = edge_here(outer);
    } else if (outer.state.edge.node) {
      edge = {make_intrusive<LeafNode>(nullptr), 0};
    }
    slots_.back().current.edge = edge;
  }
  return slots_[entry->second];
}

State Trace::read(const Tensor& object) {
  TraceSlot& s = slot(object);
  if (!s.input && !s.written) {
    const TensorObject& outer = *object.object();
    s.input = add_input({TraceInput::Kind::kState, static_cast<size_t>(&s - slots_.data())},
                        outer.state.payload.type(), outer.name);
    s.current.payload = Payload{NDArray(), s.input, IntrusivePtr<Trace>(this)};
  }
  return s.current;
}

void Trace::write(const Tensor& object, State value) {
  TraceSlot& s = slot(object);
  value.payload = Payload{NDArray(), lift(value.payload), IntrusivePtr<Trace>(this)};
  s.current = std::move(value);
  s.written = true;
}

Tensor Trace::read_grad(const Tensor& object) {
  TraceSlot& s = slot(object);
  if (s.grad_status == TraceSlot::Grad::kUntouched) {
    s.grad_status = TraceSlot::Grad::kRead;
    const Tensor& outer = object.object()->grad;
    s.grad_at_entry = outer.defined();
    if (s.grad_at_entry) {
      s.grad_input = add_input({TraceInput::Kind::kGrad, static_cast<size_t>(&s - slots_.data())},
                               outer.object()->state.payload.type(), object.object()->name);
      s.grad = wrap(s.grad_input);
    }
  }
  return s.grad;
}

void Trace::write_grad(const Tensor& object, const Tensor& grad) {
  TraceSlot& s = slot(object);
  if (s.grad_status == TraceSlot::Grad::kUntouched) s.grad_status = TraceSlot::Grad::kWritten;
  s.grad = grad;
}

ir::Operation* Trace::append(const ir::OpDef& op, std::span<ir::Value* const> operands,
                             const ir::Attributes& attributes, const ir::Location& location) {
  return function_->create(*region_, op, operands, attributes.own(), location, before_);
}

}  // namespace mycel
